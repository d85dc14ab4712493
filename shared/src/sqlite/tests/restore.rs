//! A backup in the place of the database, and file systems that can't hold a log.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{Database, OpenError, count, folder, insert, open};
use crate::sqlite::{RestoreError, paths};

/// A database whose rows are in its write-ahead log, as a process that was killed leaves it.
async fn killed(path: &Path, rows: &[&str]) {
    let elsewhere = folder();
    let running = elsewhere.path().join("bridge.db");
    let database = Database::open(&running).unwrap();
    for row in rows {
        database.transact(insert(row)).await.unwrap();
    }
    for ending in ["", "-wal"] {
        let [from, to] = [&running, path].map(|it| paths::beside(it, ending));
        fs::copy(from, to).unwrap();
    }
}

fn rows(path: &Path) -> i64 {
    count(&open::reader(path).unwrap()).unwrap()
}

#[tokio::test]
async fn both_databases_keep_what_is_in_their_logs() {
    let folder = folder();
    let [path, copy] = ["bridge.db", "copy.db"].map(|name| folder.path().join(name));
    killed(&path, &["a"]).await;
    killed(&copy, &["a", "b", "c"]).await;
    let kept = Database::restore(&copy, &path).unwrap().unwrap();
    assert_eq!((rows(&path), rows(&kept), rows(&copy)), (3, 1, 3));
    // A log that is left would be applied to the next database of that name.
    fs::remove_file(&kept).unwrap();
    let left = Database::restore(&copy, &path).unwrap_err();
    assert!(matches!(left, RestoreError::Kept { .. }), "{left}");
    assert!(
        left.to_string().contains("bridge.db.replaced-wal"),
        "{left}"
    );
}

/// The restore fails after the database got its second name. It is whole under that name; no bridge starts under the first
/// one, whose log may be missing.
#[tokio::test]
async fn no_bridge_starts_on_a_database_that_is_half_replaced() {
    let folder = folder();
    let [path, copy] = ["bridge.db", "copy.db"].map(|name| folder.path().join(name));
    killed(&path, &["a", "b"]).await;
    killed(&copy, &["c"]).await;
    // It can't be removed.
    fs::create_dir(paths::beside(&path, "-shm")).unwrap();
    let failed = Database::restore(&copy, &path).unwrap_err();
    assert!(matches!(failed, RestoreError::File { .. }), "{failed}");
    fs::remove_dir(paths::beside(&path, "-shm")).unwrap();
    let refused = Database::open(&path).err().unwrap();
    assert!(matches!(refused, OpenError::HardLinked { .. }), "{refused}");
    assert_eq!(rows(&paths::beside(&path, ".replaced")), 2);
}

/// SQLite's locks by files have no shared memory, as network file systems have none.
#[test]
fn a_database_that_can_have_no_log_is_refused() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let without = Connection::open_with_flags_and_vfs(&path, flags, c"unix-dotfile");
    let refused = open::prepare(&mut without.unwrap(), &path).unwrap_err();
    assert!(matches!(&refused, OpenError::NoWriteAheadLog { mode, .. } if mode == "delete"));
    let text = refused.to_string();
    assert!(text.contains("local disk, not on NFS or SMB"), "{text}");
}

/// A copy that ran into a full disk may be empty.
#[tokio::test]
async fn an_empty_backup_replaces_nothing() {
    let folder = folder();
    let [path, copy] = ["bridge.db", "copy.db"].map(|name| folder.path().join(name));
    killed(&path, &["a"]).await;
    fs::write(&copy, "").unwrap();
    let refused = Database::restore(&copy, &path).unwrap_err();
    assert!(refused.to_string().contains("is empty"), "{refused}");
    assert_eq!(rows(&path), 1);
}
