//! Measurements and their methods.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use aws_local::lambda::Function;
use serde_json::{Value, json};
use shared::model::clock::{Clock, SystemClock};
use shared::model::signature::WebhookSecret;

use super::SECRET;
use super::services::Services;

/// Age at which a signature is refused.
const OLD: Duration = Duration::from_secs(301);

/// One function's figures.
pub(super) struct Figures {
    pub(super) name: String,
    pub(super) start: Start,
    pub(super) warm: Option<Warm>,
}

/// Time from exec to the first request for work.
pub(super) struct Start {
    pub(super) median: Duration,
    pub(super) least: Duration,
}

/// Figures of a running function.
pub(super) struct Warm {
    /// Median time from the call to the answer, without the queue's time. It includes the Runtime API and two loopback
    /// connections.
    pub(super) call: Duration,
    /// Processor time of the function per delivery.
    pub(super) cpu: Duration,
    /// The same for a delivery with a correct but expired signature: the Runtime API, the HMAC and the refusal, without
    /// calls to other services.
    pub(super) refused: Duration,
    /// Resident memory after the last call, in KiB.
    pub(super) rss: u64,
}

impl Figures {
    pub(super) fn of(name: &str, start: Start) -> Self {
        Self {
            name: name.to_owned(),
            start,
            warm: None,
        }
    }
}

/// Starts each function `times` times, alternating between them.
pub(super) async fn starts(functions: &[Function], times: usize) -> anyhow::Result<Vec<Start>> {
    let mut all = vec![Vec::new(); functions.len()];
    for _ in 0..times {
        for (function, times) in functions.iter().zip(&mut all) {
            let took = function.time_start().await;
            times.push(took.with_context(|| format!("{} does not start", function.name()))?);
        }
    }
    let start = |mut times: Vec<Duration>| {
        times.sort_unstable();
        Start {
            median: times[times.len() / 2],
            least: times[0],
        }
    };
    Ok(all.into_iter().map(start).collect())
}

/// Sends `times` deliveries to one environment.
pub(super) async fn warm(
    function: &Function,
    services: &Services,
    times: usize,
) -> anyhow::Result<Warm> {
    let secret = WebhookSecret::new(SECRET).context("no secret")?;
    let mut took = Vec::with_capacity(times);
    function
        .invoke(&delivery(&secret, times, Duration::ZERO))
        .await?;
    let pid = function
        .idle()
        .pop()
        .context("the function's process has ended")?;
    let before = cpu(pid)?;
    for number in 0..times {
        let event = delivery(&secret, number, Duration::ZERO);
        let (before, began) = (services.spent(), Instant::now());
        let answer = function.invoke(&event).await?;
        let all = began.elapsed();
        ensure!(answer["statusCode"] == 202, "it was refused: {answer}");
        let queue = Duration::from_nanos(services.spent() - before);
        took.push(all.saturating_sub(queue));
    }
    took.sort_unstable();
    let cpu = per_call(before, pid, times)?;
    let before = self::cpu(pid)?;
    for number in 0..times {
        let answer = function.invoke(&delivery(&secret, number, OLD)).await?;
        ensure!(answer["statusCode"] == 401, "it was taken: {answer}");
    }
    let refused = per_call(before, pid, times)?;
    Ok(Warm {
        call: took[took.len() / 2],
        cpu,
        refused,
        rss: rss(pid)?,
    })
}

fn per_call(before: Duration, pid: u32, times: usize) -> anyhow::Result<Duration> {
    Ok((cpu(pid)? - before) / u32::try_from(times)?)
}

/// A hire in API Gateway's format, signed `ago` before now.
fn delivery(secret: &WebhookSecret, number: usize, ago: Duration) -> Value {
    let mut event: Value = serde_json::from_str(include_str!(
        "../../../events/webhook/contract.started.json"
    ))
    .unwrap_or_default();
    event["id"] = (1000 + number).to_string().into();
    let body = event.to_string();
    let signature = secret.sign(body.as_bytes(), SystemClock.now() - ago);
    json!({
        "version": "2.0",
        "routeKey": "POST /hooks/{connection}",
        "rawPath": "/hooks/default",
        "rawQueryString": "",
        "headers": {
            "content-type": "application/json",
            "x-opentrain-delivery": format!("dlv_{number}"),
            "x-opentrain-signature": signature,
        },
        "requestContext": {
            "http": { "method": "POST", "path": "/hooks/default", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1" },
            "stage": "$default",
            "timeEpoch": 0,
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// Processor time of all threads since the start.
fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let mut all = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let nanos = text
            .split_whitespace()
            .next()
            .and_then(|it| it.parse().ok());
        all += Duration::from_nanos(nanos.context("schedstat has no time")?);
    }
    Ok(all)
}

fn rss(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next());
    kib.and_then(|kib| kib.parse().ok())
        .context("/proc has no VmRSS")
}
