//! The emulator's process, started on a free port and stopped on drop.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use jiff::Timestamp;
use shared::aws::{AwsSettings, Clients};
use shared::config::{Reader, Vars};
use shared::http::{BaseUrl, client};

use crate::Fault;
use crate::template::Right;

/// Path of the interpreter that `make venv-aws` installs.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv-aws/bin/python");

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/emulator/emulator.py");

/// Time limit of a call about the emulator's faults.
const PATIENCE: Duration = Duration::from_secs(60);

/// SQS, DynamoDB, Secrets Manager and the Parameter Store on loopback. The emulator ends when this value is dropped,
/// and at the latest with the process that started it.
#[derive(Debug)]
pub struct Emulator {
    child: Child,
    endpoint: String,
    control: reqwest::Client,
}

impl Emulator {
    /// Starts an emulator, and waits until it answers.
    ///
    /// # Errors
    /// If it is not installed, or does not start.
    pub fn start() -> anyhow::Result<Self> {
        ensure!(
            Path::new(PYTHON).exists(),
            "there is no {PYTHON}: run `make venv-aws`"
        );
        let mut child = Command::new(PYTHON)
            .arg(PROGRAM)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the emulator can't be started: run `make venv-aws`")?;
        let port = port(&mut child);
        if port.is_err() {
            stop(&mut child);
        }
        let endpoint = format!("http://127.0.0.1:{}", port?);
        let control = client(&BaseUrl::parse(&endpoint)?, PATIENCE)?;
        Ok(Self {
            child,
            endpoint,
            control,
        })
    }

    /// URL of the emulator.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The variables that configure a program for it.
    pub fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
        ]
    }

    /// The same variables, for code in this process that reads settings.
    pub fn vars(&self) -> Vars {
        let set = |vars: Vars, (name, value)| vars.with(name, Some(value));
        self.environment().into_iter().fold(Vars::default(), set)
    }

    /// Creates clients as a function does.
    ///
    /// # Errors
    /// If the HTTP client cannot be created.
    pub fn clients(&self) -> anyhow::Result<Clients> {
        clients(&self.vars())
    }

    /// Replaces the active faults.
    ///
    /// # Errors
    /// If the emulator does not answer.
    pub async fn fail(&self, faults: &[Fault]) -> anyhow::Result<()> {
        self.control
            .put(self.faults())
            .json(faults)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// Removes all faults.
    ///
    /// # Errors
    /// If the emulator does not answer.
    pub async fn mend(&self) -> anyhow::Result<()> {
        self.fail(&[]).await
    }

    /// Number of requests of an operation, such as `DynamoDB_20120810.GetItem`, including failed ones.
    ///
    /// # Errors
    /// If the emulator does not answer.
    pub async fn requests(&self, target: &str) -> anyhow::Result<u64> {
        let answer = self.control.get(self.faults()).send().await?;
        let seen: BTreeMap<String, u64> = answer.json().await?;
        Ok(seen.get(target).copied().unwrap_or(0))
    }

    /// Sets the clock of all queues. It then stays at this time.
    ///
    /// # Errors
    /// If the emulator does not answer.
    pub async fn set_clock(&self, now: Timestamp) -> anyhow::Result<()> {
        let told = serde_json::json!({ "ms": now.as_millisecond() });
        let clock = format!("{}/_clock", self.endpoint);
        let set = self.control.put(clock).json(&told).send().await?;
        set.error_for_status()?;
        Ok(())
    }

    /// Limits requests that are signed with these access keys to the permissions of their role.
    ///
    /// # Errors
    /// If the emulator does not answer.
    pub async fn allow(&self, roles: &BTreeMap<&str, Vec<Right>>) -> anyhow::Result<()> {
        let address = format!("{}/_roles", self.endpoint);
        let set = self.control.put(address).json(roles).send().await?;
        set.error_for_status()?;
        Ok(())
    }

    fn faults(&self) -> String {
        format!("{}/_faults", self.endpoint)
    }
}

/// Creates clients from these variables, as a function does.
///
/// # Errors
/// A variable is invalid.
pub fn clients(vars: &Vars) -> anyhow::Result<Clients> {
    let mut reader = Reader::new(vars);
    let settings = AwsSettings::read(&mut reader);
    let settings = reader.finish(settings).map_err(|it| anyhow!("{it}"))?;
    Ok(Clients::new(&settings)?)
}

/// Reads the port, which the emulator prints when it listens.
fn port(child: &mut Child) -> anyhow::Result<u16> {
    let out = child.stdout.take().context("it has no output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    let port = line.trim().strip_prefix("listening on ");
    port.and_then(|port| port.parse().ok()).context(
        "the emulator did not start; see its output above. `make venv-aws` installs it anew",
    )
}

fn stop(child: &mut Child) {
    // The process may have ended already.
    let _gone = child.kill();
    let _reaped = child.wait();
}

impl Drop for Emulator {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}
