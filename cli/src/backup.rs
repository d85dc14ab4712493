//! `bridge backup` copies the database, also while a bridge runs. `bridge restore` replaces it with a copy.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use shared::config::{Reader, Vars, database};
use shared::ledger::Ledger;
use shared::ledger::audit::AuditEvent;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::TrainerId;
use shared::provision::forget_again;
use shared::sqlite::{BackupError, Database, RestoreError, file_sha256};

use crate::args::{BackupArgs, RestoreArgs};
use crate::audit::{self, args::FilterArgs};
use crate::confirm::confirm;
use crate::control::{action, record};
use crate::exit::CliError;
use crate::screen::count;
use crate::targets::Target;

/// Writes the copy. Fails if the database can't be read, or if the file exists or can't be written.
pub async fn run(args: &BackupArgs, vars: Vars) -> Result<(), CliError> {
    let vars = &vars.with("BRIDGE_DB", args.db.clone());
    let path = path("backup", vars)?;
    let database =
        Database::open_read_only(path).map_err(|error| CliError::Usage(error.to_string()))?;
    database
        .back_up(&args.file)
        .await
        .map_err(|error| match error {
            BackupError::Exists { .. } => CliError::Usage(error.to_string()),
            other => CliError::Failed(anyhow!(other.to_string())),
        })?;
    anstream::println!(
        "{} copied to {}; tokens and webhook secrets are in the connections file, which is not copied",
        database.path().display(),
        args.file.display()
    );
    Ok(())
}

/// Replaces the database with a backup. Fails if a bridge runs on the database, or if the backup is unusable.
pub async fn restore(args: &RestoreArgs, vars: Vars) -> Result<(), CliError> {
    let vars = &vars.with("BRIDGE_DB", args.db.clone());
    let path = path("restore", vars)?;
    let target = Target::of(vars).await?;
    let (file, shown) = (args.file.clone(), path.display().to_string());
    let question = format!("Replace the database {shown} with {}?", file.display());
    confirm(&question, "the database was not replaced", args.yes)?;
    let of = described(&file, &path).await;
    let forgotten = forgotten(&target, &path).await;
    let to = path.clone();
    let replaced = tokio::task::spawn_blocking(move || Database::restore(&file, &to)).await;
    let replaced = replaced.map_err(anyhow::Error::from)?;
    let replaced = replaced.map_err(|error| match error {
        RestoreError::File { .. } | RestoreError::Copy { .. } => CliError::Failed(anyhow!(error)),
        _ => CliError::Usage(error.to_string()),
    })?;
    anstream::println!("{shown} restored from {}", args.file.display());
    let recorded = record(&target, action(AuditEvent::OperatorRestore, of)).await;
    let again = forget_all(&path, forgotten.as_ref()).await;
    if let Some(replaced) = replaced {
        anstream::println!(
            "The replaced database is {}. If {0}-wal exists, keep both files together: it has the newest changes",
            replaced.display()
        );
    }
    anstream::println!(
        "Run `bridge reconcile` before `bridge serve`: contracts may have ended since the backup"
    );
    again?;
    recorded.map_err(|error| {
        let what = "the database is restored, but the audit record could not be written";
        CliError::Failed(anyhow!(
            "{what}: note the restore elsewhere, with the reason ({error})"
        ))
    })
}

/// The trainers whom operators have forgotten, by the database that is replaced; `None` if it can't be read.
async fn forgotten(target: &Target, path: &Path) -> Option<BTreeSet<TrainerId>> {
    if !path.exists() {
        return None;
    }
    let read = audit::entries(target, &FilterArgs::default()).await.ok()?;
    let lines = read.entries.into_iter();
    let own = lines.filter(|line| line.kind == AuditEvent::Forgotten);
    Some(own.filter_map(|line| line.trainer).collect())
}

/// Forgets them again in the restored database: a backup from before has their names and addresses.
async fn forget_all(path: &Path, ids: Option<&BTreeSet<TrainerId>>) -> Result<(), CliError> {
    let Some(ids) = ids else {
        anstream::println!(
            "Trainers who were forgotten after the backup have their personal data again, because the replaced database is missing or can't be read: repeat `bridge forget TRAINER` for each. The rows `trainer.forgotten` of your audit exports name them"
        );
        return Ok(());
    };
    let erased = erase(path, ids).await.map_err(|error| {
        let names: Vec<_> = ids.iter().map(TrainerId::as_str).collect();
        let names = names.join(", ");
        let text = "the database is restored, but trainers who were forgotten after the backup have their personal data again";
        CliError::Failed(anyhow!("{text} ({error}): `bridge forget` each of {names}"))
    })?;
    if erased > 0 {
        let trainers = count(erased, "trainer", "trainers");
        anstream::println!(
            "The personal data of {trainers} who had been forgotten is erased in it, too"
        );
    }
    Ok(())
}

/// Returns how many of the trainers had personal data.
async fn erase(path: &Path, ids: &BTreeSet<TrainerId>) -> anyhow::Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let clock = Arc::new(SystemClock);
    let database = Database::open(path)?;
    let ledger = Ledger::in_database(&database, Arc::clone(&clock) as _);
    let mut erased = 0;
    for id in ids {
        erased += usize::from(forget_again(&ledger, id, clock.now()).await?);
    }
    database.close().await;
    Ok(erased)
}

/// What the audit record of the restored database says: the backup, and up to where the record of the replaced database
/// went. A restore takes that record's newest rows away.
async fn described(backup: &Path, path: &Path) -> String {
    let hash = file_sha256(backup).unwrap_or_else(|_| "not known".to_owned());
    let replaced = match Database::open_read_only(path) {
        Ok(database) => {
            let ledger = Ledger::in_database(&database, Arc::new(SystemClock));
            let head = ledger.operators_head().await;
            database.close().await;
            match head {
                Ok(Some(head)) => format!("operators' row {}, SHA-256 {}", head.seq, head.hash),
                Ok(None) => "no operators' row".to_owned(),
                Err(_) => "not readable".to_owned(),
            }
        }
        Err(_) if !path.exists() => "no database".to_owned(),
        Err(_) => "not readable".to_owned(),
    };
    format!("backup with SHA-256 {hash}; replaced: {replaced}")
}

fn path(command: &str, vars: &Vars) -> Result<PathBuf, CliError> {
    Target::machine_only(command, vars)?;
    let mut reader = Reader::new(vars);
    let path = database(&mut reader);
    Ok(reader.finish(path)?)
}
