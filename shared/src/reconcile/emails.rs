//! Compares work e-mails: OpenTrain sends no event when one changes.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use super::Reconciler;
use super::heard::{Heard, Restated, Roster};
use super::snapshot::Snapshot;
use crate::connection::Connection;
use crate::ledger::{Hire, HireStatus, Source};
use crate::model::ids::{ContractId, TrainerId};
use crate::model::json::Sought;
use crate::model::person::Participant;
use crate::provision::fact::ContractFact;

/// Maximum number of a connection's trainers whose work e-mail one run requests. The next run continues with the
/// others.
const MOST: usize = 100;

/// Maximum number of concurrent requests.
const AT_ONCE: usize = 4;

impl Reconciler {
    /// Requests the details of trainers whose contracts run: one contract per trainer, so that only one answer counts.
    pub(super) async fn survey_emails(
        &self,
        connection: &Connection,
        snapshot: &Snapshot,
        heard: &mut Heard,
    ) {
        let before = snapshot.looks_of(&connection.name).emails_until;
        let (turn, until) = turn(newest(snapshot, heard), before.as_ref());
        heard.emails_until = before;
        let asking = turn.into_iter().map(|(trainer, contract)| async move {
            let asked_at = self.provisioner.clock.now();
            let people = connection.platform.participants(&contract).await;
            let is_own = |it: &Participant| it.opentrain_user_id == trainer;
            (contract, asked_at, people.map(|it| it.find(is_own)))
        });
        let mut asking = stream::iter(asking).buffer_unordered(AT_ONCE);
        while let Some((contract, asked_at, found)) = asking.next().await {
            match found {
                Ok(Sought::Found(participant)) => heard.restated.push(Restated {
                    contract,
                    asked_at,
                    participant,
                }),
                Ok(Sought::Unknown(elements)) => {
                    heard.unreadable(&format!("participants of contract {contract}"), &elements);
                }
                Ok(Sought::Absent) => {}
                // The contract ended meanwhile, or its link was removed.
                Err(error) if error.is_not_found() => {}
                // The other requests would fail as well. The next run begins with the same trainers.
                Err(error) => return heard.problem("work e-mails", error),
            }
        }
        heard.emails_until = until;
    }
}

/// Trainers whose contracts run, each with the newest contract.
fn newest(snapshot: &Snapshot, heard: &Heard) -> BTreeMap<TrainerId, ContractId> {
    let mut newest: BTreeMap<&TrainerId, &Hire> = BTreeMap::new();
    let own = heard.rosters.iter().filter(|roster| !roster.link.managed);
    let hires = own.flat_map(|roster| {
        let hires = snapshot.hires_of(&heard.connection, &roster.link.id);
        hires.filter(move |hire| runs(roster, hire) && !snapshot.has_ended(hire))
    });
    for hire in hires {
        let known = newest.entry(&hire.trainer).or_insert(hire);
        if (known.started_at, &known.contract) < (hire.started_at, &hire.contract) {
            *known = hire;
        }
    }
    let newest = newest.into_iter();
    let newest = newest.map(|(trainer, hire)| (trainer.clone(), hire.contract.clone()));
    newest.collect()
}

fn runs(roster: &Roster, hire: &Hire) -> bool {
    roster.active.contains_key(&hire.contract) && !roster.ended.contains_key(&hire.contract)
}

/// The trainers of this run, and the last of them; `None` if these are all trainers.
fn turn(
    all: BTreeMap<TrainerId, ContractId>,
    before: Option<&TrainerId>,
) -> (Vec<(TrainerId, ContractId)>, Option<TrainerId>) {
    if all.len() <= MOST {
        return (all.into_iter().collect(), None);
    }
    let is_later = |(trainer, _): &(TrainerId, _)| before.is_none_or(|before| trainer > before);
    let (later, earlier): (Vec<_>, Vec<_>) = all.into_iter().partition(is_later);
    let turn: Vec<_> = later.into_iter().chain(earlier).take(MOST).collect();
    let until = turn.last().map(|(trainer, _)| trainer.clone());
    (turn, until)
}

/// One fact for each work e-mail that differs from the ledger's. It has no place, because only the list of contracts
/// decides whether the contract runs.
pub(super) fn facts(snapshot: &Snapshot, heard: &Heard) -> impl Iterator<Item = ContractFact> {
    let changed = heard.restated.iter().filter(|it| {
        let trainer = snapshot.trainers.get(&it.participant.opentrain_user_id);
        let emails = trainer.map(|trainer| &trainer.member.emails);
        let known = emails.and_then(|emails| emails.get(&heard.connection));
        let stated = it.participant.work_email.as_ref();
        let is_other = known.is_none_or(|known| Some(&known.email) != stated);
        let is_newer = known.is_none_or(|known| known.as_of <= it.asked_at);
        stated.is_some() && is_other && is_newer
    });
    changed.map(|it| ContractFact {
        connection: heard.connection.clone(),
        contract: it.contract.clone(),
        place: None,
        participant: it.participant.clone(),
        first_day: None,
        last_day: None,
        status: HireStatus::Active,
        source: Source::Api {
            asked_at: it.asked_at,
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_trainer_has_a_turn() {
        let all: BTreeMap<_, _> = (0..250)
            .map(|n| {
                (
                    TrainerId::from(format!("usr_{n:03}").as_str()),
                    ContractId::from("ctr_1"),
                )
            })
            .collect();
        let (mut asked, mut until) = (BTreeSet::new(), None);
        for _ in 0..3 {
            let (turn, next) = turn(all.clone(), until.as_ref());
            assert_eq!(turn.len(), MOST);
            asked.extend(turn.into_iter().map(|(trainer, _)| trainer));
            until = next;
        }
        assert!(asked.into_iter().eq(all.into_keys()));
        assert_eq!(turn(BTreeMap::new(), until.as_ref()), (Vec::new(), None));
    }
}
