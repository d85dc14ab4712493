//! Compares OpenTrain's present state with the ledger, and repairs differences that lost events have left.
//!
//! A run has three steps. The result of each is the input of the next:
//!
//! 1. *survey*: reads the ledger ([`Snapshot`]), then OpenTrain ([`Heard`]). It writes nothing.
//! 2. *predict*: [`drift`] compares the two and returns facts. [`predict`](mod@predict) applies the facts to a copy of
//!    the ledger and plans the access of all trainers again, by the rules for events. Both are pure. A fact that
//!    follows from an absence counts at the second look. The [`Guard`] holds these facts if many trainers would lose
//!    access.
//! 3. *repair*: merges the facts, enables endpoints, and requests convergences, each in the trainer's own queue group.
//!    A dry run ends before this step.
//!
//! A fact from the API has the time before its request. Facts that were merged after that time are newer and stay. Each
//! run tries again to grant access that is due and missing.

mod absence;
mod alarms;
mod difference;
pub mod drift;
mod elsewhere;
mod emails;
mod endpoint;
mod findings;
mod guard;
pub mod heard;
mod hold;
mod job;
mod losing;
mod outcome;
mod plan;
pub mod predict;
mod reconciler;
mod repair;
mod roster;
mod scopes;
mod snapshot;
mod sought;
mod strangers;
mod survey;
mod tally;
#[cfg(test)]
mod tests;
mod verify;
mod wish;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{StreamExt, stream};
use jiff::Timestamp;

pub use difference::Difference;
pub use endpoint::by_failures;
pub use findings::{AccessChange, Change, Drift, HireRef, Note, Problem, Waits, What};
pub use guard::{Guard, Held};
pub use heard::{Heard, Restated};
pub use job::ReconcileJob;
pub use losing::{Losing, disconnecting, unlinking};
pub use outcome::{Checked, Outcome};
pub use predict::{Elsewhere, Ground, Prediction};
pub use reconciler::Reconciler;
pub use snapshot::Snapshot;
pub use strangers::strangers;
pub use survey::foreign;
pub use wish::Wish;

use crate::connection::{Connection, Listed};
use crate::ledger::{Install, Strangers};
use crate::model::ConnectionName;
use crate::model::failure::Failure;
use crate::model::progress::Watcher;
use crate::provision::refusal;
use crate::telemetry::Metric;
use crate::tool::Scope;
use tally::Tally;

/// Number of connections that are surveyed at the same time.
const CONNECTIONS_AT_ONCE: usize = 4;

impl Reconciler {
    /// Runs once. The outcome contains the work that was not done: [`Outcome::all_done`].
    ///
    /// # Errors
    /// Nothing could be compared: the ledger or the list of connections cannot be read, or there is no such connection.
    pub async fn run(&self, wish: &Wish, watcher: Watcher<'_>) -> Result<Outcome, Failure> {
        if wish.force && wish.connection.is_none() {
            return Err(Failure::wrong(
                "the hold of one connection is lifted at a time: name it with `--connection NAME`",
            ));
        }
        let tally = Tally::told_to(watcher);
        let Listed {
            connections,
            faults,
        } = self.connections(wish).await?;
        let is_whole = wish.connection.is_none() && faults.is_empty();
        let mut outcome = Outcome::begun(self.provisioner.clock.now(), wish.dry_run);
        outcome
            .problems
            .extend(faults.into_iter().map(Problem::unread));
        let names = connections.iter().map(|it| it.name.clone()).collect();
        let snapshot = self.snapshot(names, outcome.started_at).await?;
        let mut heard = self.survey_all(connections, &snapshot, &tally).await;
        let weighed = self.weigh(wish, &snapshot, &mut heard, &mut outcome).await;
        let (difference, prediction) = weighed?;
        outcome.tell_of(&snapshot, heard);
        if wish.force && !difference.lifted {
            outcome.note_no_hold(wish.connection.clone());
        }
        outcome.access = prediction.access;
        outcome.drift = difference.drift();
        outcome.drift.extend(difference.waiting());
        wish.refuse_other_than(&outcome)?;
        if !wish.dry_run {
            let waiting = difference.waiting();
            self.exclude(&snapshot, &mut outcome).await;
            let now = self.provisioner.clock.now();
            alarms::holds(&outcome.held, now);
            outcome.alarms.orphaned = alarms::orphans(&snapshot, &self.provisioner.policy, now);
            self.remember(&snapshot, &difference, &mut outcome).await;
            let repaired = self.repair(difference, prediction.converge, &tally).await;
            outcome.drift = repaired.drift;
            outcome.drift.extend(waiting);
            outcome.problems.extend(repaired.problems);
            self.verify_all(&snapshot, wish, &mut outcome).await;
            if !is_whole {
                // A run without all connections does not see all trainers.
                outcome.strangers = self.strangers_before().await?;
            }
        }
        self.finish(wish, &mut outcome).await;
        Ok(outcome)
    }

    async fn connections(&self, wish: &Wish) -> Result<Listed, Failure> {
        let Some(name) = &wish.connection else {
            let all = self.provisioner.connections.list().await;
            return all.map_err(|error| Failure::operator(error.to_string()));
        };
        let Some(connection) = self.provisioner.connections.find(name).await? else {
            return Err(self.provisioner.unknown(name, BTreeSet::new()).await);
        };
        Ok(Listed {
            connections: vec![connection],
            faults: Vec::new(),
        })
    }

    async fn snapshot(
        &self,
        names: BTreeSet<ConnectionName>,
        now: Timestamp,
    ) -> Result<Snapshot, Failure> {
        let mut snapshot = Snapshot::read(&self.provisioner.ledger, names, now).await?;
        snapshot.environment = self.provisioner.permitted(snapshot.environment).await?;
        Ok(snapshot)
    }

    /// The strangers that the last run has recorded.
    async fn strangers_before(&self) -> Result<Strangers, Failure> {
        let before = self.provisioner.ledger.last_reconcile().await?;
        Ok(before.map(|run| run.strangers).unwrap_or_default())
    }

    async fn survey_all(
        &self,
        connections: Vec<Arc<Connection>>,
        snapshot: &Snapshot,
        tally: &Tally<'_>,
    ) -> Vec<Heard> {
        let asking = connections
            .into_iter()
            .map(|connection| async move { self.survey(&connection, snapshot, tally).await });
        stream::iter(asking)
            .buffered(CONNECTIONS_AT_ONCE)
            .collect()
            .await
    }

    async fn weigh(
        &self,
        wish: &Wish,
        snapshot: &Snapshot,
        heard: &mut [Heard],
        outcome: &mut Outcome,
    ) -> Result<(Difference, Prediction), Failure> {
        let now = self.provisioner.clock.now();
        let confirm_after = self.provisioner.policy.confirm_after;
        let mut difference = Difference::default();
        for heard in heard {
            drift::compare(snapshot, heard, confirm_after, now, &mut difference);
        }
        // Trainers with an unreadable document are only reported. Messages for them would accumulate in the queue with
        // each run.
        let unreadable = &snapshot.unreadable;
        difference
            .facts
            .retain(|fact| !unreadable.contains_key(&fact.participant.opentrain_user_id));
        let elsewhere = self.elsewhere(wish, &difference).await?;
        // A tool that does not answer does not block repairs. If the scope is assumed to be single projects, the guard
        // counts too many removals, not too few, and each convergence plans again.
        let can = self.provisioner.tool.capabilities().await;
        let ground = Ground {
            policy: self.provisioner.policy.clone(),
            scope: can.map_or(Scope::Project, |can| can.scope),
            guard: self.guard,
            forced: wish.connection.clone().filter(|_| wish.force),
            only: wish.connection.clone(),
            elsewhere,
            leave_due: wish.leave_retries,
            now,
        };
        outcome.held = hold::weigh(snapshot, &mut difference, &ground);
        outcome.look_again_at = difference.second_look(confirm_after, now);
        let prediction = predict::predict(snapshot, &difference, &ground);
        Ok((difference, prediction))
    }

    /// Names the connections that may not use the tool, and records it.
    async fn exclude(&self, snapshot: &Snapshot, outcome: &mut Outcome) {
        let environment = &snapshot.environment;
        match self.provisioner.exclude_others(environment).await {
            Ok(excluded) => {
                for name in excluded {
                    outcome.notes.push(Note {
                        text: refusal(&name),
                        connection: Some(name),
                        about: "tool".into(),
                    });
                }
            }
            // If the tool does not answer now, the next run calls it again.
            Err(failure) => {
                tracing::debug!(reason = %failure, "which organisation the tool serves was not looked up")
            }
        }
    }

    /// Stores the looks at missing entries of the lists, and which tokens are refused.
    async fn remember(&self, snapshot: &Snapshot, difference: &Difference, outcome: &mut Outcome) {
        let ledger = &self.provisioner.ledger;
        for (connection, looks) in &difference.looks {
            if *looks == snapshot.looks_of(connection) {
                continue;
            }
            if let Err(error) = ledger.put_looks(connection, looks).await {
                outcome.problem(connection, "looks", &error);
            }
        }
        for connection in &difference.refused {
            Metric::TokenRefused.count();
            tracing::error!(connection = %connection, "OpenTrain has refused the connection's token for an hour, or the token belongs to another organisation: nothing new is granted: {}", connection.renewal());
            let now = self.provisioner.clock.now();
            let refuse = |old: Option<Install>| Some(Install::refused(old, now));
            if let Err(error) = ledger.update_install(connection, refuse).await {
                outcome.problem(connection, "install", &error);
            }
        }
    }

    /// Records the result; a dry run records nothing.
    async fn finish(&self, wish: &Wish, outcome: &mut Outcome) {
        let took = self
            .provisioner
            .clock
            .now()
            .duration_since(outcome.started_at);
        outcome.took_ms = u64::try_from(took.as_millis()).unwrap_or_default();
        let (drift, problems) = (outcome.drift.len(), outcome.problems.len());
        tracing::info!(
            drift,
            problems,
            dry_run = outcome.dry_run,
            links = outcome.checked.links,
            contracts = outcome.checked.contracts,
            access = outcome.access.len(),
            duration_ms = outcome.took_ms,
            "reconciled with OpenTrain"
        );
        if outcome.dry_run {
            return;
        }
        let run = outcome.last_run(wish.connection.clone());
        if let Err(error) = self.provisioner.ledger.note_reconcile(&run).await {
            outcome.problems.push(Problem {
                connection: None,
                about: "ledger".into(),
                reason: error.to_string(),
            });
        }
    }
}
