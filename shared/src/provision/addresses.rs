//! Work e-mails that no event contained. They are read from OpenTrain and stored before access is granted by them, so
//! that a process that ends after the grant leaves no member whose address the ledger does not know.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Provisioner;
use super::converge::{NO_STEP_AFTER, TOOK_TOO_LONG};
use super::identity::live_address;
use super::lease::Plan;
use super::plan::Step;
use crate::ledger::{Entitlement, KnownEmail, Versioned, Written};
use crate::model::ConnectionName;
use crate::model::failure::Failure;
use crate::model::ids::{ProjectId, TrainerId};
use crate::model::json::Sought;

/// Maximum time that retried removals wait for the addresses of an attempt to be read.
const PATIENCE: Duration = Duration::from_secs(5);

const SLOW: &str =
    "OpenTrain did not answer within 5 s, and removals wait: the work e-mail is read again later";

/// The removals of a plan.
#[derive(Clone, Copy)]
enum Removals {
    None,
    /// One of them was never tried.
    First,
    /// All of them were tried before: they may never succeed, so no grant waits for them. They wait until this moment.
    After(Instant),
}

impl Removals {
    fn of(plan: &Plan) -> Self {
        let mut removals = plan.steps.iter().filter(|step| step.removes()).peekable();
        if removals.peek().is_none() {
            return Self::None;
        }
        match removals.all(|step| plan.has_failed(step)) {
            true => Self::After(Instant::now() + PATIENCE),
            false => Self::First,
        }
    }
}

impl Provisioner {
    /// Reads and stores the addresses that the plan's grants lack. If the plan also revokes access, a removal's first
    /// try does not wait for OpenTrain, and a later try waits for at most [`PATIENCE`]. Returns the document of another
    /// attempt if that attempt has written meanwhile.
    pub(super) async fn store_addresses(
        &self,
        id: &TrainerId,
        plan: &mut Plan,
        begun: Instant,
    ) -> Result<Option<Box<Versioned>>, Failure> {
        let mut trainer = plan.trainer.clone();
        let removals = Removals::of(plan);
        let grants = |step: &&Step| matches!(step, Step::Grant(_) | Step::Check(_));
        let grants = plan.steps.iter().filter(grants);
        for project in grants.map(Step::project) {
            let known = live_address(&trainer, &plan.environment, &plan.entitlements, project);
            if known.is_some() {
                continue;
            }
            let asked = match removals {
                Removals::First => Err(Failure::transient("not yet tried: removals come first")),
                _ if begun.elapsed() > NO_STEP_AFTER => Err(Failure::transient(TOOK_TOO_LONG)),
                Removals::After(until) => timeout_at(until, self.ask_address(id, plan, project))
                    .await
                    .unwrap_or_else(|_| Err(Failure::transient(SLOW))),
                Removals::None => self.ask_address(id, plan, project).await,
            };
            match asked {
                Ok(Some((connection, email))) => {
                    trainer.member.emails.insert(connection, email);
                }
                Ok(None) => {}
                Err(failure) => {
                    plan.unread_addresses.insert(project.clone(), failure);
                }
            }
        }
        if trainer == plan.trainer {
            return Ok(None);
        }
        let written = self.store(id, &trainer, plan.expect, &plan.environment, Vec::new());
        match written.await? {
            Written::Stored(stored) => {
                plan.trainer = trainer;
                plan.continues(stored);
                Ok(None)
            }
            Written::Conflict(now) => Ok(Some(now)),
        }
    }

    /// The address of the first live contract for which the participants endpoint returns one. The install of an
    /// orphaned hire does not answer, and its organisation's address grants nothing.
    async fn ask_address(
        &self,
        id: &TrainerId,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<Option<(ConnectionName, KnownEmail)>, Failure> {
        let live = plan.trainer.hires.iter().zip(&plan.entitlements);
        let live = live.filter(|(hire, it)| **it == Entitlement::Live && hire.project == *project);
        for (hire, _) in live {
            let asked_at = self.clock.now();
            let platform = &self.connection(&hire.connection).await?.platform;
            let participants = platform.participants(&hire.contract).await?;
            let named = participants.find(|it| it.opentrain_user_id == *id);
            if let Sought::Unknown(unreadable) = &named {
                tracing::warn!(contract.id = %hire.contract, trainer.id = %id, reason = %unreadable, "a participant could not be read: access waits for a readable work e-mail; report it to OpenTrain");
            }
            if let Some(email) = named.found().and_then(|it| it.work_email) {
                let known = KnownEmail::new(email, asked_at);
                return Ok(Some((hire.connection.clone(), known)));
            }
        }
        Ok(None)
    }
}
