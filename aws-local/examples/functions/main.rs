//! Measures the functions: start time, memory of the webhook, and duration of its handler, compared with a receiver on
//! Node. `make bench-functions` builds the functions as they are deployed, and runs this.

mod measure;
mod services;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use aws_local::lambda::{Function, FunctionOptions};

use measure::{Figures, starts, warm};
use services::Services;

/// Number of starts per function.
const STARTS: usize = 41;

/// Number of deliveries to a warm function.
const DELIVERIES: usize = 1000;

/// Signing secret of the deliveries.
const SECRET: &str = "whsec_bench";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .context("usage: functions FOLDER, the folder of the four binaries")?;
    let services = Services::start().await?;
    let mut subjects: Vec<Function> = ["webhook", "provisioner", "usage-report", "reconciler"]
        .map(|name| ours(name, Path::new(&folder), &services))
        .into();
    subjects.push(peer(&services));
    let started = starts(&subjects, STARTS).await?;
    let mut figures: Vec<Figures> = subjects
        .iter()
        .zip(started)
        .map(|(function, start)| Figures::of(function.name(), start))
        .collect();
    for (function, figures) in subjects.iter().zip(&mut figures) {
        if ["webhook", "Node peer"].contains(&function.name()) {
            figures.warm = Some(warm(function, &services, DELIVERIES).await?);
        }
    }
    table::show(&figures);
    Ok(())
}

fn ours(name: &str, folder: &Path, services: &Services) -> Function {
    let own = [
        ("BRIDGE_STACK", "bench"),
        ("BRIDGE_TABLE", "bench"),
        ("BRIDGE_CLAIMS_TABLE", "bench-claims"),
        ("BRIDGE_CONNECTIONS_SECRET", "bench/connections"),
        ("BRIDGE_SETTINGS_SECRET", "bench/settings"),
        (
            "BRIDGE_DEAD_LETTER_QUEUE_URL",
            "https://sqs.local/1/bench-dead-letters.fifo",
        ),
        ("BRIDGE_RETRY_QUEUE_URL", "https://sqs.local/1/bench-retry"),
        ("BRIDGE_JOBS_QUEUE_URL", "https://sqs.local/1/bench-jobs"),
        ("BRIDGE_LOG", "info"),
        ("OPENTRAIN_BASE_URL", "http://127.0.0.1:9"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    function(name, folder.join(name), &own, services)
}

fn peer(services: &Services) -> Function {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bench/peer/function.mjs");
    let own = [
        ("OPENTRAIN_WEBHOOK_SECRET", SECRET),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ];
    function("Node peer", script, &own, services)
}

fn function(name: &str, program: PathBuf, own: &[(&str, &str)], services: &Services) -> Function {
    let mut environment: BTreeMap<String, String> = own
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    environment.insert("AWS_ENDPOINT_URL".into(), services.url());
    environment.insert(
        "BRIDGE_QUEUE_URL".into(),
        format!("{}/1/bench.fifo", services.url()),
    );
    Function::new(FunctionOptions {
        name: name.to_owned(),
        program,
        environment,
        timeout: Duration::from_secs(10),
        concurrency: 1,
    })
}
