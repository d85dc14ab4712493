//! `bridge trigger` and `bridge sign`: signed deliveries for testing a bridge.

pub mod apigw;
mod args;
mod event;

use std::io::Read;
use std::time::Duration;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::config::{OpenTrainSettings, Reader, Vars, opentrain_base_url};
use shared::http::{BaseUrl, client};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::signature::WebhookSecret;

pub use args::{Form, SignArgs, TriggerArgs};

use self::apigw::invocation;
use crate::confirm::Effects;
use crate::exit::CliError;
use crate::paint::{BAD, GOOD, WAITS, paint};
use crate::samples;

/// A body with the headers that OpenTrain sends.
pub struct Signed {
    pub headers: [(&'static str, String); 4],
    pub body: Vec<u8>,
}

/// Sends a sample as OpenTrain would, or prints the webhook function's invocation for it. Fails if the sample is
/// unknown, if there is no secret, and if the answer is not 2xx.
pub async fn trigger(args: &TriggerArgs, vars: &Vars) -> Result<(), CliError> {
    let sample = samples::find(&args.event).ok_or_else(|| {
        CliError::Usage(format!(
            "unknown sample `{}`. Known:\n  {}",
            args.event,
            samples::names().join("\n  ")
        ))
    })?;
    let connection = connection(&args.to);
    let secret = secret(vars, &connection).await?;
    let now = SystemClock.now();
    let body = if args.as_is {
        sample.body.as_bytes().to_vec()
    } else {
        event::fresh(sample.body, &args.set, now)?
    };
    let signed = sign_body(&secret, body, now);
    let Some(form) = args.form else {
        let base =
            BaseUrl::parse(&args.to).map_err(|error| CliError::Usage(format!("--to: {error}")))?;
        return match is_confirmed(args, vars, &base, &signed.body)? {
            true => send(&signed, sample.name, args, &base).await,
            false => Ok(()),
        };
    };
    let invocation = invocation(&signed, &connection, now, form.encoding());
    anstream::println!("{invocation:#}");
    Ok(())
}

/// Shows the event and asks if the bridge has real data. A URL on another machine requires `--yes`.
fn is_confirmed(
    args: &TriggerArgs,
    vars: &Vars,
    base: &BaseUrl,
    body: &[u8],
) -> Result<bool, CliError> {
    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    let is_real = !opentrain(vars)?.is_loopback();
    let caution = args.caution;
    if !base.is_loopback() && !caution.yes && !caution.dry_run {
        return Err(CliError::Usage(format!(
            "{base} is not on this machine, and the bridge there processes the sample like a real event: nothing was \
             sent. Repeat the command with `--yes` if that is right; `--dry-run` prints the event"
        )));
    }
    if !caution.dry_run && (caution.yes || !is_real) {
        return Ok(true);
    }
    let note = format!(
        "{base} processes this like a real event of OpenTrain, and its effects stay in the ledger."
    );
    let shown = format!("{event:#}");
    let lines = shown.lines().map(str::to_owned).chain([note]);
    let effects = Effects {
        lines: lines.collect(),
        value: json!({ "to": base.to_string(), "event": event }),
        question: format!(
            "OPENTRAIN_BASE_URL is not on this machine, so the bridge has real data. Send the sample to {base}?"
        ),
    };
    caution.confirms(&effects, false)
}

fn opentrain(vars: &Vars) -> Result<BaseUrl, CliError> {
    let mut reader = Reader::new(vars);
    let url = opentrain_base_url(&mut reader);
    Ok(reader.finish(url)?)
}

async fn send(
    signed: &Signed,
    sample: &str,
    args: &TriggerArgs,
    base: &BaseUrl,
) -> Result<(), CliError> {
    let client = client(base, Duration::from_secs(args.timeout))
        .context("the HTTP client can't be created")?;
    let mut request = client.post(base.to_string()).body(signed.body.clone());
    for (name, value) in &signed.headers {
        request = request.header(*name, value);
    }
    let answer = request.send().await.with_context(|| {
        format!("{base} can't be reached: is the bridge running? Start it with `bridge serve`, or set another URL with --to")
    })?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    let colour = if status.is_success() { GOOD } else { BAD };
    anstream::println!("{} {text}", paint(colour, status.as_str()));
    if !status.is_success() {
        return Err(anyhow!("the delivery of `{sample}` was refused").into());
    }
    anstream::eprintln!("{} {}", paint(WAITS, "note"), kept(&signed.body));
    Ok(())
}

/// Note on the sample's data in the ledger, and how to end its contract.
fn kept(body: &[u8]) -> String {
    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    let own = "Use a separate database for samples (BRIDGE_DB).";
    match event["data"]["contract"]["id"].as_str() {
        Some(contract) => format!(
            "the bridge processes a sample like a real event: the contract {contract} is in its ledger now. \
             `bridge end {contract}` ends it and its access; it is listed as ended for 400 days. {own}"
        ),
        None => format!(
            "the bridge processes a sample like a real event, and its effects stay in the ledger. {own}"
        ),
    }
}

/// Prints a file's headers as curl options. Fails if the file can't be read, or if there is no secret.
pub async fn sign(args: &SignArgs, vars: &Vars) -> Result<(), CliError> {
    let body = read(&args.file)?;
    let secret = secret(vars, &ConnectionName::default()).await?;
    let signed = sign_body(&secret, body, SystemClock.now());
    for (name, value) in signed.headers {
        anstream::println!("-H '{name}: {}'", value.replace('\'', "'\\''"));
    }
    Ok(())
}

fn read(file: &str) -> anyhow::Result<Vec<u8>> {
    if file == "-" {
        let mut body = Vec::new();
        std::io::stdin()
            .read_to_end(&mut body)
            .context("standard input can't be read")?;
        return Ok(body);
    }
    std::fs::read(file).with_context(|| format!("{file} can't be read: check the path"))
}

/// The first secret that the bridge uses for verification.
async fn secret(vars: &Vars, name: &ConnectionName) -> Result<WebhookSecret, CliError> {
    let mut reader = Reader::new(vars);
    let settings = OpenTrainSettings::read_any(&mut reader);
    let kept = reader.finish(settings)?.credentials(name).await;
    let kept = kept.map_err(|error| CliError::Usage(error.to_string()))?;
    let first = kept.and_then(|kept| kept.secrets().into_iter().next());
    first.ok_or_else(|| CliError::Usage(format!(
        "the connection `{name}` has no webhook secret: run `bridge subscribe`, or set OPENTRAIN_WEBHOOK_SECRET to that of `default`"
    )))
}

/// The connection of a URL, which ends in its name.
fn connection(url: &str) -> ConnectionName {
    let name = url
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    ConnectionName::parse(name).unwrap_or_else(|_| ConnectionName::default())
}

/// Signs a body as OpenTrain would at `now`.
pub fn sign_body(secret: &WebhookSecret, body: Vec<u8>, now: Timestamp) -> Signed {
    let event: Value = serde_json::from_slice(&body).unwrap_or_default();
    let headers = [
        ("Content-Type", "application/json".to_owned()),
        (
            "X-OpenTrain-Event",
            event["type"].as_str().unwrap_or("unknown").to_owned(),
        ),
        (
            "X-OpenTrain-Delivery",
            format!("dlv_{}", now.as_microsecond()),
        ),
        ("X-OpenTrain-Signature", secret.sign(&body, now)),
    ];
    Signed { headers, body }
}
