//! What a function of a stack starts from: its log, its clients, its parts. Nothing of Lambda is in here.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::{Clients, with_stored_settings};
use crate::clock::{Clock, SystemClock};
use crate::config::{
    AwsSettings, Faults, JobSettings, OpenTrainSettings, Reader, Vars, connections_secret,
    dead_letter_queue_url, log_filter, opentrain_base_url, queue_url, settings_secret, stack_name,
    table,
};
use crate::connection::{Connections, Keeper, SecretStore};
use crate::delivery::Door;
use crate::http::{BaseUrl, SetupError};
use crate::ledger::{DynamoTable, Ledger};
use crate::provision::Provisioner;
use crate::queue::SqsQueue;
use crate::services::ServiceSettings;
use crate::telemetry::{EmbeddedMetrics, init_with_metrics};

/// A scheduled run is called off this long before its function's time is over: enough to say so.
const CALL_OFF: Duration = Duration::from_secs(10);

/// How long a start waits for the queue. Deliveries are taken all the same; each tries by itself.
const WARM_UP: Duration = Duration::from_secs(1);

/// Why a function can't start. Lambda tries again with the next call.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Variables, or settings of the stack's secret.
    #[error(transparent)]
    Settings(#[from] Faults),
    /// No client can be made.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

/// Sends the function's log and its metrics to standard output.
///
/// # Errors
/// When a variable is wrong.
pub fn log(vars: &Vars) -> Result<(), Faults> {
    let mut reader = Reader::new(vars);
    let logging = Logging::read(&mut reader);
    let Logging { filter, stack } = reader.finish(logging)?;
    let metrics = EmbeddedMetrics::of(&stack, Arc::new(SystemClock));
    init_with_metrics(filter, std::io::stdout, metrics);
    Ok(())
}

/// What was made, or its error in the log: the process ends with it.
///
/// # Errors
/// The one that was given.
pub fn started<T>(made: Result<T, StartError>) -> Result<T, StartError> {
    made.inspect_err(|error| tracing::error!(%error, "the function can't start"))
}

/// The door of a stack, with an open connection to its queue: the first delivery after a cold start need not pay
/// for a TLS handshake.
///
/// # Errors
/// When a variable is wrong, or no client can be made.
pub async fn door(vars: &Vars) -> Result<Door, StartError> {
    let mut reader = Reader::new(vars);
    let ground = Ground::read(&mut reader);
    let ground = reader.finish(ground)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let clients = Clients::new(&ground.aws)?;
    let connections = ground.connections(&clients, &clock)?;
    let queue = Arc::new(SqsQueue::sender(&clients, &ground.queue_url));
    match tokio::time::timeout(WARM_UP, queue.warm()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the queue can't be reached yet"),
        Err(_) => tracing::warn!("the queue has not answered yet"),
    }
    Ok(Door::new(connections, queue, clock))
}

/// All that works for a stack's trainers.
pub struct Deployed {
    /// Gives access and takes it away.
    pub provisioner: Provisioner,
    /// How far jobs may go.
    pub jobs: JobSettings,
}

impl Deployed {
    /// The one function that takes messages off the queue; it also writes dead letters.
    ///
    /// # Errors
    /// When a setting is wrong or can't be read, or no client can be made.
    pub async fn consumer(vars: &Vars) -> Result<Self, StartError> {
        let mut reader = Reader::new(vars);
        let dead_letters = dead_letter_queue_url(&mut reader);
        let stack = StackGround::read(&mut reader);
        let (stack, dead_letters) = reader.finish(stack.zip(dead_letters))?;
        let clients = Clients::new(&stack.ground.aws)?;
        let queue = SqsQueue::new(&clients, &stack.ground.queue_url, &dead_letters);
        stack.assemble(vars, &clients, queue).await
    }

    /// A function that runs a job, and puts what follows from it into the queue.
    ///
    /// # Errors
    /// As for [`consumer`](Self::consumer).
    pub async fn job(vars: &Vars) -> Result<Self, StartError> {
        let mut reader = Reader::new(vars);
        let stack = StackGround::read(&mut reader);
        let stack = reader.finish(stack)?;
        let clients = Clients::new(&stack.ground.aws)?;
        let queue = SqsQueue::sender(&clients, &stack.ground.queue_url);
        stack.assemble(vars, &clients, queue).await
    }
}

/// How a function logs.
pub struct Logging {
    filter: tracing_subscriber::filter::Targets,
    stack: String,
}

impl Logging {
    /// Reads it; `None` when something is wrong, which the reader has then noted.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let (filter, stack) = (log_filter(settings), stack_name(settings));
        Some(Self {
            filter: filter?,
            stack: stack?,
        })
    }
}

/// What every function is told.
pub struct Ground {
    aws: AwsSettings,
    queue_url: String,
    connections_secret: String,
    opentrain: BaseUrl,
}

impl Ground {
    /// Reads it; `None` when something is wrong, which the reader has then noted.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let aws = AwsSettings::read(settings);
        let queue_url = queue_url(settings);
        let connections_secret = connections_secret(settings);
        let opentrain = opentrain_base_url(settings);
        Some(Self {
            aws: aws?,
            queue_url: queue_url?,
            connections_secret: connections_secret?,
            opentrain: opentrain?,
        })
    }

    fn connections(
        &self,
        clients: &Clients,
        clock: &Arc<dyn Clock>,
    ) -> Result<Connections, SetupError> {
        let secret = SecretStore::new(clients, &self.connections_secret, Arc::clone(clock));
        let opentrain = OpenTrainSettings::deployed(self.opentrain.clone(), Keeper::Secret(secret));
        opentrain.connections(Arc::clone(clock))
    }
}

/// What every function but the door is told.
pub struct StackGround {
    ground: Ground,
    table: String,
    settings_secret: String,
}

impl StackGround {
    /// Reads it; `None` when something is wrong, which the reader has then noted.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let ground = Ground::read(settings);
        let (table, settings_secret) = (table(settings), settings_secret(settings));
        Some(Self {
            ground: ground?,
            table: table?,
            settings_secret: settings_secret?,
        })
    }

    async fn assemble(
        self,
        vars: &Vars,
        clients: &Clients,
        queue: SqsQueue,
    ) -> Result<Deployed, StartError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let vars = with_stored_settings(vars.clone(), clients, &self.settings_secret).await?;
        let mut reader = Reader::new(&vars);
        let services = ServiceSettings::read(&mut reader);
        let services = reader.finish(services)?;
        let table = Arc::new(DynamoTable::new(clients, &self.table));
        let ledger = Ledger::new(table, Arc::clone(&clock));
        let connections = self.ground.connections(clients, &clock)?;
        let services = services.connect(&clock, &ledger)?;
        let jobs = services.jobs;
        let provisioner = services.provisioner(connections, ledger, Arc::new(queue), clock);
        Ok(Deployed { provisioner, jobs })
    }
}

/// When a call has to come to its end: `margin` before its deadline.
pub fn end(deadline: SystemTime, margin: Duration) -> Timestamp {
    let deadline = Timestamp::try_from(deadline).unwrap_or(Timestamp::MAX);
    deadline.checked_sub(margin).unwrap_or(Timestamp::MIN)
}

/// Runs a scheduled job, and calls it off in time. It is an error unless all of it was done.
///
/// # Errors
/// What was not done.
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

const CALLED_OFF: &str = "the run's time was nearly over and it was called off: what was done stays done, \
     and the next run goes on from there";
