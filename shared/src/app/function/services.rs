//! The functions that run use cases: the provisioner, and the scheduled functions.

mod call;
mod environment;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::{StartError, clock};
use crate::app::{ReadTool, ServiceSettings};
use crate::aws::Clients;
use crate::config::{JobSettings, Reader, Vars, with_stored_settings};
use crate::ledger::{DynamoTable, Ledger};
use crate::model::clock::{Clock, SystemClock, after};
use crate::provision::Provisioner;
use crate::queue::{Jobs, Queue, QueueUrls, SqsJobs, SqsQueue};

pub use call::Call;
pub use environment::{ConsumerGround, ScheduledGround, StackGround};

/// Time before the function's time-out at which a scheduled run is cancelled, so that it can report.
const CALL_OFF: Duration = Duration::from_secs(10);

/// Longest time that Lambda lets a function run.
const LONGEST_CALL: Duration = Duration::from_secs(15 * 60);

/// A scheduled function. It plans a run and executes its jobs.
pub struct Scheduled {
    /// Grants access and revokes it.
    pub provisioner: Provisioner,
    /// Limits of runs.
    pub settings: JobSettings,
    /// Queue for the jobs of a run.
    pub workers: Arc<dyn Jobs>,
}

impl Scheduled {
    /// Reads the stack's settings, and creates the services from them.
    ///
    /// # Errors
    /// If a setting is invalid or unreadable, or a client cannot be created.
    pub async fn start(vars: &Vars, tool: ReadTool) -> Result<Self, StartError> {
        let mut reader = Reader::new(vars);
        let ground = ScheduledGround::read(&mut reader);
        let ScheduledGround { stack, jobs } = reader.finish(ground)?;
        let clients = Clients::new(&stack.ground.aws)?;
        let queue = SqsQueue::new(&clients, &stack.ground.queues(), clock());
        let (provisioner, settings) = stack
            .assemble(vars, &clients, Arc::new(queue), tool)
            .await?;
        Ok(Self {
            provisioner,
            settings,
            workers: Arc::new(SqsJobs::new(&clients, &jobs)),
        })
    }
}

impl StackGround {
    async fn assemble(
        &self,
        vars: &Vars,
        clients: &Clients,
        queue: Arc<dyn Queue>,
        tool: ReadTool,
    ) -> Result<(Provisioner, JobSettings), StartError> {
        let clock = clock();
        let vars = with_stored_settings(vars.clone(), clients, &self.settings_secret).await?;
        let mut reader = Reader::new(&vars);
        let services = ServiceSettings::read(&mut reader, tool);
        let services = reader.finish(services)?;
        let table = Arc::new(DynamoTable::new(clients, &self.table));
        let claims = Arc::new(DynamoTable::claims(clients, &self.claims));
        let ledger = Ledger::new(table, claims, Arc::clone(&clock));
        let pauses = Arc::new(ledger.clone());
        let connections = self.ground.connections(clients, &clock, Some(pauses))?;
        let services = services.connect(&clock, &ledger)?;
        let jobs = services.jobs;
        let provisioner = services.provisioner(connections, ledger, queue, clock);
        Ok((provisioner, jobs))
    }
}

/// The provisioner function before its settings are read: it has its queues, but not the tool yet.
pub struct Consumer {
    vars: Vars,
    stack: StackGround,
    clients: Clients,
    queue: Arc<SqsQueue>,
    retry: String,
}

impl Consumer {
    /// Makes no call.
    ///
    /// # Errors
    /// If a variable is invalid, or a client cannot be created.
    pub fn start(vars: &Vars) -> Result<Self, StartError> {
        let mut reader = Reader::new(vars);
        let ground = ConsumerGround::read(&mut reader);
        let ConsumerGround {
            stack,
            dead_letters,
            retry,
        } = reader.finish(ground)?;
        let clients = Clients::new(&stack.ground.aws)?;
        let urls = QueueUrls {
            dead_letters: Some(dead_letters),
            retry: Some(retry.clone()),
            ..stack.ground.queues()
        };
        Ok(Self {
            vars: vars.clone(),
            queue: Arc::new(SqsQueue::new(&clients, &urls, clock())),
            stack,
            clients,
            retry,
        })
    }

    /// The queue of events, and the retry queue.
    pub fn queue(&self) -> &Arc<SqsQueue> {
        &self.queue
    }

    /// Whether a message comes from the retry queue, by the ARN of its queue.
    pub fn is_retry(&self, arn: &str) -> bool {
        arn.rsplit(':').next() == self.retry.rsplit('/').next()
    }

    /// Reads the stack's settings, and creates the provisioner from them.
    ///
    /// # Errors
    /// If a setting is invalid or unreadable, or a client cannot be created.
    pub async fn provisioner(&self, tool: ReadTool) -> Result<Provisioner, StartError> {
        let queue = Arc::clone(&self.queue);
        let made = self
            .stack
            .assemble(&self.vars, &self.clients, queue, tool)
            .await;
        Ok(made?.0)
    }
}

/// Time at which a call must end: `margin` before its deadline. A deadline in the past is ignored, because
/// cargo-lambda's emulator sends 1970.
pub fn end(deadline: SystemTime, margin: Duration) -> Timestamp {
    let now = SystemClock.now();
    let deadline = Timestamp::try_from(deadline).ok();
    let deadline = deadline.filter(|deadline| *deadline > now);
    let deadline = deadline.unwrap_or_else(|| after(now, LONGEST_CALL));
    deadline.checked_sub(margin).unwrap_or(Timestamp::MIN)
}

/// Runs a scheduled job, and cancels it before the time-out. Incomplete work is an error.
///
/// # Errors
/// The work that is not done.
pub async fn in_time<T>(
    deadline: SystemTime,
    job: impl Future<Output = Result<T, String>>,
) -> Result<T, String> {
    let left = end(deadline, CALL_OFF).duration_since(SystemClock.now());
    let left = Duration::try_from(left).unwrap_or_default();
    let done = tokio::time::timeout(left, job).await;
    let done = done.unwrap_or_else(|_| Err(CALLED_OFF.to_owned()));
    done.inspect_err(|reason| tracing::error!(%reason, "not all of the run's work is done"))
}

const CALLED_OFF: &str = "the run's time was nearly over, so it was cancelled: finished work is kept, \
     and the next run continues from there";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_in_the_past_is_none() {
        let left = |deadline| end(deadline, CALL_OFF).duration_since(SystemClock.now());
        assert!(left(SystemTime::UNIX_EPOCH).as_secs() > 800);
        let soon = left(SystemTime::from(after(
            SystemClock.now(),
            Duration::from_secs(60),
        )));
        assert!((45..=50).contains(&soon.as_secs()), "{soon}");
    }
}
