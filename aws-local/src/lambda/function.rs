//! A function: a binary, in as many environments as calls come at once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;

use super::environment::Environment;
use super::output::Output;

/// What a function is made of.
#[derive(Debug, Clone)]
pub struct FunctionOptions {
    /// Its name.
    pub name: String,
    /// The binary.
    pub program: PathBuf,
    /// The environment's variables, and no others.
    pub environment: BTreeMap<String, String>,
    /// How long a call may take; then the process is killed.
    pub timeout: Duration,
    /// How many calls are served at once; more wait.
    pub concurrency: usize,
}

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The function said so.
    #[error("the function failed: {0}")]
    Failed(Value),
    /// What it said is no JSON.
    #[error("the function's answer can't be read")]
    Unreadable,
    /// The process ended.
    #[error("the function's process ended")]
    Crashed,
    /// It took longer than it may.
    #[error("the function took too long and was killed")]
    TimedOut,
    /// No process could be started.
    #[error("the function can't be started: {0:#}")]
    Init(anyhow::Error),
}

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
    /// A function that has no environment yet: the first call starts one.
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

    /// What its environments have printed.
    pub fn output(&self) -> &Output {
        &self.0.output
    }

    /// Calls it, and waits for the answer.
    ///
    /// # Errors
    /// When there is no answer. Only after [`InvokeError::Failed`] is the environment used again.
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

    /// Starts an environment that is thrown away, and says how long it took from exec to its first
    /// question for work.
    ///
    /// # Errors
    /// When it can't be started.
    pub async fn time_start(&self) -> anyhow::Result<Duration> {
        let environment = Environment::start(&self.0.options, &self.0.output).await?;
        Ok(environment.started_in())
    }

    /// The processes that are serving a call now.
    pub fn busy(&self) -> Vec<u32> {
        lock(&self.0.busy).clone()
    }

    /// The processes that wait for a call.
    pub fn idle(&self) -> Vec<u32> {
        lock(&self.0.idle)
            .iter()
            .filter_map(Environment::pid)
            .collect()
    }

    /// Ends all environments that wait for a call: the next one starts cold.
    pub fn cool_down(&self) {
        lock(&self.0.idle).clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
