//! `bridge audit export`: files with a manifest that proves what is in them.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use serde_json::{Value, json};
use shared::config::Vars;
use shared::ledger::audit::{AuditEvent, sha256};
use shared::model::clock::{Clock, SystemClock};

use super::args::ExportArgs;
use super::find::{Filter, check_days};
use super::line::{COLUMNS, csv};
use super::open::ledger;
use super::{population, verify};
use crate::control::{action, record};
use crate::exit::CliError;
use crate::paint::{GOOD, paint};
use crate::targets::Target;

/// Writes the files. Fails if the folder exists.
pub(super) async fn run(args: &ExportArgs, vars: &Vars) -> Result<(), CliError> {
    check_days(&args.filter)?;
    let target = Target::of(&args.target.over(vars)).await?;
    let actor = target.actor().await?;
    create(&args.dir)?;
    record(
        &target,
        action(AuditEvent::OperatorExport, args.dir.display()),
    )
    .await?;
    let (ledger, policy) = ledger(&target)?;
    let filter = Filter::of(&args.filter, policy.audit_days);
    let unread = || format!("the audit record of {} can't be read", target.what());
    let lines = filter.find(&ledger).await.with_context(unread)?.lines;
    let mut files = vec![
        write(&args.dir, "audit.csv", &csv(&lines, COLUMNS)?, lines.len())?,
        write(&args.dir, "audit.jsonl", &json_lines(&lines)?, lines.len())?,
    ];
    if args.filter.population {
        let environment = population::environment(&target, &ledger).await?;
        let rows = population::read(&ledger, &environment, &policy, &filter).await;
        let rows = rows.with_context(unread)?.rows;
        let text = csv(&rows, population::COLUMNS)?;
        files.push(write(&args.dir, "population.csv", &text, rows.len())?);
        let text = json_lines(&rows)?;
        files.push(write(&args.dir, "population.jsonl", &text, rows.len())?);
    }
    let verified = ledger.verify_audit().await.with_context(unread)?;
    let manifest = json!({
        "schemaVersion": 1,
        "exportedAt": SystemClock.now(),
        "exportedBy": actor.to_string(),
        "bridgeVersion": env!("CARGO_PKG_VERSION"),
        "from": filter.from,
        "to": filter.to,
        "trainer": filter.trainer,
        "project": filter.project,
        "retentionDays": policy.audit_days,
        "files": files,
        "verified": verify::report(&verified),
    });
    write(&args.dir, "manifest.json", &format!("{manifest:#}\n"), 1)?;
    anstream::println!(
        "{} {} to {}",
        paint(GOOD, "exported"),
        crate::screen::count(lines.len(), "entry", "entries"),
        args.dir.display()
    );
    verify::whole(&verified.broken)
}

fn create(dir: &Path) -> Result<(), CliError> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(CliError::Usage(format!(
            "{} exists: name a folder that does not exist, so that no export is overwritten",
            dir.display()
        ))),
        Err(error) => Err(CliError::Usage(format!(
            "{} can't be created: {error}",
            dir.display()
        ))),
    }
}

/// Writes one file. Returns its entry in the manifest.
fn write(dir: &Path, name: &str, text: &str, rows: usize) -> anyhow::Result<Value> {
    let path = dir.join(name);
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    let written = file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.with_context(|| format!("{} can't be written", path.display()))?;
    Ok(json!({ "name": name, "rows": rows, "sha256": sha256(text) }))
}

fn json_lines<T: Serialize>(rows: &[T]) -> anyhow::Result<String> {
    let mut text = String::new();
    for row in rows {
        text.push_str(&serde_json::to_string(row)?);
        text.push('\n');
    }
    Ok(text)
}
