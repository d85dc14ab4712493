//! `bridge backup` copies the database, also while a bridge runs. `bridge restore` replaces it with a copy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use shared::config::{Reader, Vars, database};
use shared::ledger::Ledger;
use shared::ledger::audit::AuditEvent;
use shared::model::clock::SystemClock;
use shared::sqlite::{BackupError, Database, RestoreError, file_sha256};

use crate::args::{BackupArgs, RestoreArgs};
use crate::confirm::confirm;
use crate::control::{action, record};
use crate::exit::CliError;
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
    let replaced = tokio::task::spawn_blocking(move || Database::restore(&file, &path)).await;
    let replaced = replaced.map_err(anyhow::Error::from)?;
    let replaced = replaced.map_err(|error| match error {
        RestoreError::File { .. } | RestoreError::Copy { .. } => CliError::Failed(anyhow!(error)),
        _ => CliError::Usage(error.to_string()),
    })?;
    anstream::println!("{shown} restored from {}", args.file.display());
    let recorded = record(&target, action(AuditEvent::OperatorRestore, of)).await;
    if let Some(replaced) = replaced {
        anstream::println!(
            "The replaced database is {}. If {0}-wal exists, keep both files together: it has the newest changes",
            replaced.display()
        );
    }
    anstream::println!(
        "Run `bridge reconcile` before `bridge serve`: contracts may have ended since the backup"
    );
    recorded.map_err(|error| {
        let what = "the database is restored, but the audit record could not be written";
        CliError::Failed(anyhow!(
            "{what}: note the restore elsewhere, with the reason ({error})"
        ))
    })
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
