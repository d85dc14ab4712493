//! Duration and memory of `bridge reconcile` over many contracts.
//!
//! `cargo build --release -p bridge && cargo run --release -p bridge --example reconcile_scale`, with the number of contracts
//! after `--` if it is not 10,000.
//!
//! This process contains OpenTrain and the tool. The command runs as its own process, alone on the database, and
//! processes its queue too. Its peak memory is read from the kernel (`VmHWM`).

#![allow(clippy::print_stdout, reason = "this is what it is for")]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use shared::model::event::EventType;
use shared::model::ids::{JobId, ProjectId};
use shared::opentrain::{
    NewProjectLink, NewWebhookEndpoint, Options, PlatformClient, ProvisioningMode,
};
use shared::reconcile::Outcome;
use simulator::{AnnotationPlatform, ConsentOptions, Grant, JobOptions, OpenTrain, TrainerOptions};

const CONTRACTS: usize = 10_000;
const CONTRACTS_PER_LINK: usize = 50;
/// The share of contracts that end: less than the guard's limit.
const ENDS_PERCENT: usize = 15;
const TOKEN: &str = "tool-token";

/// Environment of a bridge.
struct Ground {
    opentrain: OpenTrain,
    tool: AnnotationPlatform,
    grant: Grant,
    database: PathBuf,
    links: usize,
    _folder: tempfile::TempDir,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let contracts = std::env::args()
        .nth(1)
        .map_or(Ok(CONTRACTS), |it| it.parse())?;
    let ground = set_up(contracts).await?;
    let bridge = std::env::current_exe()?.with_file_name("../bridge");
    measure(&bridge, &ground, "an empty ledger", contracts).await?;
    ensure!(members(&ground) == contracts, "not all access was granted");
    measure(&bridge, &ground, "nothing has changed", 0).await?;
    let ends = contracts * ENDS_PERCENT / 100;
    let all = ground.opentrain.contracts();
    for contract in all.iter().step_by(contracts / ends).take(ends) {
        ground.opentrain.end_contract(&contract.id)?;
    }
    measure(&bridge, &ground, &format!("{ends} lost ends"), ends).await?;
    ensure!(
        members(&ground) == contracts - ends,
        "not all access was revoked"
    );
    Ok(())
}

fn members(ground: &Ground) -> usize {
    let members = (0..ground.links).map(|n| ground.tool.members(&format!("project-{n}")).len());
    members.sum()
}

/// Linked jobs with contracts for which there are no events.
async fn set_up(contracts: usize) -> anyhow::Result<Ground> {
    let links = contracts / CONTRACTS_PER_LINK;
    let opentrain = OpenTrain::start().await?;
    let tool = AnnotationPlatform::start(TOKEN).await?;
    let grant = opentrain.consent(ConsentOptions::default());
    let token = grant.token.clone().into();
    let platform = PlatformClient::new(&opentrain.base_url(), &token, Options::default())?;
    for number in 0..links {
        let project = format!("project-{number}");
        tool.create_project(&project, "A project");
        let job = opentrain.create_job(JobOptions::default());
        let new = NewProjectLink {
            external_project_id: ProjectId::new(project),
            external_project_name: None,
            external_project_url: None,
            job_id: Some(JobId::from(job.as_str())),
            provisioning_mode: ProvisioningMode::PartnerWebhook,
        };
        platform.create_link(&new).await?;
        for trainer in 0..CONTRACTS_PER_LINK {
            let id = format!("usr_{number}_{trainer}");
            let work_email = Some(format!("{id}@opentrain.work"));
            let options = TrainerOptions {
                id: Some(id.clone()),
                work_email,
                ..Default::default()
            };
            opentrain.create_trainer(options)?;
            opentrain.hire(&job, &id)?;
        }
    }
    opentrain.lose_events(u32::MAX);
    let endpoint = NewWebhookEndpoint {
        url: "http://127.0.0.1:1/hooks/default".into(),
        event_types: EventType::known().map(Into::into).collect(),
    };
    platform.create_endpoint(&endpoint).await?;
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("bridge.db");
    Ok(Ground {
        opentrain,
        tool,
        grant,
        database,
        links,
        _folder: folder,
    })
}

/// Runs the command, and prints its duration and peak memory.
async fn measure(bridge: &Path, ground: &Ground, what: &str, drift: usize) -> anyhow::Result<()> {
    let started = Instant::now();
    let child = std::process::Command::new(bridge)
        .args(["reconcile", "--json"])
        .env("BRIDGE_DB", &ground.database)
        .env("OPENTRAIN_BASE_URL", ground.opentrain.base_url())
        .env("OPENTRAIN_PARTNER_TOKEN", &ground.grant.token)
        .env("OPENTRAIN_WEBHOOK_SECRET", "whsec_any")
        .env("TOOL_KIND", "rest")
        .env("TOOL_BASE_URL", ground.tool.base_url())
        .env("TOOL_API_TOKEN", TOKEN)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{}: build it first", bridge.display()))?;
    let status = format!("/proc/{}/status", child.id());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output());
    let mut peak = 0;
    let mut look = tokio::time::interval(Duration::from_millis(10));
    while !output.is_finished() {
        look.tick().await;
        peak = peak.max(high_water(&status).unwrap_or_default());
    }
    let output = output.await??;
    let took = started.elapsed().as_secs_f32();
    ensure!(output.status.success(), "{}", output.status);
    let outcome: Outcome = serde_json::from_slice(&output.stdout)?;
    println!(
        "{what}: {} contracts on {} links, {} differences, {} people converged; {:.1} s to reconcile, {took:.1} s with the tool; peak {} MiB",
        outcome.checked.contracts,
        outcome.checked.links,
        outcome.drift.len(),
        outcome.access.len(),
        Duration::from_millis(outcome.took_ms).as_secs_f32(),
        peak / 1024
    );
    ensure!(outcome.access.len() == drift, "not what was expected");
    Ok(())
}

fn high_water(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
