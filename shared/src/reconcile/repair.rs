//! Writes the differences into the ledger: the only part of a reconcile that writes.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};

use super::Reconciler;
use super::difference::{Difference, LinkWord, hire_word, install_word};
use super::findings::{Drift, Problem, What};
use super::tally::Tally;
use crate::ledger::{Install, OnInstallRevoked};
use crate::model::ConnectionName;
use crate::model::failure::Failure;
use crate::model::ids::{EndpointId, LinkId, TrainerId};
use crate::opentrain::{EndpointPatch, EndpointStatus};
use crate::provision::merge;

/// Number of concurrent writes. Writes that arrive together share one commit.
const AT_ONCE: usize = 64;

/// Result of the repair.
#[derive(Debug, Default)]
pub(super) struct Repaired {
    /// Differences, repaired or not.
    pub(super) drift: Vec<Drift>,
    /// Failures of the repair.
    pub(super) problems: Vec<Problem>,
}

impl Reconciler {
    /// Merges the facts by the rules for events, enables endpoints, and requests a convergence of each trainer
    /// concerned. A failure is returned as a problem and does not stop the other repairs.
    ///
    /// The facts are written first. So a convergence that runs meanwhile uses them, and after a crash the next run
    /// finds in the ledger the trainers who still need a convergence.
    pub(super) async fn repair(
        &self,
        difference: Difference,
        mut converge: BTreeMap<TrainerId, bool>,
        tally: &Tally<'_>,
    ) -> Repaired {
        let mut repaired = Repaired::default();
        tally.expect(difference.facts.len());
        self.record_installs_and_links(&difference, &mut repaired)
            .await;
        let rosters = self.rosters(&difference, &mut repaired).await;
        let facts = difference.facts_by_trainer().into_iter();
        let merging = facts.map(|(trainer, facts)| async move {
            let done = self.provisioner.merge(&trainer, &facts).await;
            facts.iter().for_each(|_| tally.done());
            (facts, done)
        });
        let mut merging = stream::iter(merging).buffer_unordered(AT_ONCE);
        while let Some((facts, done)) = merging.next().await {
            for fact in facts {
                repaired.add(&fact.connection, hire_word(&fact), done.clone());
            }
        }
        for (connection, endpoint) in &difference.endpoints {
            let (redelivered, done) = self.enable(connection, endpoint).await;
            let endpoint = endpoint.clone();
            let what = What::EndpointDisabled {
                endpoint,
                redelivered,
            };
            repaired.add(connection, Some(what), done);
        }
        for trainer in rosters {
            converge.entry(trainer).or_insert(false);
        }
        tally.expect(converge.len());
        self.converge(converge, tally, &mut repaired).await;
        repaired
    }

    async fn record_installs_and_links(&self, difference: &Difference, repaired: &mut Repaired) {
        let ledger = &self.provisioner.ledger;
        for (connection, install, asked_at) in &difference.installs {
            let now = self.provisioner.clock.now();
            let seen = |old: Option<Install>| merge::install(old, install, *asked_at, now);
            let done = ledger.update_install(connection, seen).await;
            repaired.add(connection, Some(install_word(install)), done);
        }
        for LinkWord {
            connection,
            link,
            what,
        } in &difference.links
        {
            let done = ledger.record_link(connection, link).await;
            repaired.add(connection, what.clone(), done);
        }
    }

    /// Trainers who were hired through a link or an install that has ended. They are read after the end was recorded,
    /// because the prediction does not contain facts that were merged since the snapshot. For example, another hire of
    /// a trainer may have ended meanwhile, and its convergence still found the link.
    async fn rosters(&self, difference: &Difference, repaired: &mut Repaired) -> Vec<TrainerId> {
        let ends_access = self.provisioner.policy.on_install_revoked == OnInstallRevoked::Remove;
        let words = difference.links.iter();
        let words = words.filter(|it| it.link.removed || (ends_access && it.what.is_none()));
        let mut over: BTreeMap<_, BTreeSet<LinkId>> = BTreeMap::new();
        for it in words {
            let links = over.entry(it.connection.clone()).or_default();
            links.insert(it.link.id.clone());
        }
        let ledger = &self.provisioner.ledger;
        for (connection, ..) in difference.installs.iter().filter(|_| ends_access) {
            match ledger.links(connection).await {
                Ok(links) => {
                    let gone = over.entry(connection.clone()).or_default();
                    gone.extend(links.into_iter().map(|link| link.id));
                }
                Err(error) => repaired.problem(connection, "install", &error),
            }
        }
        let mut trainers = Vec::new();
        for (connection, links) in over {
            match ledger.trainers_of_links(&connection, &links).await {
                Ok(roster) => trainers.extend(roster),
                Err(error) => repaired.problem(&connection, "roster", &error),
            }
        }
        trainers
    }

    /// Enables an endpoint, then requests its failed deliveries: OpenTrain delivers only to active endpoints.
    async fn enable(
        &self,
        connection: &ConnectionName,
        endpoint: &EndpointId,
    ) -> (Option<u64>, Result<(), Failure>) {
        let connection = match self.provisioner.connection(connection).await {
            Ok(connection) => connection,
            Err(failure) => return (None, Err(failure)),
        };
        let patch = EndpointPatch {
            status: Some(EndpointStatus::Active),
            ..EndpointPatch::default()
        };
        if let Err(error) = connection.platform.update_endpoint(endpoint, &patch).await {
            return (None, Err(error.into()));
        }
        tracing::warn!(connection = %connection.name, endpoint.id = %endpoint, "ten failed deliveries had disabled the webhook endpoint: it is active again");
        match connection.platform.redeliver(endpoint, None).await {
            Ok(redelivery) => (redelivery.requeued, Ok(())),
            // The facts are repaired already; only a budget event can be lost.
            Err(error) => {
                let reason = format!(
                    "it is active again, but the failed deliveries could not be requested: {error} Run `bridge endpoints redeliver {endpoint}`"
                );
                (None, Err(Failure::transient(reason)))
            }
        }
    }

    /// Requests a convergence of each trainer, in the trainer's own group.
    async fn converge(
        &self,
        trainers: BTreeMap<TrainerId, bool>,
        tally: &Tally<'_>,
        repaired: &mut Repaired,
    ) {
        let trainers: Vec<_> = trainers.into_iter().collect();
        for some in trainers.chunks(AT_ONCE) {
            let asked = self.provisioner.ask_to_converge(some).await;
            some.iter().for_each(|_| tally.done());
            if let Err(failure) = asked {
                let about = |(trainer, _): &(TrainerId, bool)| format!("access of {trainer}");
                repaired.problems.extend(some.iter().map(|it| Problem {
                    connection: None,
                    about: about(it),
                    reason: failure.to_string(),
                }));
            }
        }
    }
}

impl Repaired {
    fn add<T, E: ToString>(
        &mut self,
        connection: &ConnectionName,
        what: Option<What>,
        done: Result<T, E>,
    ) {
        let repaired = done.is_ok();
        if let Err(error) = done {
            let about = what.as_ref().map_or("link".into(), What::about);
            self.problem(connection, about, &error);
        }
        let connection = connection.clone();
        self.drift.extend(what.map(|what| Drift {
            connection,
            what,
            repaired,
            waits: None,
        }));
    }

    fn problem(
        &mut self,
        connection: &ConnectionName,
        about: impl Into<String>,
        error: &impl ToString,
    ) {
        self.problems.push(Problem {
            connection: Some(connection.clone()),
            about: about.into(),
            reason: error.to_string(),
        });
    }
}
