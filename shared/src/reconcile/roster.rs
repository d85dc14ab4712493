//! Reads the contracts of each link from OpenTrain. Writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};

use super::Reconciler;
use super::heard::{EndedList, Heard, Roster};
use super::snapshot::Snapshot;
use super::tally::Tally;
use crate::connection::Connection;
use crate::ledger::Link;
use crate::model::ids::{ContractId, LinkId};
use crate::model::json::{UnreadableElement, UnreadableElements};
use crate::opentrain::{ContractQuery, ContractStatus, Contracts, OpenTrainError};

/// Number of one connection's links that are read at the same time.
const LINKS_AT_ONCE: usize = 8;

/// Number of one link's contracts that are read at the same time.
const CONTRACTS_AT_ONCE: usize = 4;

impl Reconciler {
    /// The contracts of each link. A link that fails is a problem and does not stop the others.
    pub(super) async fn survey_contracts(
        &self,
        connection: &Connection,
        snapshot: &Snapshot,
        heard: &mut Heard,
        tally: &Tally<'_>,
    ) {
        // A link without a job has no contracts.
        let links: Vec<_> = heard
            .links
            .iter()
            .filter(|link| link.job.is_some())
            .cloned()
            .collect();
        tally.expect(links.len());
        let rosters = links.into_iter().map(|link| async move {
            let about = format!("link {}", link.id);
            let roster = self.survey_link(connection, link, snapshot).await;
            tally.done();
            (about, roster)
        });
        let mut rosters = stream::iter(rosters).buffer_unordered(LINKS_AT_ONCE);
        while let Some((about, roster)) = rosters.next().await {
            match roster {
                Ok(Surveyed {
                    roster,
                    cut_off,
                    failed,
                    unreadable,
                }) => {
                    if cut_off {
                        heard.note(about, "its list of active contracts may be cut off (200, 100 or 50 of them): only an event, a list of ended contracts or `bridge end` ends a contract that is missing from it");
                    }
                    heard.rosters.push(roster);
                    for (list, elements) in unreadable {
                        heard.unreadable(&list, &elements);
                    }
                    failed
                        .into_iter()
                        .for_each(|(id, error)| heard.problem(format!("contract {id}"), error));
                }
                // The link was removed meanwhile: its event is processed, or the next run finds it.
                Err(error) if error.is_not_found() => {}
                Err(error) => heard.problem(about, error),
            }
        }
    }

    /// Reads the running contracts first. A contract that ends between the two requests is then in both lists and
    /// counts as ended. In the other order it would be in neither.
    async fn survey_link(
        &self,
        connection: &Connection,
        link: Link,
        snapshot: &Snapshot,
    ) -> Result<Surveyed, OpenTrainError> {
        let asked_at = self.provisioner.clock.now();
        let list = |status| list(connection, &link.id, status);
        let running = list(ContractStatus::Active).await?;
        let ended = list(ContractStatus::Ended).await?;
        let cut_off = running.cut_off;
        let mut roster = Roster {
            asked_at,
            complete: !cut_off,
            active: BTreeMap::new(),
            ended: BTreeMap::new(),
            ended_list: EndedList::Whole,
            first_days: BTreeMap::new(),
            people: BTreeMap::new(),
            link,
        };
        let entries = roster.add(running, ended);
        let mut unreadable = vec![(format!("contracts of link {}", roster.link.id), entries)];
        let unknown = roster.unknown(connection, snapshot);
        let people = unknown.into_iter().map(|id| async move {
            let people = connection.platform.participants(&id).await;
            (id, people)
        });
        let mut people = stream::iter(people).buffer_unordered(CONTRACTS_AT_ONCE);
        let mut failed = Vec::new();
        while let Some((id, answer)) = people.next().await {
            match answer {
                Ok(listed) => {
                    let (people, odd) = listed.into_parts();
                    unreadable.push((format!("participants of contract {id}"), odd));
                    let is_end = roster.ended.contains_key(&id);
                    let people = people.into_iter();
                    let people = people.map(|it| self.provisioner.with_usable_email(is_end, it));
                    roster.people.insert(id, people.collect());
                }
                Err(error) => failed.push((id, error)),
            }
        }
        Ok(Surveyed {
            roster,
            cut_off,
            failed,
            unreadable,
        })
    }
}

/// A link's contracts, and the faults to show.
struct Surveyed {
    roster: Roster,
    /// Whether the list of running contracts may be incomplete.
    cut_off: bool,
    /// Contracts whose participants could not be read.
    failed: Vec<(ContractId, OpenTrainError)>,
    /// Unreadable elements by list.
    unreadable: Vec<(String, UnreadableElements)>,
}

impl Roster {
    /// Adds the entries of both lists, each by its own status. Returns the unreadable entries. If there are any, the
    /// roster is not complete.
    fn add(&mut self, running: Contracts, ended: Contracts) -> UnreadableElements {
        self.ended_list = match (ended.unreadable.is_empty(), ended.cut_off) {
            (false, _) => EndedList::Unreadable,
            (true, true) => EndedList::Full,
            (true, false) => EndedList::Whole,
        };
        let mut unreadable = running.unreadable;
        unreadable.extend(ended.unreadable);
        for contract in running.contracts.into_iter().chain(ended.contracts) {
            match contract.status {
                ContractStatus::Active => {
                    self.active.insert(contract.id, contract.start_date);
                }
                ContractStatus::Ended => {
                    let first = contract.start_date.map(|day| (contract.id.clone(), day));
                    self.first_days.extend(first);
                    self.ended.insert(contract.id, contract.end_date);
                }
                ContractStatus::Other(_) => unreadable.add(UnreadableElement::of(
                    format!("contract {}", contract.id),
                    "`status` should be `active` or `ended`",
                )),
            }
        }
        if !unreadable.is_empty() {
            self.complete = false;
            self.ended_list = EndedList::Unreadable;
        }
        unreadable
    }

    /// The running contracts without a hire of this link, and the contracts that may have ended before the ledger was
    /// created.
    fn unknown(&self, connection: &Connection, snapshot: &Snapshot) -> Vec<ContractId> {
        let hires = snapshot.hires_of(&connection.name, &self.link.id);
        // After an erasure of personal data, only the trainer's id is known. The details are read again if the contract
        // runs.
        let named = hires.filter(|hire| !snapshot.is_nameless(&hire.trainer));
        let known: BTreeSet<_> = named.map(|hire| &hire.contract).collect();
        let running = self
            .active
            .keys()
            .filter(|id| !self.ended.contains_key(*id));
        let running = running.filter(|id| !known.contains(id));
        let ended = self.ended.keys();
        let ended = ended.filter(|id| snapshot.lacks_ended(&connection.name, id, self.asked_at));
        running.chain(ended).cloned().collect()
    }
}

async fn list(
    connection: &Connection,
    link: &LinkId,
    status: ContractStatus,
) -> Result<Contracts, OpenTrainError> {
    let query = ContractQuery {
        link: Some(link.clone()),
        status: Some(status),
        limit: None,
    };
    connection.platform.contracts(&query).await
}
