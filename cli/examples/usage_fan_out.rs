//! Duration and memory of a run over many connections whose plan is executed by concurrent workers.
//!
//! `cargo run --release -p bridge --example usage_fan_out [HIRES] [CONNECTIONS] [WORKERS]`
//!
//! Each call to OpenTrain and to the tool takes 200 ms, each one to the ledger 5 ms. All workers are in this process,
//! so its peak memory is more than that of any of them.

#![allow(clippy::print_stdout, reason = "this is what it is for")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde_json::json;
use shared::connection::{Connection, Connections};
use shared::ledger::{
    Expect, Hire, Item, Key, Ledger, Link, Policy, Put, Source, SqliteTable, Stamp, Table,
    TableError, Trainer,
};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{ContractId, ProjectId};
use shared::model::progress::unwatched;
use shared::notice::{NoticeSettings, Notices};
use shared::opentrain::{Options as Calls, PlatformClient, ReportError, UsageAccepted, UsageEntry};
use shared::sqlite::Database;
use shared::tool::{
    Accounts, AnnotationTool, Ask, Capabilities, DayTotal, Granted, Membership, Notice, Person,
    Project, Readding, Removal, Removed, Scope, TimeSource, ToolError, Totals, Worker,
};
use shared::usage::{Options, Report, Reporter, Settings, UsageApi, UsageJob};

const CALL: Duration = Duration::from_millis(200);
const LEDGER_CALL: Duration = Duration::from_millis(5);
const PEOPLE_PER_PROJECT: usize = 100;

/// A table with the delay of a network, which others use, too.
struct Remote {
    table: SqliteTable,
    is_far: bool,
}

impl Remote {
    async fn travel(&self) {
        if self.is_far {
            tokio::time::sleep(LEDGER_CALL).await;
        }
    }
}

#[async_trait]
impl Table for Remote {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.travel().await;
        self.table.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, TableError> {
        for _ in keys.chunks(100) {
            self.travel().await;
        }
        self.table.get_many(keys).await
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        self.travel().await;
        self.table.query(partition, prefix).await
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        self.travel().await;
        self.table.scan(prefix).await
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        self.travel().await;
        self.table.put(item, expect).await
    }
}

/// A tool in which each person has worked an hour on each day.
struct Tool;

fn unused<T>() -> Result<T, ToolError> {
    Err(ToolError::Wrong {
        reason: "not a part of this".to_owned(),
    })
}

#[async_trait]
impl AnnotationTool for Tool {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        Ok(Capabilities {
            scope: Scope::Project,
            accounts: Accounts::Created,
            removal: Removal::Full,
            readding: Readding::Api,
            time: TimeSource::Platform,
            updates_email: true,
        })
    }

    async fn project(&self, _: &ProjectId) -> Result<Project, ToolError> {
        unused()
    }

    async fn grant(&self, _: &ProjectId, _: &Person) -> Result<Granted, ToolError> {
        unused()
    }

    async fn remove(&self, _: &ProjectId, _: &Membership) -> Result<Removed, ToolError> {
        unused()
    }

    async fn access(&self, _: &ProjectId, _: &Membership) -> Result<Option<Granted>, ToolError> {
        unused()
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        tokio::time::sleep(CALL).await;
        let people = (0..PEOPLE_PER_PROJECT).map(|number| format!("usr_{project}_{number}"));
        let days = people.flat_map(|person| {
            ask.window.days().map(move |work_date| DayTotal {
                worker: Worker::Trainer(person.as_str().into()),
                work_date,
                total_seconds: Some(3600),
                tasks_completed: Some(20),
                labels_completed: Some(80),
                disputed: 0,
                in_part: false,
            })
        });
        let days: Vec<_> = days.collect();
        Ok(Some(Totals::of(SystemClock.now(), days.into())))
    }

    async fn show_notice(&self, _: &ProjectId, _: &Notice) -> Result<bool, ToolError> {
        unused()
    }

    async fn clear_notice(&self, _: &ProjectId) -> Result<bool, ToolError> {
        unused()
    }
}

/// OpenTrain, which counts the calls.
#[derive(Default)]
struct Api {
    calls: AtomicUsize,
    entries: AtomicUsize,
}

#[async_trait]
impl UsageApi for Api {
    async fn report(
        &self,
        _: &Connection,
        contract: &ContractId,
        entries: &[UsageEntry],
    ) -> Result<UsageAccepted, ReportError> {
        tokio::time::sleep(CALL).await;
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.entries.fetch_add(entries.len(), Ordering::Relaxed);
        let budget =
            json!({ "contractId": contract, "paymentType": "PAY_PER_HOUR", "state": "OK" });
        Ok(UsageAccepted {
            accepted: u64::try_from(entries.len()).ok(),
            budget: serde_json::from_value(budget).ok(),
        })
    }
}

fn connection(number: usize) -> anyhow::Result<ConnectionName> {
    ConnectionName::parse(&format!("c{number}")).map_err(|error| anyhow!("{error}"))
}

/// A ledger with these hires. They share projects by [`PEOPLE_PER_PROJECT`].
async fn fill(ledger: &Ledger, hires: usize, connections: usize) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let projects = hires.div_ceil(PEOPLE_PER_PROJECT);
    for project in 0..projects {
        let link = Link {
            id: format!("plk_{project}").as_str().into(),
            job: Some(format!("job_{project}").as_str().into()),
            project: Some(project.to_string().as_str().into()),
            project_name: None,
            managed: false,
            install: None,
            removed: false,
            absent: false,
            at: now,
        };
        ledger
            .record_link(&connection(project % connections)?, &link)
            .await?;
    }
    let stored = (0..hires).map(|number| store(ledger, number, connections, now));
    stream::iter(stored)
        .buffer_unordered(256)
        .try_collect::<Vec<_>>()
        .await?;
    Ok(())
}

async fn store(
    ledger: &Ledger,
    number: usize,
    connections: usize,
    now: Timestamp,
) -> anyhow::Result<()> {
    let project = number / PEOPLE_PER_PROJECT;
    let connection = connection(project % connections)?;
    let trainer = format!("usr_{project}_{}", number % PEOPLE_PER_PROJECT);
    let hire = Hire {
        contract: format!("ctr_{number}").as_str().into(),
        link: format!("plk_{project}").as_str().into(),
        trainer: trainer.as_str().into(),
        project: project.to_string().as_str().into(),
        managed: false,
        start: Some(Stamp {
            source: Source::Api { asked_at: now },
            connection: connection.clone(),
            install: None,
            merged_at: now,
        }),
        started_at: Some(now),
        unconfirmed: false,
        barred: false,
        first_day: Some("2020-01-01".parse()?),
        connection,
    };
    ledger.enroll(&[&hire]).await?;
    let id = hire.trainer.clone();
    let trainer = Trainer {
        hires: vec![hire],
        ..Trainer::default()
    };
    ledger.put_document(&id, &trainer, Expect::Absent).await?;
    Ok(())
}

fn reporter(ledger: &Ledger, api: &Arc<Api>, connections: usize) -> anyhow::Result<Reporter> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let platform = PlatformClient::new(
        "http://127.0.0.1:1",
        &"ot_ptk_none".into(),
        Calls::default(),
    )?;
    let one = |number| {
        Ok(Connection {
            name: connection(number)?,
            secrets: Vec::new(),
            platform: platform.clone(),
            projects: None,
        })
    };
    let connections: anyhow::Result<Connections> = (0..connections).map(one).collect();
    let (policy, notices) = (Policy::default(), NoticeSettings::default());
    Ok(Reporter {
        ledger: ledger.clone(),
        tool: Arc::new(Tool),
        connections: connections?,
        api: Arc::clone(api) as _,
        notices: Notices::new(
            ledger.clone(),
            Arc::new(Tool),
            Arc::clone(&clock),
            policy,
            notices,
        ),
        clock,
        settings: Settings::default(),
    })
}

/// Executes jobs until none is left. Returns the longest duration of a job, and the report.
async fn worker(
    reporter: Reporter,
    jobs: &Mutex<VecDeque<UsageJob>>,
) -> anyhow::Result<(Duration, Option<Report>)> {
    let (mut longest, mut whole) = (Duration::ZERO, None);
    loop {
        let job = jobs
            .lock()
            .map_err(|_| anyhow!("a worker died"))?
            .pop_front();
        let Some(job) = job else {
            return Ok((longest, whole));
        };
        let started = Instant::now();
        let report = reporter.job(&job, &Options::default(), &unwatched).await?;
        ensure!(report.is_whole(), "{}", report.shortfall());
        longest = longest.max(started.elapsed());
        whole = Some(report);
    }
}

fn high_water() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kib.context("no peak")?.parse::<u64>()? / 1024)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let numbers = std::env::args().skip(1).map(|it| it.parse::<usize>());
    let numbers: Result<Vec<_>, _> = numbers.collect();
    let numbers = numbers?;
    let given = |at: usize, default| numbers.get(at).copied().unwrap_or(default);
    let (hires, connections, workers) = (given(0, 100_000), given(1, 200), given(2, 10));
    let folder = tempfile::tempdir()?;
    let database = Database::open(folder.path().join("bridge.db"))?;
    let ledger = |is_far| {
        let table = |table| Arc::new(Remote { table, is_far });
        let items = table(SqliteTable::new(database.clone()));
        let claims = table(SqliteTable::claims(database.clone()));
        Ledger::new(items, claims, Arc::new(SystemClock))
    };
    fill(&ledger(false), hires, connections).await?;
    println!(
        "{hires} hires of {connections} connections; {} MiB so far",
        high_water()?
    );
    let api = Arc::new(Api::default());
    for run in ["first run", "second run"] {
        let started = Instant::now();
        let jobs = reporter(&ledger(true), &api, connections)?
            .plan(&Options::default())
            .await?;
        let planned = started.elapsed();
        let (count, jobs) = (jobs.len(), Mutex::new(VecDeque::from(jobs)));
        let at_work = (0..workers)
            .map(|_| anyhow::Ok(worker(reporter(&ledger(true), &api, connections)?, &jobs)));
        let at_work: anyhow::Result<Vec<_>> = at_work.collect();
        let done = futures::future::try_join_all(at_work?).await?;
        let longest = done
            .iter()
            .map(|(longest, _)| *longest)
            .max()
            .unwrap_or_default();
        println!(
            "{run}: {count} jobs planned in {:.1} s, done by {workers} workers in {:.1} s, the longest in {:.1} s; peak {} MiB",
            planned.as_secs_f32(),
            started.elapsed().as_secs_f32(),
            longest.as_secs_f32(),
            high_water()?
        );
    }
    let (calls, entries) = (
        api.calls.load(Ordering::Relaxed),
        api.entries.load(Ordering::Relaxed),
    );
    println!("OpenTrain received {calls} calls with {entries} entries");
    ensure!(calls == hires, "each hire is reported once");
    Ok(())
}
