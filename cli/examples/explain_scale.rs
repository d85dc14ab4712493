//! Measures `bridge explain` on a database with many trainers: by trainer, by contract, and by e-mail address; and
//! `bridge status` of one trainer.
//!
//! ```sh
//! cargo run --release -p bridge --all-features --example explain_scale -- 10000
//! ```

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "this is what it is for"
)]

use std::sync::Arc;

use jiff::Timestamp;
use shared::config::Vars;
use shared::ledger::audit::{AuditEvent, Entry};
use shared::ledger::{
    Access, AccessState, Expect, Hire, Install, InstallStatus, KnownEmail, Ledger, Member, Source,
    Stamp, Trainer,
};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::TrainerId;
use shared::model::person::Email;
use shared::sqlite::Database;

const PROJECT: &str = "streets";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let count = std::env::args().nth(1);
    let count: usize = count.map_or(Ok(10_000), |it| it.parse())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bridge.db");
    fill(&path, count).await?;
    let vars = Vars::default().with("BRIDGE_DB", path.to_str()).with(
        "BRIDGE_CONNECTIONS",
        folder.path().join("none.json").to_str(),
    );
    let last = count - 1;
    for what in [
        format!("usr_{last}"),
        format!("ctr_{last}"),
        format!("trainer.{last}@opentrain.work"),
    ] {
        let args = bridge::explain::args::ExplainArgs {
            what: what.clone(),
            json: true,
            target: bridge::targets::TargetArgs {
                stack: None,
                db: None,
            },
        };
        let begun = std::time::Instant::now();
        bridge::explain::run(args, &vars).await?;
        eprintln!(
            "{what}: {} ms of {count} trainers",
            begun.elapsed().as_millis()
        );
    }
    let args = bridge::status::args::StatusArgs {
        filter: bridge::status::Filter {
            trainer: Some(format!("usr_{last}")),
            ..bridge::status::Filter::default()
        },
        watch: false,
        exit_code: false,
        target: bridge::targets::TargetArgs {
            stack: None,
            db: None,
        },
        json: false,
    };
    let begun = std::time::Instant::now();
    bridge::status::run(&args, &vars).await?;
    eprintln!(
        "status of one: {} ms of {count} trainers",
        begun.elapsed().as_millis()
    );
    Ok(())
}

async fn fill(path: &std::path::Path, count: usize) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let database = Database::open(path)?;
    let ledger = Ledger::in_database(&database, Arc::clone(&clock));
    let name = ConnectionName::default();
    let seen = Install {
        id: Some("ins_1".into()),
        status: InstallStatus::Active,
        at: clock.now(),
        organization: None,
        refused: false,
        excluded: false,
        disconnected: false,
    };
    ledger.update_install(&name, |_| Some(seen.clone())).await?;
    let fills = (0..count).map(|number| one(&ledger, number, clock.now()));
    let fills = futures::StreamExt::buffer_unordered(futures::stream::iter(fills), 64);
    futures::TryStreamExt::try_collect::<Vec<()>>(fills).await?;
    database.close().await;
    Ok(())
}

/// A trainer whose access is granted, with four rows of the audit record.
async fn one(ledger: &Ledger, number: usize, now: Timestamp) -> anyhow::Result<()> {
    let id = TrainerId::new(format!("usr_{number}"));
    let name = ConnectionName::default();
    let email = Email::parse(&format!("trainer.{number}@opentrain.work"));
    let hire = Hire {
        connection: name.clone(),
        contract: format!("ctr_{number}").as_str().into(),
        link: "plk_1".into(),
        trainer: id.clone(),
        project: PROJECT.into(),
        managed: false,
        start: Some(Stamp {
            source: Source::Api { asked_at: now },
            connection: name.clone(),
            install: Some("ins_1".into()),
            merged_at: now,
        }),
        started_at: Some(now),
        unconfirmed: false,
        barred: false,
        first_day: None,
    };
    let access = Access::new(&PROJECT.into(), AccessState::Granted, now);
    let trainer = Trainer {
        hires: vec![hire.clone()],
        member: Member {
            emails: email
                .map(|email| (name, KnownEmail::new(email, now)))
                .into_iter()
                .collect(),
            display_name: Some(format!("Trainer {number}")),
            ..Member::default()
        },
        access: [(PROJECT.into(), access)].into(),
        ..Trainer::default()
    };
    ledger.enroll(&[&hire]).await?;
    let mut expect = Expect::Absent;
    for event in [
        AuditEvent::GrantAsked,
        AuditEvent::Granted,
        AuditEvent::Lost,
        AuditEvent::Granted,
    ] {
        let stored = ledger.document(&id).await?.trainer;
        let trainer = Trainer {
            audit: stored.audit,
            ..trainer.clone()
        };
        let entries = vec![Entry::new(event, now)];
        if let shared::ledger::Written::Stored(next) =
            ledger.put_recorded(&id, &trainer, expect, entries).await?
        {
            expect = next.expect;
        }
    }
    Ok(())
}
