//! The emulator's process: started on a free port, stopped when it is dropped.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use jiff::Timestamp;
use shared::aws::Clients;
use shared::config::{AwsSettings, Reader, Vars};
use shared::http::{BaseUrl, client};

use crate::Fault;
use crate::template::Right;

/// Where `make venv-aws` puts the interpreter.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv-aws/bin/python");

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/emulator/emulator.py");

/// How long a word with the emulator about its faults may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// SQS, DynamoDB, Secrets Manager and the Parameter Store on loopback. It ends with this value, and at the latest with the process
/// that started it.
#[derive(Debug)]
pub struct Emulator {
    child: Child,
    endpoint: String,
    control: reqwest::Client,
}

impl Emulator {
    /// Starts one, and waits until it can be asked.
    ///
    /// # Errors
    /// When it is not installed, or does not start.
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

    /// Where it is.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The variables by which a program finds it.
    pub fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
        ]
    }

    /// The same, for what reads settings in this process.
    pub fn vars(&self) -> Vars {
        let set = |vars: Vars, (name, value)| vars.with(name, Some(value));
        self.environment().into_iter().fold(Vars::default(), set)
    }

    /// Clients, made as a function makes them.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn clients(&self) -> anyhow::Result<Clients> {
        clients(&self.vars())
    }

    /// Has these things go wrong from now on, and no others.
    ///
    /// # Errors
    /// When the emulator can't be asked.
    pub async fn fail(&self, faults: &[Fault]) -> anyhow::Result<()> {
        self.control
            .put(self.faults())
            .json(faults)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// Has everything go well again.
    ///
    /// # Errors
    /// When the emulator can't be asked.
    pub async fn mend(&self) -> anyhow::Result<()> {
        self.fail(&[]).await
    }

    /// How many requests an operation had, such as `DynamoDB_20120810.GetItem`; failed ones are counted.
    ///
    /// # Errors
    /// When the emulator can't be asked.
    pub async fn requests(&self, target: &str) -> anyhow::Result<u64> {
        let answer = self.control.get(self.faults()).send().await?;
        let seen: BTreeMap<String, u64> = answer.json().await?;
        Ok(seen.get(target).copied().unwrap_or(0))
    }

    /// Sets the clock of all queues, which then stands still until it is set again.
    ///
    /// # Errors
    /// When the emulator can't be asked.
    pub async fn set_clock(&self, now: Timestamp) -> anyhow::Result<()> {
        let told = serde_json::json!({ "ms": now.as_millisecond() });
        let clock = format!("{}/_clock", self.endpoint);
        let set = self.control.put(clock).json(&told).send().await?;
        set.error_for_status()?;
        Ok(())
    }

    /// Has requests that are signed with these access keys refused, except for what their role allows.
    ///
    /// # Errors
    /// When the emulator can't be asked.
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

/// Clients, made as a function makes them from these variables.
///
/// # Errors
/// A variable that is wrong.
pub fn clients(vars: &Vars) -> anyhow::Result<Clients> {
    let mut reader = Reader::new(vars);
    let settings = AwsSettings::read(&mut reader);
    let settings = reader.finish(settings).map_err(|it| anyhow!("{it}"))?;
    Ok(Clients::new(&settings)?)
}

/// The port, as the emulator says it once it listens.
fn port(child: &mut Child) -> anyhow::Result<u16> {
    let out = child.stdout.take().context("it has no output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    let port = line.trim().strip_prefix("listening on ");
    port.and_then(|port| port.parse().ok()).context(
        "the emulator did not come up; its own words stand above. `make venv-aws` installs it anew",
    )
}

fn stop(child: &mut Child) {
    // Gone already is as good.
    let _gone = child.kill();
    let _reaped = child.wait();
}

impl Drop for Emulator {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}
