//! Opens the database file, and sets up its connections.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::OpenError;
use super::files::{self, Files};
use super::owner::Owner;
use super::paths::{beside, private_file};
use super::schema;

/// Maximum wait for a lock. Only another SQLite tool, or the recovery after a crash, can hold one.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Number of cached statements: more than the queue and the ledger have.
const CACHED_STATEMENTS: usize = 64;

/// - `synchronous = FULL`: a commit returns after the `fsync`; `fullfsync` is what that takes on macOS.
/// - `foreign_keys`: SQLite enforces the schema's references.
/// - `trusted_schema`: a file that was tampered with cannot call functions from its schema.
/// - `wal_autocheckpoint`: 16 MB instead of 4, so that pages that change often are copied less often, and fewer
///   checkpoints delay a burst.
/// - `journal_size_limit`: a burst does not leave a huge log behind.
/// - `secure_delete`: deleted rows are overwritten, so that no e-mail address stays in free pages.
const WRITER: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16000;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA secure_delete = ON;
";

/// The path of the file, with all symbolic links resolved. The lock file is beside it.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, OpenError> {
    let resolved = path.canonicalize().or_else(|_| {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        Ok(folder.unwrap_or(Path::new(".")).canonicalize()?.join(name))
    });
    resolved.map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })
}

/// The writer's connection, and the files that it has opened. SQLite gives its `-wal` and `-shm` files the
/// mode of the database.
pub(super) fn writable(path: &Path, owner: &Owner) -> Result<(Connection, Files), OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = connect(path, flags).map_err(|error| named(path, error))?;
    let layout = schema::read(&connection).map_err(|error| named(path, error))?;
    schema::refuse_unknown(path, layout)?;
    if let Some(version) = schema::outdated(layout) {
        keep_copy(&connection, path, version)?;
    }
    prepare(&mut connection, path)?;
    let files = Files::of(path, owner).map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })?;
    Ok((connection, files))
}

/// Copies a file of an earlier layout to `NAME.layout-N` before it is brought up to date: an earlier version of the
/// bridge can be started on the copy. An existing copy stays.
fn keep_copy(connection: &Connection, path: &Path, version: i64) -> Result<(), OpenError> {
    let copy = beside(path, &format!(".layout-{version}"));
    if copy.exists() {
        return Ok(());
    }
    let refused = |source| OpenError::File {
        path: copy.clone(),
        source,
    };
    // SQLite writes into an empty file, which keeps its mode.
    private_file(&copy).map_err(refused)?;
    let name = copy.to_str().map(str::to_owned);
    let name = name.ok_or_else(|| refused(io::ErrorKind::InvalidFilename.into()))?;
    let copied = connection.execute("VACUUM INTO ?", [name]);
    copied.map_err(|error| {
        // The next start must not use an incomplete copy.
        let _ = std::fs::remove_file(&copy);
        named(&copy, error)
    })?;
    File::open(&copy)
        .and_then(|copy| copy.sync_all())
        .map_err(refused)
}

/// Applies the writer's settings and brings the layout up to date, where the database can have a write-ahead log.
pub(super) fn prepare(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
    let mode: String = mode.map_err(|error| named(path, error))?;
    if mode != "wal" {
        let path = path.to_owned();
        return Err(OpenError::NoWriteAheadLog { path, mode });
    }
    let prepared = connection.execute_batch(WRITER);
    let prepared = prepared.and_then(|()| schema::bring_up_to_date(connection));
    prepared.map_err(|error| named(path, error))
}

/// A connection that only reads, to a file of this layout.
pub(super) fn read_only(path: &Path) -> Result<Connection, OpenError> {
    let (connection, layout) = readable(path)?;
    schema::refuse_older(path, layout)?;
    Ok(connection)
}

/// A connection that only reads, to a file of this layout or an earlier one.
pub(super) fn readable(path: &Path) -> Result<(Connection, schema::Layout), OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing {
            path: path.to_owned(),
        });
    }
    let about = files::metadata(path)?;
    files::refuse_other_kinds(path, &about)?;
    // SQLite would delete a write-ahead log that lies beside it.
    if about.len() == 0 {
        return Err(OpenError::Empty {
            path: path.to_owned(),
        });
    }
    let prepared = reader(path).and_then(|connection| {
        let layout = schema::read(&connection)?;
        Ok((connection, layout))
    });
    let (connection, layout) = prepared.map_err(|error| named(path, error))?;
    schema::refuse_unknown(path, layout)?;
    Ok((connection, layout))
}

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    connect(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // Without it SQLite plans a cached statement anew whenever a bound value changes that could matter
    // to the plan, and with `LIMIT ?` every value could.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// Creates the file before SQLite does, to set the mode. Its name is durable when this returns.
pub(super) fn make(path: &Path) -> Result<(), OpenError> {
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let made = private_file(path).and_then(|file| file.sync_all());
    let made = made.and_then(|()| File::open(folder)?.sync_all());
    made.map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })
}

pub(super) fn named(path: &Path, source: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            OpenError::NotADatabase { path }
        }
        _ => OpenError::Sqlite { path, source },
    }
}
