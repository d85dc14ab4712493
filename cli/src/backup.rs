//! `bridge backup` copies the database, even while a bridge runs. `bridge restore` replaces it with a copy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use jiff::Timestamp;
use shared::config::{Reader, Vars, database};
use shared::ledger::Ledger;
use shared::ledger::audit::AuditEvent;
use shared::model::clock::SystemClock;
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
    let replaced_record = Forgotten::read(&target).await;
    let to = path.clone();
    let replaced = tokio::task::spawn_blocking(move || Database::restore(&file, &to)).await;
    let replaced = replaced.map_err(anyhow::Error::from)?;
    let replaced = replaced.map_err(|error| match error {
        RestoreError::File { .. } | RestoreError::Copy { .. } => CliError::Failed(anyhow!(error)),
        _ => CliError::Usage(error.to_string()),
    })?;
    anstream::println!("{shown} restored from {}", args.file.display());
    let restored_record = Forgotten::read(&target).await;
    let recorded = record(&target, action(AuditEvent::OperatorRestore, of)).await;
    // A backup without an audit row of the retained days may be older than all rows of the replaced database.
    let is_whole =
        replaced_record.is_whole && (!restored_record.is_empty || !has_trainers(&target).await);
    let rows = replaced_record.rows.difference(&restored_record.rows);
    let again = forget_all(&path, &rows.cloned().collect(), is_whole).await;
    if let Some(replaced) = replaced {
        anstream::println!(
            "The replaced database is {}. If {0}-wal exists, keep both files together: it has the newest changes",
            replaced.display()
        );
    }
    anstream::println!(
        "Run `bridge reconcile` before `bridge serve`: contracts may have ended since the backup"
    );
    outcome(recorded, again)
}

/// Both failures, if there are two.
fn outcome(recorded: Result<(), CliError>, again: Result<(), CliError>) -> Result<(), CliError> {
    let recorded = recorded.err().map(|error| {
        let what = "the database is restored, but the audit record could not be written";
        format!("{what}: note the restore elsewhere, with the reason ({error})")
    });
    let again = again.err().map(|error| error.to_string());
    let failed: Vec<_> = recorded.into_iter().chain(again).collect();
    match failed.is_empty() {
        true => Ok(()),
        false => Err(CliError::Failed(anyhow!(failed.join("\n")))),
    }
}

/// The rows `trainer.forgotten` of a database. Without a readable database, none, and not whole.
#[derive(Default)]
struct Forgotten {
    /// Forgotten trainers, with the time.
    rows: BTreeSet<(TrainerId, Timestamp)>,
    /// Whether the record can be read, and no row of the retained days is missing.
    is_whole: bool,
    /// Whether the record has no row of the retained days.
    is_empty: bool,
}

impl Forgotten {
    /// Reads the rows of the database at the target's path.
    async fn read(target: &Target) -> Self {
        let Ok(read) = audit::entries(target, &FilterArgs::default()).await else {
            return Self::default();
        };
        let own = read.entries.iter();
        let own = own.filter(|line| line.kind == AuditEvent::Forgotten);
        Self {
            rows: own
                .filter_map(|line| Some((line.trainer.clone()?, line.at)))
                .collect(),
            is_whole: read.broken.is_empty(),
            is_empty: read.entries.is_empty(),
        }
    }
}

/// Whether the database has trainers; true if it can't be read.
async fn has_trainers(target: &Target) -> bool {
    let Ok(ledger) = target.ledger() else {
        return true;
    };
    let known = ledger.trainers().await;
    known.map_or(true, |it| {
        !it.trainers.is_empty() || !it.unreadable.is_empty()
    })
}

/// Forgets the trainers in `due` again, because the backup has their names and addresses. A trainer whose row is in the
/// backup, too, is not in `due`, because the trainer may have been hired again since. If not `is_whole`, `due` may lack
/// trainers.
async fn forget_all(
    path: &Path,
    due: &BTreeMap<TrainerId, Timestamp>,
    is_whole: bool,
) -> Result<(), CliError> {
    let done = erase(path, due).await;
    let (erased, refused) = done.map_err(|error| still_known(due.keys(), &error.to_string()))?;
    if erased > 0 {
        let trainers = count(erased, "trainer", "trainers");
        anstream::println!(
            "The personal data of {trainers} who had been forgotten is erased in the restored database, too"
        );
    }
    if !is_whole {
        anstream::println!(
            "The database may contain personal data of trainers who were forgotten after the backup, because the replaced database is missing, can't be read, or lacks audit rows since the backup: repeat `bridge forget TRAINER` for each of them. The rows `trainer.forgotten` of your audit exports name these trainers"
        );
    }
    match refused.is_empty() {
        true => Ok(()),
        false => {
            let reasons: Vec<_> = refused.values().map(String::as_str).collect();
            Err(still_known(refused.keys(), &reasons.join("; ")))
        }
    }
}

fn still_known<'a>(ids: impl Iterator<Item = &'a TrainerId>, why: &str) -> CliError {
    let names: Vec<_> = ids.map(TrainerId::as_str).collect();
    let names = names.join(", ");
    let text = "the database is restored, but it contains personal data of trainers who were forgotten after the backup";
    CliError::Failed(anyhow!("{text} ({why}): `bridge forget` each of {names}"))
}

/// Erases the personal data of the trainers, who were forgotten at these times. Returns the number of trainers who had
/// data, and the failure of each trainer whose data stays.
async fn erase(
    path: &Path,
    due: &BTreeMap<TrainerId, Timestamp>,
) -> anyhow::Result<(usize, BTreeMap<TrainerId, String>)> {
    let (mut erased, mut refused) = (0, BTreeMap::new());
    if due.is_empty() {
        return Ok((erased, refused));
    }
    let database = Database::open(path)?;
    let ledger = Ledger::in_database(&database, Arc::new(SystemClock));
    for (id, at) in due {
        match forget_again(&ledger, id, *at).await {
            Ok(was_there) => erased += usize::from(was_there),
            Err(failure) => {
                refused.insert(id.clone(), failure.to_string());
            }
        }
    }
    database.close().await;
    Ok((erased, refused))
}

/// Text for the audit record of the restored database: the backup, and the newest operators' row of the replaced
/// database, because a restore removes that database's newest rows.
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

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::outcome;
    use crate::exit::CliError;

    #[test]
    fn no_failure_hides_another_one() {
        let failed = |text: &'static str| Err(CliError::Failed(anyhow!(text)));
        let told = |recorded, again| outcome(recorded, again).unwrap_err().to_string();
        assert!(outcome(Ok(()), Ok(())).is_ok());
        assert_eq!(told(Ok(()), failed("not erased")), "not erased");
        let both = told(failed("disk full"), failed("not erased"));
        assert!(
            both.contains("(disk full)") && both.ends_with("\nnot erased"),
            "{both}"
        );
    }
}
