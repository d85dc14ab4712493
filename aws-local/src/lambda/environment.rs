//! An execution environment: a process under its own Runtime API that serves one call at a time.

use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use super::options::{FunctionOptions, InvokeError};
use super::output::Output;
use super::runtime_api::{Answer, INIT, Invocation, RuntimeApi};

/// A process that serves calls. Dropping it kills the process.
pub(super) struct Environment {
    child: Child,
    api: RuntimeApi,
    /// Time from exec to the first request for work.
    started_in: Duration,
}

impl Environment {
    /// Starts the process, and waits for its first request for work.
    pub(super) async fn start(options: &FunctionOptions, output: &Output) -> anyhow::Result<Self> {
        let mut api = RuntimeApi::listen().await?;
        let mut command = Command::new(&options.program);
        command
            .env_clear()
            .envs(options.environment.clone())
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", &options.name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let started = Instant::now();
        let mut child = command.spawn().with_context(|| {
            format!(
                "{} can't be started: build the functions first",
                options.program.display()
            )
        })?;
        output.take_down(child.stdout.take().context("no standard output")?);
        output.take_down(child.stderr.take().context("no standard error")?);
        let asked = tokio::select! {
            asked = tokio::time::timeout(INIT, api.ready.wait_for(Option::is_some)) => {
                *asked.context("the function did not ask for work within 10 s")?.context("its Runtime API has ended")?
            }
            status = child.wait() => {
                anyhow::bail!("the function ended while it started ({}): {:?}", status?, output.lines().last());
            }
        };
        let started_in = asked.unwrap_or(started).duration_since(started);
        Ok(Self {
            child,
            api,
            started_in,
        })
    }

    /// Time from exec to the first request for work.
    pub(super) fn started_in(&self) -> Duration {
        self.started_in
    }

    /// Its process.
    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Makes one call. After an error other than [`InvokeError::Failed`] the environment must not be used again.
    pub(super) async fn invoke(
        &mut self,
        id: String,
        payload: &Value,
        timeout: Duration,
    ) -> Result<Value, InvokeError> {
        let (answer, said) = oneshot::channel();
        let call = Invocation {
            id,
            payload: payload.to_string().into_bytes(),
            deadline: now_ms() + timeout.as_millis(),
            answer,
        };
        if self.api.calls.send(call).await.is_err() {
            return Err(InvokeError::Crashed);
        }
        tokio::select! {
            biased;
            said = said => match said {
                Ok(Answer::Done(body)) => serde_json::from_slice(&body).map_err(|_| InvokeError::Unreadable),
                Ok(Answer::Failed(error)) => Err(InvokeError::Failed(error)),
                Err(_) => Err(InvokeError::Crashed),
            },
            _ = self.child.wait() => Err(InvokeError::Crashed),
            () = tokio::time::sleep(timeout) => {
                // The process may have ended already.
                let _gone = self.child.kill().await;
                Err(InvokeError::TimedOut)
            }
        }
    }
}

/// The current time, as Lambda's clock shows it.
#[allow(
    clippy::disallowed_methods,
    reason = "Lambda has its own clock, not the bridge's"
)]
fn now_ms() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis()
}
