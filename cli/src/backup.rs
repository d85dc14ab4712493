//! `bridge backup` copies the database, also while a bridge runs. `bridge restore` replaces it with a copy.

use std::path::PathBuf;

use anyhow::anyhow;
use shared::config::{Reader, Vars, database};
use shared::sqlite::{BackupError, Database, RestoreError};

use crate::args::{BackupArgs, RestoreArgs};
use crate::confirm::confirm;
use crate::exit::CliError;
use crate::target::Target;

/// Writes the copy. Fails if the database can't be read, or if the file exists or can't be written.
pub async fn run(args: &BackupArgs, vars: &Vars) -> Result<(), CliError> {
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
pub async fn restore(args: &RestoreArgs, vars: &Vars) -> Result<(), CliError> {
    let path = path("restore", vars)?;
    let (file, shown) = (args.file.clone(), path.display().to_string());
    let question = format!("Replace the database {shown} with {}?", file.display());
    confirm(&question, args.yes)?;
    let replaced = tokio::task::spawn_blocking(move || Database::restore(&file, &path)).await;
    let replaced = replaced.map_err(anyhow::Error::from)?;
    let replaced = replaced.map_err(|error| match error {
        RestoreError::File { .. } | RestoreError::Copy { .. } => CliError::Failed(anyhow!(error)),
        _ => CliError::Usage(error.to_string()),
    })?;
    anstream::println!("{shown} restored from {}", args.file.display());
    if let Some(replaced) = replaced {
        anstream::println!(
            "The replaced database is {}. If {0}-wal exists, keep both files together: it has the newest changes",
            replaced.display()
        );
    }
    anstream::println!(
        "Run `bridge reconcile` before `bridge serve`: contracts may have ended since the backup"
    );
    Ok(())
}

fn path(command: &str, vars: &Vars) -> Result<PathBuf, CliError> {
    Target::machine_only(command, vars)?;
    let mut reader = Reader::new(vars);
    let path = database(&mut reader);
    Ok(reader.finish(path)?)
}
