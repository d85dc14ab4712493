//! The first step of a convergence: from a document and facts to a plan that is stored.
//!
//! The order of reads and writes is part of correctness: the roster row, then links and installs, then the document.

use std::time::Duration;

use jiff::Timestamp;

use super::fact::ContractFact;
use super::lease::Plan;
use super::request::{Request, Touched};
use super::{MOST_CONFLICTS, Provisioner, due, merge};
use crate::ledger::audit::{self, Entry};
use crate::ledger::{
    Attempt, Due, Environment, Hire, LedgerError, Trainer, Versioned, Written, mark_of,
};
use crate::model::failure::Failure;
use crate::model::ids::TrainerId;

/// Next step of a convergence.
pub(super) enum Begun {
    /// Nothing: the facts were known and no work is due.
    Repeat,
    /// Nothing: the facts are stored. If another attempt is at work, a wake-up does the work in case that attempt
    /// never returns.
    Idle { wait: Option<Due> },
    /// These steps.
    Work(Box<Plan>),
}

/// A document with merged facts, and its plan, before it is stored.
struct Prepared {
    /// The document as it was read, with the closed contracts that the facts name.
    before: Trainer,
    plan: Plan,
    /// Audit entries that an earlier attempt has left to this one.
    entries: Vec<Entry>,
    /// The wake-up that follows another attempt's lease, if there is one.
    wait: Option<Due>,
}

impl Provisioner {
    /// Merges the facts and stores them with the work that is due, under the lease.
    pub(super) async fn begin(
        &self,
        id: &TrainerId,
        request: &Request<'_>,
        attempt: &Attempt,
    ) -> Result<Begun, Failure> {
        let mut stored = self.ledger.document(id).await?;
        for _ in 0..MOST_CONFLICTS {
            if is_repeat(&stored.trainer, request, self.clock.now()) {
                return Ok(repeat(&stored.trainer, request, attempt));
            }
            let Prepared {
                before,
                mut plan,
                entries,
                wait,
            } = self.prepare(id, stored, request, attempt).await?;
            if plan.trainer == before && entries.is_empty() {
                return Ok(Begun::Idle { wait });
            }
            match self
                .store(id, &plan.trainer, plan.expect, &plan.environment, entries)
                .await?
            {
                Written::Stored(stored) if !plan.steps.is_empty() => {
                    plan.continues(stored);
                    return Ok(Begun::Work(Box::new(plan)));
                }
                Written::Stored(_) => {
                    self.update_notices(&plan, request).await?;
                    return Ok(Begun::Idle { wait });
                }
                Written::Conflict(now) => stored = *now,
            }
        }
        Err(LedgerError::Contended(format!("TRAINER#{id}")).into())
    }

    /// Merges the facts into a stored document and plans. Writes the roster and the link, not the document.
    async fn prepare(
        &self,
        id: &TrainerId,
        stored: Versioned,
        request: &Request<'_>,
        attempt: &Attempt,
    ) -> Result<Prepared, Failure> {
        let before = self.with_closed(id, stored.trainer, request.facts).await?;
        let environment = self.surroundings(&before, request).await?;
        let (environment, now) = (self.permitted(environment).await?, self.clock.now());
        // Intents of an attempt that is at work are left to it.
        let held = before.lease.clone();
        let held = held.filter(|lease| lease.holds_off(attempt, now));
        let (before, entries) = match &held {
            Some(_) => (before, Vec::new()),
            None => audit::left_over(before, &environment),
        };
        let merge::Merged { trainer, refused } =
            merge::trainer(&before, request.facts, &environment, now);
        // All facts of a request are of one event, so no end is lost with a refused start.
        if let Some(refused) = refused {
            return Err(refused);
        }
        let merged = Versioned {
            trainer,
            expect: stored.expect,
        };
        let mut plan = Plan::of(merged, environment, &self.policy, request.recheck);
        let wait = match &held {
            Some(lease) => Some(plan.leave_to(lease, now)),
            None => {
                plan.take_lease(attempt, now);
                None
            }
        };
        Ok(Prepared {
            before,
            plan,
            entries,
            wait,
        })
    }

    /// Updates the notices of the hires that the facts have changed.
    async fn update_notices(&self, plan: &Plan, request: &Request<'_>) -> Result<(), Failure> {
        let hires = Touched::by(request).hires(&plan.trainer, &plan.environment);
        self.notices.moved(&hires).await
    }

    /// Merges facts and records that a convergence is due; another message carries it out.
    pub(super) async fn note(&self, id: &TrainerId, request: &Request<'_>) -> Result<(), Failure> {
        let mut stored = self.ledger.document(id).await?;
        for _ in 0..MOST_CONFLICTS {
            let before = self.with_closed(id, stored.trainer, request.facts).await?;
            let environment = self.surroundings(&before, request).await?;
            let environment = self.permitted(environment).await?;
            let now = self.clock.now();
            let merge::Merged {
                trainer: mut merged,
                refused,
            } = merge::trainer(&before, request.facts, &environment, now);
            let result = refused.map_or(Ok(()), Err);
            if merged == before {
                return result;
            }
            merged.due = Some(merged.due.unwrap_or_else(|| due::begun(None, now, now)));
            let written = self.store(id, &merged, stored.expect, &environment, Vec::new());
            match written.await? {
                Written::Stored(_) => return result,
                Written::Conflict(_) => {
                    stored = self.after_a_pause(id).await?;
                }
            }
        }
        Err(LedgerError::Contended(format!("TRAINER#{id}")).into())
    }

    /// Reads the document after a random pause, so that one of several colliding writers goes first.
    async fn after_a_pause(&self, id: &TrainerId) -> Result<Versioned, Failure> {
        let pause = Duration::from_millis(crate::model::chance::random_range(1..=40));
        tokio::time::sleep(pause).await;
        Ok(self.ledger.document(id).await?)
    }

    /// The document with the closed contracts that the facts name.
    async fn with_closed(
        &self,
        id: &TrainerId,
        trainer: Trainer,
        facts: &[ContractFact],
    ) -> Result<Trainer, Failure> {
        let is_here = |fact: &ContractFact| {
            let mut hires = trainer.hires.iter();
            hires.any(|hire| hire.contract == fact.contract)
        };
        if !trainer.has_closed || facts.iter().all(is_here) {
            return Ok(trainer);
        }
        let contracts = facts.iter().map(|fact| fact.contract.clone()).collect();
        Ok(self.ledger.reopened(id, trainer, &contracts).await?)
    }

    /// Writes the roster rows of new hires and the facts' link, then reads links and installs.
    async fn surroundings(
        &self,
        trainer: &Trainer,
        request: &Request<'_>,
    ) -> Result<Environment, Failure> {
        let stated: Vec<Hire> = request.facts.iter().filter_map(merge::hire_of).collect();
        let is_new = |hire: &&Hire| !trainer.hires.iter().any(|it| it.is_same_as(hire));
        let new: Vec<_> = stated.iter().filter(is_new).collect();
        self.ledger.enroll(&new).await?;
        let mut connections = trainer.connections();
        connections.extend(merge::connections(request.facts));
        let hires: Vec<_> = trainer.hires.iter().chain(&stated).collect();
        let environment = self.ledger.environment(&connections, &hires).await?;
        let Some((connection, link)) = request.link else {
            return Ok(environment);
        };
        let known = environment.link(connection, &link.id).cloned();
        if link.merged_onto(known.clone()).is_none() {
            return Ok(environment);
        }
        if known.is_none() && self.ledger.insert_link(connection, link).await? {
            return Ok(environment.with_link(connection, link.clone()));
        }
        self.ledger.record_link(connection, link).await?;
        Ok(self.ledger.environment(&connections, &hires).await?)
    }
}

/// The outcome of a repeat. An attempt for the same message may have ended after it had stored another token and before
/// it sent the next wake-up: that wake-up is sent now. The receive count proves nothing, because Lambda may repeat an
/// invocation with the same count.
fn repeat(trainer: &Trainer, request: &Request<'_>, attempt: &Attempt) -> Begun {
    let due = request.wake_up.and(trainer.due);
    match due.filter(|due| due.by == mark_of(&attempt.message)) {
        None => Begun::Repeat,
        wait => Begun::Idle { wait },
    }
}

/// Whether nothing is to be done: the wake-up is for work that was done since, or the facts are known and no work is
/// due. Work that is overdue is done by any wake-up: its own may never have been sent.
fn is_repeat(trainer: &Trainer, request: &Request<'_>, now: Timestamp) -> bool {
    let due = trainer.due;
    let is_for = |token| due.is_some_and(|due| due.token == token || due.at <= now);
    let is_stale = request.wake_up.is_some_and(|token| !is_for(token));
    let is_known = !request.facts.is_empty() && merge::is_known(trainer, request.facts);
    is_stale || (is_known && due.is_none())
}
