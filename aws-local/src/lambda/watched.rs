//! Functions under `cargo lambda watch`.

use std::time::Duration;

use reqwest::Client;
use serde_json::Value;
use shared::http::{self, BaseUrl};

use super::event_source::Invoke;
use super::options::InvokeError;

/// Time limit of a call. The first one compiles the function.
const TIMEOUT: Duration = Duration::from_secs(900);

/// The function to call.
#[derive(Clone, Copy, Debug)]
enum Target {
    Named(&'static str),
    /// The scheduled function to which the job belongs. On AWS each function has its own queue; here both share one,
    /// because they are started with the same variables.
    OfJob,
}

/// Calls functions at the address of a `cargo lambda watch`.
#[derive(Clone)]
pub struct Watched {
    client: Client,
    url: String,
    target: Target,
}

impl Watched {
    /// One function. `url` is the address of the watch, by default `http://127.0.0.1:9000`.
    ///
    /// # Errors
    /// If the HTTP client can't be created.
    pub fn function(url: &str, name: &'static str) -> anyhow::Result<Self> {
        Self::new(url, Target::Named(name))
    }

    /// The scheduled functions, each for its own jobs.
    ///
    /// # Errors
    /// If the HTTP client can't be created.
    pub fn jobs(url: &str) -> anyhow::Result<Self> {
        Self::new(url, Target::OfJob)
    }

    fn new(url: &str, target: Target) -> anyhow::Result<Self> {
        let client = http::client(&BaseUrl::parse(url)?, TIMEOUT)?;
        let url = url.to_owned();
        Ok(Self {
            client,
            url,
            target,
        })
    }
}

impl Invoke for Watched {
    async fn invoke(&self, payload: &Value) -> Result<Value, InvokeError> {
        let name = match self.target {
            Target::Named(name) => name,
            Target::OfJob => of_job(payload).ok_or(InvokeError::Unreadable)?,
        };
        let url = format!("{}/2015-03-31/functions/{name}/invocations", self.url);
        let answer = self.client.post(url).json(payload).send().await;
        let answer = answer.map_err(|error| InvokeError::Init(error.into()))?;
        let is_error = !answer.status().is_success();
        let body = answer.json().await.map_err(|_| InvokeError::Unreadable)?;
        match is_error {
            true => Err(InvokeError::Failed(body)),
            false => Ok(body),
        }
    }
}

/// The function of a batch with one job.
fn of_job(payload: &Value) -> Option<&'static str> {
    let job: Value = serde_json::from_str(payload["Records"][0]["body"].as_str()?).ok()?;
    match job["kind"].as_str()? {
        "usage" => Some("usage-report"),
        "reconcile" => Some("reconciler"),
        _ => None,
    }
}
