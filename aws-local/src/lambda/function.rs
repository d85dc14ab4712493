//! A function: a binary, in as many environments as there are concurrent calls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;

use super::environment::Environment;
use super::options::{FunctionOptions, InvokeError};
use super::output::Output;

/// A function that can be called. Clones are the same function.
#[derive(Clone)]
pub struct Function(Arc<Inner>);

struct Inner {
    options: FunctionOptions,
    output: Output,
    idle: Mutex<Vec<Environment>>,
    busy: Mutex<Vec<u32>>,
    places: Semaphore,
    calls: AtomicU64,
}

impl Function {
    /// Creates a function without an environment. The first call starts one.
    pub fn new(options: FunctionOptions) -> Self {
        let places = Semaphore::new(options.concurrency);
        Self(Arc::new(Inner {
            options,
            output: Output::default(),
            idle: Mutex::default(),
            busy: Mutex::default(),
            places,
            calls: AtomicU64::new(0),
        }))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.options.name
    }

    /// Output of its environments.
    pub fn output(&self) -> &Output {
        &self.0.output
    }

    /// Calls the function, and waits for the answer.
    ///
    /// # Errors
    /// If there is no answer. The environment is only used again after [`InvokeError::Failed`].
    pub async fn invoke(&self, payload: &Value) -> Result<Value, InvokeError> {
        let Ok(_place) = self.0.places.acquire().await else {
            return Err(InvokeError::Crashed);
        };
        let idle = lock(&self.0.idle).pop();
        let mut environment = match idle {
            Some(idle) => idle,
            None => Environment::start(&self.0.options, &self.0.output)
                .await
                .map_err(InvokeError::Init)?,
        };
        let id = format!("call-{}", self.0.calls.fetch_add(1, Ordering::SeqCst));
        let pid = environment.pid().unwrap_or_default();
        lock(&self.0.busy).push(pid);
        let said = environment
            .invoke(id, payload, self.0.options.timeout)
            .await;
        lock(&self.0.busy).retain(|busy| *busy != pid);
        if matches!(said, Ok(_) | Err(InvokeError::Failed(_))) {
            lock(&self.0.idle).push(environment);
        }
        said
    }

    /// Starts an environment that is not used, and returns the time from exec to its first request for work.
    ///
    /// # Errors
    /// If it can't be started.
    pub async fn time_start(&self) -> anyhow::Result<Duration> {
        let environment = Environment::start(&self.0.options, &self.0.output).await?;
        Ok(environment.started_in())
    }

    /// The processes that are serving a call.
    pub fn busy(&self) -> Vec<u32> {
        lock(&self.0.busy).clone()
    }

    /// The processes that are waiting for a call.
    pub fn idle(&self) -> Vec<u32> {
        lock(&self.0.idle)
            .iter()
            .filter_map(Environment::pid)
            .collect()
    }

    /// Ends all waiting environments, so that the next call is a cold start.
    pub fn cool_down(&self) {
        lock(&self.0.idle).clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
