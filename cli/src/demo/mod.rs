//! `bridge demo`: the whole bridge on one machine, with real HTTP between OpenTrain, the bridge and the tool.
//!
//! - `acts`: the steps, which use only the bridge's public interfaces
//! - [`Bridge`]: interface of the bridge; `local` implements it in this process
//! - `stage`: simulated OpenTrain and tool, and access to their state
//! - `tell`: the output

mod acts;
mod bridge;
mod local;
mod stage;
mod tell;

use std::path::Path;

use anyhow::Context;
use shared::ledger::{Policy, Projects};

pub use bridge::{Bridge, Sides};
use local::Local;
use stage::Stage;
use tell::Teller;

use crate::args::DemoArgs;
use crate::exit::CliError;
use crate::paint::{BOLD, DIM, paint};
use crate::status::{Report, show};

/// Runs the demo with a bridge in this process. Fails at the first claim that is not true.
pub async fn run(args: &DemoArgs) -> Result<(), CliError> {
    let local = Local::new().await?;
    let database = local.database();
    let stage = play(Box::new(local)).await?;
    if args.keep_running {
        keep_running(&stage, &database).await?;
    }
    Ok(stage.strike().await?)
}

/// Runs the demo with any bridge. Fails at the first claim that is not true.
pub async fn perform(bridge: Box<dyn Bridge>) -> anyhow::Result<()> {
    play(bridge).await?.strike().await
}

async fn play(bridge: Box<dyn Bridge>) -> anyhow::Result<Stage> {
    let mut stage = Stage::set(bridge).await?;
    let mut teller = Teller::new();
    introduce(&stage);
    let started = std::time::Instant::now();
    acts::play(&mut stage, &mut teller).await?;
    let policy = Policy::default();
    let report = Report::read(
        stage.ledger()?,
        stage.queue()?.as_ref(),
        &policy,
        Projects::default(),
    );
    let report = report.await.context("the ledger can't be read")?;
    anstream::println!("\n{}", paint(BOLD, "Output of `bridge status`"));
    show(&report, stage.now());
    teller.close(started.elapsed());
    Ok(stage)
}

fn introduce(stage: &Stage) {
    anstream::println!(
        "{}",
        paint(
            BOLD,
            "A trainer's access, from hire to end: three servers on this machine, real HTTP between them"
        )
    );
    let line = |name: &str, url: &str, what: &str| {
        anstream::println!("  {name:<10} {url:<36} {}", paint(DIM, what))
    };
    line(
        "OpenTrain",
        &stage.opentrain.base_url(),
        "simulated: the Platform API, and signed deliveries",
    );
    line(
        "tool",
        &stage.tool.base_url(),
        "a small annotation tool that implements the members contract",
    );
    line(
        "bridge",
        &format!("http://{}", stage.bridge.address()),
        "`bridge serve`, or a deployed bridge",
    );
}

/// Prints all addresses, and waits for Ctrl-C.
async fn keep_running(stage: &Stage, database: &Path) -> anyhow::Result<()> {
    let (opentrain, tool, job) = (
        stage.opentrain.base_url(),
        stage.tool.control_url(),
        &stage.job,
    );
    let json = "-H 'content-type: application/json' -d";
    anstream::println!(
        "\nStill running; Ctrl-C stops it. Try:\n  \
         curl -s {opentrain}/control/state\n  \
         curl -s {tool}/state\n  \
         curl -s {opentrain}/control/hire {json} '{{\"jobId\":\"{job}\",\"displayName\":\"Ana P.\"}}'\n  \
         curl -s {opentrain}/control/end {json} '{{\"contractId\":\"…\"}}'\n  \
         curl -s http://{}/healthz\n  \
         bridge status --db {}",
        stage.bridge.address(),
        database.display(),
    );
    tokio::signal::ctrl_c()
        .await
        .context("can't listen for Ctrl-C")
}
