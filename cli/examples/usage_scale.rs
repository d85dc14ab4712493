//! Duration and memory of `bridge usage` over many hires.
//!
//! `cargo build --release -p bridge && cargo run --release -p bridge --example usage_scale`, with the number of hires after
//! `--` if it is not 10,000.
//!
//! This process contains OpenTrain, the tool and a database with the hires in it. The command runs as its own process,
//! alone on the database. Its peak memory is read from the kernel (`VmHWM`).

#![allow(clippy::print_stdout, reason = "this is what it is for")]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use shared::ledger::{Expect, Hire, Ledger, Link, Source, Stamp, Trainer, Written};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{JobId, ProjectId};
use shared::opentrain::{NewProjectLink, Options, PlatformClient, ProvisioningMode};
use shared::sqlite::Database;
use shared::usage::Report;
use simulator::{
    AnnotationPlatform, ConsentOptions, Endpoint, Grant, JobOptions, OpenTrain, TrainerOptions,
    Work,
};

const HIRES: usize = 10_000;
const HIRES_PER_PROJECT: usize = 20;
/// Days of work of each hire: today and the whole look-back.
const DAYS: i64 = 4;
const TOKEN: &str = "tool-token";

/// Environment of a bridge.
struct Ground {
    opentrain: OpenTrain,
    tool: AnnotationPlatform,
    grant: Grant,
    database: PathBuf,
    _folder: tempfile::TempDir,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let hires = std::env::args().nth(1).map_or(Ok(HIRES), |it| it.parse())?;
    let ground = set_up(hires / HIRES_PER_PROJECT, hires, DAYS).await?;
    let bridge = std::env::current_exe()?.with_file_name("../bridge");
    for run in ["first run", "second run", "third run"] {
        let (report, took, peak) = measure(&bridge, &ground).await?;
        println!(
            "{run}: {} entries sent, {} unchanged, whole: {}; {:.1} s, peak {} MiB",
            report.entries(),
            report.unchanged,
            report.is_whole(),
            took.as_secs_f32(),
            peak / 1024
        );
    }
    let held: usize = ground
        .opentrain
        .contracts()
        .iter()
        .map(|it| held(&ground, &it.id))
        .sum();
    let posts = ground.opentrain.requests()[&Endpoint::Usage];
    println!("OpenTrain has {held} entries from {posts} calls");
    ensure!(posts == hires as u64, "a later run sent something");
    ensure!(held as i64 == hires as i64 * DAYS, "not all of them");
    Ok(())
}

fn held(ground: &Ground, contract: &str) -> usize {
    ground
        .opentrain
        .usage(contract)
        .map_or(0, |rows| rows.len())
}

/// Creates `projects` linked jobs with `hires` live hires, each with `days` days of work in the tool. The ledger
/// contains all of them, as if their events had been received.
async fn set_up(projects: usize, hires: usize, days: i64) -> anyhow::Result<Ground> {
    let opentrain = OpenTrain::start().await?;
    let tool = AnnotationPlatform::start(TOKEN).await?;
    let grant = opentrain.consent(ConsentOptions::default());
    let token = grant.token.clone().into();
    let platform = PlatformClient::new(&opentrain.base_url(), &token, Options::default())?;
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("bridge.db");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ledger = Ledger::in_database(&Database::open(&database)?, Arc::clone(&clock));
    let now = clock.now();
    let mut known = Vec::new();
    for number in 0..projects {
        let link = link(&opentrain, &tool, &platform, number, now).await?;
        ledger
            .record_link(&ConnectionName::default(), &link)
            .await?;
        for trainer in 0..hires / projects {
            let trainer = format!("usr_{number}_{trainer}");
            known.push(hire(&opentrain, &tool, &link, &trainer, (now, days))?);
        }
    }
    let stored = known.into_iter().map(|hire| store(&ledger, hire));
    stream::iter(stored)
        .buffer_unordered(256)
        .try_collect::<Vec<_>>()
        .await?;
    Ok(Ground {
        opentrain,
        tool,
        grant,
        database,
        _folder: folder,
    })
}

/// Stores a hire as the merge of its event does.
async fn store(ledger: &Ledger, hire: Hire) -> anyhow::Result<()> {
    ledger.enroll(&[&hire]).await?;
    let id = hire.trainer.clone();
    let trainer = Trainer {
        hires: vec![hire],
        ..Trainer::default()
    };
    let written = ledger.put_document(&id, &trainer, Expect::Absent).await?;
    ensure!(
        matches!(written, Written::Stored(_)),
        "the trainer is known"
    );
    Ok(())
}

async fn link(
    opentrain: &OpenTrain,
    tool: &AnnotationPlatform,
    platform: &PlatformClient,
    number: usize,
    now: Timestamp,
) -> anyhow::Result<Link> {
    let project = format!("project-{number}");
    tool.create_project(&project, "A project");
    let job = opentrain.create_job(JobOptions::default());
    let new = NewProjectLink {
        external_project_id: ProjectId::new(project),
        external_project_name: None,
        external_project_url: None,
        job_id: Some(JobId::new(job)),
        provisioning_mode: ProvisioningMode::PartnerWebhook,
    };
    Ok(Link::seen(platform.create_link(&new).await?, now))
}

fn hire(
    opentrain: &OpenTrain,
    tool: &AnnotationPlatform,
    link: &Link,
    trainer: &str,
    (now, days): (Timestamp, i64),
) -> anyhow::Result<Hire> {
    let (job, project) = (link.job.as_ref(), link.project.as_ref());
    let (job, project) = job.zip(project).context("the link is whole")?;
    let options = TrainerOptions {
        id: Some(trainer.into()),
        ..TrainerOptions::default()
    };
    opentrain.create_trainer(options)?;
    let contract = opentrain.hire(job.as_str(), trainer)?;
    let today = now.to_zoned(TimeZone::UTC).date();
    for ago in 0..days {
        let day = today.checked_sub(ago.days())?;
        tool.correct_work(project.as_str(), trainer, day, Work::new(3600, 20, 80))?;
    }
    Ok(Hire {
        connection: ConnectionName::default(),
        contract: contract.as_str().into(),
        link: link.id.clone(),
        trainer: trainer.into(),
        project: project.clone(),
        managed: false,
        start: Some(Stamp {
            source: Source::Api { asked_at: now },
            connection: ConnectionName::default(),
            install: None,
            merged_at: now,
        }),
        started_at: Some(now),
        unconfirmed: false,
        barred: false,
        first_day: Some(today.checked_sub(30.days())?),
    })
}

/// Runs the command. Returns its report, its duration, and its peak memory in KiB.
async fn measure(bridge: &Path, ground: &Ground) -> anyhow::Result<(Report, Duration, u64)> {
    let started = Instant::now();
    let child = std::process::Command::new(bridge)
        .args(["usage", "--json"])
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
    let took = started.elapsed();
    ensure!(output.status.success(), "{}", output.status);
    Ok((serde_json::from_slice(&output.stdout)?, took, peak))
}

fn high_water(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
