//! Makes the tool match the ledger for one trainer.
//!
//! 1. *begin* (`begin.rs`): read the document, merge the facts, plan. One write stores the facts, the work that is
//!    due, the lease and the planned calls of the tool. After this write, no failure of the tool loses work.
//! 2. *work*: read and store work e-mails that are not known (`addresses.rs`), then carry out the steps on a working
//!    copy of the document.
//! 3. *finish*: write the result on the version that was planned from. If another attempt has written meanwhile,
//!    plan again on its document.
//! 4. *finish*: update the notices, and send a wake-up if work is left. Only then is the message done.

use std::time::Duration;

use tokio::time::Instant;

use super::begin::Begun;
use super::due::{self, Failed};
use super::lease::{Plan, rebase, tried};
use super::plan::Step;
use super::request::{Request, Touched};
use super::{DEADLINE, MOST_CONFLICTS, Provisioner};
use crate::ledger::audit::{self, Entry};
use crate::ledger::{Attempt, Due, Environment, Expect, LedgerError, Trainer, Versioned, Written};
use crate::model::failure::{Cause, Failure};
use crate::model::ids::TrainerId;
use crate::queue::Message;
use crate::telemetry::Metric;

/// Maximum number of plans that one message carries out when other attempts write in between.
const MOST_ROUNDS: usize = 3;

/// No step begins later than this, so that the results are written before the message's time is over.
pub(super) const NO_STEP_AFTER: Duration = Duration::from_secs(DEADLINE.as_secs() / 2);

pub(super) const TOOK_TOO_LONG: &str = "not yet tried: the trainer's other changes took too long";

/// Number of closed contracts that stay in the document. Further ones move to the second item.
const CLOSED_KEPT: usize = 4;

/// Result of a convergence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Converged {
    /// The facts were known and no work is due.
    Repeat,
    /// The facts are stored; work that is left has a wake-up.
    Done,
}

/// Result of one round in the tool that could not be stored.
struct Done {
    worked: Trainer,
    steps: Vec<Step>,
    /// The planned retry before which the attempt ran.
    planned: Option<Due>,
}

/// Result of a round.
enum Round {
    Stored {
        due: Option<Due>,
        recheck: bool,
    },
    /// Another attempt has written meanwhile.
    Overtaken(Box<(Versioned, Done)>),
}

impl Provisioner {
    /// Merges the facts and makes the tool match. An error is a failure of a store: nothing was lost, and the message
    /// has to be received again. A failure of the tool is no error: its work is due and has a wake-up.
    pub(super) async fn converge(
        &self,
        id: &TrainerId,
        request: &Request<'_>,
        attempt: &Attempt,
    ) -> Result<Converged, Failure> {
        let begun = Instant::now();
        let mut plan = match self.begin(id, request, attempt).await? {
            Begun::Repeat => return Ok(Converged::Repeat),
            Begun::Idle { wait } => {
                self.wake(id, wait, request.recheck).await?;
                return Ok(Converged::Done);
            }
            Begun::Work(plan) => *plan,
        };
        let mut touched = Touched::by(request);
        for _ in 0..MOST_ROUNDS {
            touched.add(&plan.steps);
            let (now, done) = match self.round(id, &mut plan, begun).await? {
                Round::Stored { due, recheck } => {
                    return self.finish(id, &touched, &plan, due, recheck).await;
                }
                Round::Overtaken(overtaken) => *overtaken,
            };
            plan = self.plan_again(id, now, &done, attempt).await?;
            touched.all = true;
            if plan.steps.is_empty() {
                return self.finish(id, &touched, &plan, None, false).await;
            }
        }
        let due = plan.trainer.due;
        self.finish(id, &touched, &plan, due, request.recheck).await
    }

    /// Steps 2 and 3. The plan's document becomes the one that was stored. `begun` is when the message's convergence
    /// began.
    async fn round(
        &self,
        id: &TrainerId,
        plan: &mut Plan,
        begun: Instant,
    ) -> Result<Round, Failure> {
        let overtaken = |now: Box<Versioned>, worked, steps, planned| {
            let done = Done {
                worked,
                steps,
                planned,
            };
            Ok(Round::Overtaken(Box::new((*now, done))))
        };
        if let Some(now) = self.store_addresses(id, plan, begun).await? {
            return overtaken(now, plan.trainer.clone(), Vec::new(), plan.planned);
        }
        let (worked, failed) = self.work(id, plan, begun).await;
        let has_failed = |step: &Step| plan.has_failed(step);
        let age = due::age(plan.trainer.due, &plan.steps, has_failed, &failed);
        let planned = plan.planned.filter(|_| age.is_some());
        let due = due::left(&failed, age, planned, self.delays, self.clock.now());
        let (after, entries) = plan.outcome(worked, due);
        let written = self.store(id, &after, plan.expect, &plan.environment, entries);
        match written.await? {
            Written::Stored(_) => {
                self.log_due(id, &failed, due);
                let recheck = failed.iter().any(|it| matches!(it.step, Step::Check(_)));
                plan.trainer = after;
                Ok(Round::Stored { due, recheck })
            }
            Written::Conflict(now) => overtaken(now, after, plan.steps.clone(), plan.planned),
        }
    }

    /// Step 4. Updates the notices, and sends the wake-up of work that is due.
    async fn finish(
        &self,
        id: &TrainerId,
        touched: &Touched<'_>,
        plan: &Plan,
        due: Option<Due>,
        recheck: bool,
    ) -> Result<Converged, Failure> {
        let hires = touched.hires(&plan.trainer, &plan.environment);
        self.notices.moved(&hires).await?;
        self.wake(id, due, recheck).await?;
        Ok(Converged::Done)
    }

    /// Step 2. Carries out each step, whether or not the others succeed.
    async fn work(
        &self,
        id: &TrainerId,
        plan: &mut Plan,
        begun: Instant,
    ) -> (Trainer, Vec<Failed>) {
        let mut trainer = plan.trainer.clone();
        let mut failed = Vec::new();
        let scope = self.tool.capabilities().await;
        if let Ok(can) = &scope {
            plan.set_scope(can.scope);
        }
        for step in &plan.steps {
            let done = match &scope {
                Err(error) => Err(error.clone().into()),
                Ok(_) if begun.elapsed() > NO_STEP_AFTER => Err(Failure::transient(TOOK_TOO_LONG)),
                Ok(_) => self.apply(id, &mut trainer, plan, step).await,
            };
            if let Err(failure) = done {
                let since = plan.due_since(step);
                let failure = due::escalated(failure, since, self.clock.now());
                if let Some(access) = trainer.access.get_mut(step.project()) {
                    access.trouble = Some(failure.trouble());
                }
                let step = step.clone();
                failed.push(Failed { step, failure });
            }
        }
        (trainer, failed)
    }

    /// Writes the document with its audit entries; closed contracts beyond a few move to the second item first.
    pub(super) async fn store(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        expect: Expect,
        environment: &Environment,
        entries: Vec<Entry>,
    ) -> Result<Written, Failure> {
        let Some((kept, closed)) = trainer.split_closed(CLOSED_KEPT, environment) else {
            let written = self.ledger.put_recorded(id, trainer, expect, entries);
            return Ok(written.await?);
        };
        self.ledger.add_closed(id, &closed).await?;
        let written = self.ledger.put_recorded(id, &kept, expect, entries);
        Ok(written.await?)
    }

    /// A new plan on a document that another attempt has changed. If that attempt has the lease, the plan has no steps:
    /// the attempt plans again by itself once it finds this document changed.
    async fn plan_again(
        &self,
        id: &TrainerId,
        mut stored: Versioned,
        done: &Done,
        attempt: &Attempt,
    ) -> Result<Plan, Failure> {
        for _ in 0..MOST_CONFLICTS {
            let before = stored.trainer.clone();
            let mut rebased = rebase(stored, &done.worked, &done.steps, attempt);
            let environment = self.environment_of(&rebased.trainer).await?;
            // Recorded before the plan, which may replace a result by the next intent.
            let tried = tried(&done.steps);
            let (trainer, entries) =
                audit::recorded_of(&before, rebased.trainer, &tried, &environment);
            rebased.trainer = trainer;
            let mut plan = Plan::of(rebased, environment, &self.policy, false);
            let lease = plan.trainer.lease.as_ref();
            let is_held = lease.is_some_and(|lease| lease.is_held_by(attempt));
            let is_ours = lease.is_none() || is_held;
            if is_ours {
                plan.take_lease(attempt, self.clock.now());
            }
            if is_held {
                plan.planned = done.planned;
            }
            match self
                .store(id, &plan.trainer, plan.expect, &plan.environment, entries)
                .await?
            {
                Written::Stored(stored) => {
                    plan.continues(stored);
                    if !is_ours {
                        plan.steps.clear();
                    }
                    return Ok(plan);
                }
                Written::Conflict(now) => stored = *now,
            }
        }
        Err(LedgerError::Contended(format!("TRAINER#{id}")).into())
    }

    /// Sends the wake-up of work that is due.
    async fn wake(&self, id: &TrainerId, due: Option<Due>, recheck: bool) -> Result<(), Failure> {
        let Some(due) = due else { return Ok(()) };
        let message = Message::Converge {
            trainer: id.clone(),
            recheck,
            wake_up: Some(due.token),
        };
        Ok(self.queue.send_later(message.encode(), due.at).await?)
    }

    fn log_due(&self, id: &TrainerId, failed: &[Failed], due: Option<Due>) {
        // Counted here because a grant that failed for good has no retry.
        let wrong = failed.iter().filter(|it| it.failure.cause == Cause::Wrong);
        wrong.for_each(|_| Metric::OperatorNeeded.count());
        let Some(due) = due else { return };
        Metric::Retried.count();
        let delay_s = due.at.duration_since(self.clock.now()).as_secs();
        let worst = Failure::worst(failed.iter().map(|it| it.failure.clone()));
        let Some(failure) = worst else { return };
        if failed.iter().any(|it| it.failure.cause == Cause::Operator) {
            Metric::OperatorNeeded.count();
            tracing::error!(trainer.id = %id, reason = %failure, delay_s, tries = due.tries, "an operator is needed; it is retried meanwhile");
        } else {
            tracing::warn!(trainer.id = %id, reason = %failure, delay_s, tries = due.tries, "access is retried later");
        }
    }
}
