//! Components of a stack's functions: log, clients and services. Independent of Lambda.

mod environment;
#[cfg(feature = "dynamodb")]
mod services;

use std::sync::Arc;
use std::time::Duration;

use crate::aws::Clients;
#[cfg(feature = "dynamodb")]
use crate::config::StoredSettingsError;
use crate::config::{Faults, Reader, Vars};
use crate::http::SetupError;
use crate::model::clock::{Clock, SystemClock};
use crate::queue::SqsQueue;
use crate::telemetry::{EmbeddedMetrics, init_with_metrics};
use crate::webhook::Intake;

pub use environment::{Ground, Logging};
#[cfg(feature = "dynamodb")]
pub use services::{
    Call, Consumer, ConsumerGround, Scheduled, ScheduledGround, StackGround, end, in_time,
};

/// Maximum time that a start waits for the queue. Deliveries are accepted regardless, and each one retries.
const WARM_UP: Duration = Duration::from_secs(1);

/// Reason why a function cannot start. Lambda retries with the next invocation.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Variables, or settings in the stack's secret, are invalid.
    #[error(transparent)]
    Settings(#[from] Faults),
    /// The stack's settings secret can't be used.
    #[cfg(feature = "dynamodb")]
    #[error(transparent)]
    Stored(#[from] StoredSettingsError),
    /// A client cannot be created.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

impl StartError {
    /// Whether an operator must act. Other failures are temporary.
    pub fn needs_operator(&self) -> bool {
        match self {
            #[cfg(feature = "dynamodb")]
            Self::Stored(error) => error.needs_operator(),
            Self::Settings(_) | Self::Setup(_) => true,
        }
    }
}

/// Sends the function's log to standard output. Returns the metrics, which each [`invocation`] writes.
///
/// # Errors
/// If a variable is invalid.
pub fn log(vars: &Vars) -> Result<EmbeddedMetrics, Faults> {
    let mut reader = Reader::new(vars);
    let logging = Logging::read(&mut reader);
    let Logging { filter, stack } = reader.finish(logging)?;
    let metrics = EmbeddedMetrics::of(&stack, Arc::new(SystemClock));
    init_with_metrics(filter, std::io::stdout, metrics.clone());
    Ok(metrics)
}

/// Serves one invocation, and writes its metrics.
pub async fn invocation<T>(metrics: &EmbeddedMetrics, call: impl Future<Output = T>) -> T {
    let outcome = call.await;
    metrics.flush();
    outcome
}

/// Returns the result, and logs its error before the process ends.
///
/// # Errors
/// The given error.
pub fn started<T>(made: Result<T, StartError>) -> Result<T, StartError> {
    made.inspect_err(|error| tracing::error!(%error, "the function can't start"))
}

/// Intake of a stack, with an open connection to its queue, so that the first delivery after a cold start does not wait
/// for a TLS handshake.
///
/// # Errors
/// If a variable is invalid, or a client cannot be created.
pub async fn intake(vars: &Vars) -> Result<Intake, StartError> {
    let mut reader = Reader::new(vars);
    let ground = Ground::read(&mut reader);
    let ground = reader.finish(ground)?;
    let clock = clock();
    let clients = Clients::new(&ground.aws)?;
    // Intake makes no calls to OpenTrain.
    let connections = ground.connections(&clients, &clock, None)?;
    let queue = Arc::new(SqsQueue::new(
        &clients,
        &ground.queues(),
        Arc::clone(&clock),
    ));
    match tokio::time::timeout(WARM_UP, queue.warm()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the queue can't be reached yet"),
        Err(_) => tracing::warn!("the queue has not answered yet"),
    }
    Ok(Intake::new(connections, queue, clock))
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}
