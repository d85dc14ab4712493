//! The actions of people: the employer's human, and the trainer.

use std::time::Duration;

use anyhow::{Context, bail};
use jiff::civil::Date;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use shared::http::{self, BaseUrl, TIMEOUT};

/// How a sandbox names itself in `GET /sandbox/limits`.
const SIMULATOR: &str = "opentrain-bridge";

/// The human's part of a sandbox, as JSON calls below `/sandbox`.
pub(crate) struct Sandbox {
    client: Client,
    base: BaseUrl,
}

impl Sandbox {
    /// The sandbox at OpenTrain's base URL, on this machine unless `is_remote`. Fails if it is no sandbox: at OpenTrain
    /// only a human confirms.
    pub(crate) async fn at(base: &BaseUrl, is_remote: bool) -> anyhow::Result<Self> {
        if !base.is_loopback() && (!is_remote || is_opentrain(base)) {
            bail!("{}", not_called(base));
        }
        let client = http::client(base, TIMEOUT).context("OpenTrain can't be called")?;
        let base = base.clone();
        let sandbox = Self { client, base };
        let url = sandbox.base.join(&["sandbox", "limits"]);
        let url = url.map_err(|odd| anyhow::anyhow!(odd.0))?;
        let answer = sandbox.client.get(url).send().await;
        let answer = answer.context("OpenTrain can't be reached")?;
        let limits: Value = answer.json().await.unwrap_or_default();
        match limits["simulator"] == SIMULATOR {
            true => Ok(sandbox),
            false => bail!(
                "{} is no sandbox, and at OpenTrain only a human confirms: leave out --approve",
                sandbox.base
            ),
        }
    }

    /// A trainer applies for the job: this one, or a new one.
    pub(crate) async fn propose(&self, job: &str, trainer: Option<&str>) -> anyhow::Result<()> {
        let mut body = json!({"jobId": job});
        if let Some(trainer) = trainer {
            body["trainerId"] = trainer.into();
        }
        self.post(&["sandbox", "proposals"], body).await
    }

    pub(crate) async fn confirm(&self, approval: &str) -> anyhow::Result<()> {
        let path = ["sandbox", "approvals", approval, "confirm"];
        self.post(&path, json!({})).await
    }

    pub(crate) async fn decline(&self, approval: &str) -> anyhow::Result<()> {
        let path = ["sandbox", "approvals", approval, "decline"];
        self.post(&path, json!({})).await
    }

    /// Works in the sandbox's tool. Returns false without one.
    pub(super) async fn work(
        &self,
        project: &str,
        trainer: &str,
        day: Date,
        time: Duration,
    ) -> anyhow::Result<bool> {
        let body = json!({
            "projectId": project,
            "trainerId": trainer,
            "workDate": day.to_string(),
            "totalSeconds": time.as_secs(),
        });
        let answer = self.send(&["sandbox", "work"], body).await?;
        match answer {
            (StatusCode::CONFLICT, body) if body["details"]["reason"] == "no_tool" => Ok(false),
            answer => accepted(answer).map(|()| true),
        }
    }

    async fn post(&self, path: &[&str], body: Value) -> anyhow::Result<()> {
        accepted(self.send(path, body).await?)
    }

    async fn send(&self, path: &[&str], body: Value) -> anyhow::Result<(StatusCode, Value)> {
        let url = self.base.join(path).map_err(|odd| anyhow::anyhow!(odd.0))?;
        let answer = self.client.post(url).json(&body).send().await;
        let answer = answer.context("the sandbox can't be reached")?;
        let status = answer.status();
        let body = answer
            .json()
            .await
            .context("the sandbox's answer can't be read")?;
        Ok((status, body))
    }
}

fn is_opentrain(base: &BaseUrl) -> bool {
    let (_, host) = base.origin();
    let name = host.map(|host| host.to_string()).unwrap_or_default();
    let name = name.trim_end_matches('.');
    name == "opentrain.ai" || name.ends_with(".opentrain.ai")
}

fn not_called(base: &BaseUrl) -> String {
    let how = match is_opentrain(base) {
        true => "leave out --approve",
        false => {
            "leave out --approve, or add --remote-sandbox if it is your sandbox on another machine"
        }
    };
    format!("{base} is not on this machine, and at OpenTrain only a human confirms: {how}")
}

fn accepted((status, body): (StatusCode, Value)) -> anyhow::Result<()> {
    match status.is_success() {
        true => Ok(()),
        false => bail!(
            "the sandbox refuses: {}",
            body["error"].as_str().unwrap_or_default()
        ),
    }
}
