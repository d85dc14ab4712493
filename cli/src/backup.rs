//! `bridge backup`: a copy of the database, made while a bridge runs.

use std::path::PathBuf;

use anyhow::anyhow;
use shared::config::{Reader, Vars, database};
use shared::sqlite::{BackupError, Database};

use crate::args::BackupArgs;
use crate::exit::Failed;
use crate::place::Place;

/// Writes the copy.
///
/// # Errors
/// A database that can't be read, a file that exists or can't be written.
pub async fn run(args: &BackupArgs, vars: &Vars) -> Result<(), Failed> {
    Place::machine_only("backup", vars)?;
    let mut reader = Reader::new(vars);
    let path: Option<PathBuf> = database(&mut reader);
    let path = reader.finish(path)?;
    let database =
        Database::open_read_only(path).map_err(|error| Failed::Misused(error.to_string()))?;
    database
        .back_up(&args.file)
        .await
        .map_err(|error| match error {
            BackupError::Exists { .. } => Failed::Misused(error.to_string()),
            other => Failed::Undone(anyhow!(other.to_string())),
        })?;
    anstream::println!(
        "{} copied to {}; tokens and webhook secrets are in the connections file, not here",
        database.path().display(),
        args.file.display()
    );
    Ok(())
}
