//! Data that all pages share, and the tasks that finish what a customer has begun.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use shared::ledger::audit::{Actor, Entry};
use shared::ledger::{Ledger, OnboardingKey, OnboardingLink};
use shared::model::ConnectionName;
use shared::model::clock::Clock;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::answer::Answer;
use super::problem::{Problem, broken};
use crate::control::Jobs;
use crate::targets::Target;

/// Maximum number of pages at once that call OpenTrain or this bridge.
const AT_ONCE: u32 = 8;

/// Time limit of a task. Each of its calls has its own limit, so a task ends earlier, unless the disk does not answer.
const TASK_WITHIN: Duration = Duration::from_secs(5 * 60);

/// Time for which a form waits for the task of the form before it.
const TURN_WITHIN: Duration = Duration::from_secs(30);

/// The pages of `bridge serve` for customers.
pub struct Onboarding {
    pub(super) target: Target,
    pub(super) ledger: Ledger,
    pub(super) jobs: Arc<Jobs>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) key: OnboardingKey,
    room: Arc<Semaphore>,
    /// Held by the task of each connection. A task continues after its page was closed, so a second form would create a
    /// second webhook endpoint.
    tasks: Mutex<HashMap<ConnectionName, Arc<AsyncMutex<()>>>>,
}

/// A place among [`AT_ONCE`].
pub(super) type Room = OwnedSemaphorePermit;

impl Onboarding {
    /// Fails if the key can't be read.
    pub(crate) async fn new(
        target: Target,
        ledger: Ledger,
        jobs: Arc<Jobs>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            key: ledger.onboarding_key().await?,
            room: Arc::new(Semaphore::new(AT_ONCE as usize)),
            tasks: Mutex::default(),
            target,
            ledger,
            jobs,
            clock,
        })
    }

    pub(super) fn room(&self) -> Result<Room, Problem> {
        let full =
            || Problem::later("Many customers connect at this moment. Try again in a minute.");
        let room = Arc::clone(&self.room).try_acquire_owned();
        room.map_err(|_| full())
    }

    /// Runs `work` in a task of its own, then leads to the last page. The task completes the work even if the browser
    /// disconnects: interrupted work could leave a webhook endpoint at OpenTrain whose secret is stored nowhere. A
    /// connection has one task at a time.
    pub(super) async fn finish(
        &self,
        connection: &ConnectionName,
        work: impl Future<Output = Result<(), Problem>> + Send + 'static,
    ) -> Result<Answer, Problem> {
        let turn = self.turn(connection).await?;
        let room = self.room()?;
        let task = tokio::spawn(async move {
            let _turn = turn;
            let done = tokio::time::timeout(TASK_WITHIN, work).await;
            drop(room);
            done.unwrap_or_else(|late| Err(broken(late)))
        });
        task.await.unwrap_or_else(|error| Err(broken(error)))?;
        Ok(Answer::To("done"))
    }

    /// The right to run the one task of a connection. Waits for the task of a form that was sent before, and takes no
    /// place meanwhile.
    async fn turn(&self, connection: &ConnectionName) -> Result<OwnedMutexGuard<()>, Problem> {
        let own = {
            let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(tasks.entry(connection.clone()).or_default())
        };
        let turn = tokio::time::timeout(TURN_WITHIN, own.lock_owned()).await;
        turn.map_err(|_| {
            Problem::later("Your last form is still being processed. Try again in a minute.")
                .back("done", "Back")
        })
    }

    /// Returns when no task is left.
    pub(crate) async fn finished(&self) {
        // It fails only if the semaphore is closed, which never happens.
        let _all = self.room.acquire_many(AT_ONCE).await;
    }

    /// Records an action of the customer in the audit record, before it is done.
    pub(super) async fn audit(
        &self,
        link: &OnboardingLink,
        organization: Option<&String>,
        entry: Entry,
    ) -> anyhow::Result<()> {
        let actor = Actor::Customer {
            connection: link.connection.clone(),
            organization: organization.cloned(),
        };
        let entry = Entry {
            actor: Some(actor),
            ..entry
        };
        let recorded = self.ledger.record_action(entry).await;
        recorded.context("the action can't be recorded, so nothing was done")
    }
}
