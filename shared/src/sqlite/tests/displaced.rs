//! Files that were removed, moved or replaced, that have several names, or that others may write to.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{Database, DatabaseError, count, folder, insert, refusal};
use crate::sqlite::{CommitError, OpenError};

fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

/// Asserts that the database refuses writes, and that the reason names `file`.
async fn assert_refused(database: &Database, file: &Path) {
    let refused = database.transact(insert("late")).await.unwrap_err();
    assert!(
        matches!(&refused, DatabaseError::NotCommitted(CommitError::Displaced { file: named }) if named == file),
        "{refused}"
    );
    let reason = database.last_failure().expect("the commit failed");
    assert!(reason.contains(file.to_str().unwrap()), "{reason}");
    assert!(reason.contains("removed, moved or replaced"), "{reason}");
}

#[tokio::test]
async fn nothing_is_stored_in_a_file_that_was_removed_or_moved() {
    for ending in ["", "-wal"] {
        for moved in [false, true] {
            let folder = folder();
            let path = folder.path().join("bridge.db");
            let database = Database::open(&path).unwrap();
            database.transact(insert("early")).await.unwrap();
            let file = beside(&path.canonicalize().unwrap(), ending);
            let away = folder.path().join("away");
            match moved {
                true => fs::rename(&file, &away).unwrap(),
                false => fs::remove_file(&file).unwrap(),
            }
            assert_refused(&database, &file).await;
            if moved {
                fs::rename(&away, &file).unwrap();
                database.transact(insert("again")).await.unwrap();
                assert_eq!(database.last_failure(), None);
                assert_eq!(database.transact(count).await.unwrap(), 2);
            }
        }
    }
}

/// The log was removed from its folder, but the process has it open.
#[tokio::test]
async fn a_stop_saves_what_a_removed_log_holds() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    let database = Database::open(&path).unwrap();
    database.transact(insert("early")).await.unwrap();
    fs::remove_file(beside(&path, "-wal")).unwrap();
    database.transact(insert("late")).await.unwrap_err();
    database.close().await;
    let again = Database::open(&path).unwrap();
    assert_eq!(again.transact(count).await.unwrap(), 1);
}

/// The bridge must not remove the log of the database that took the path.
#[tokio::test]
async fn a_database_that_took_the_path_is_left_alone() {
    let folder = folder();
    let path = folder.path().canonicalize().unwrap().join("bridge.db");
    let database = Database::open(&path).unwrap();
    database.transact(insert("early")).await.unwrap();
    for ending in ["", "-wal", "-shm"] {
        fs::rename(
            beside(&path, ending),
            beside(&path, &format!("{ending}.old")),
        )
        .unwrap();
    }
    let other = Connection::open(&path).unwrap();
    let wal: String = other
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .unwrap();
    assert_eq!(wal, "wal");
    other.execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert_refused(&database, &path).await;
    database.close().await;
    assert!(beside(&path, "-wal").exists());
    let tables: i64 = other
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1);
}

#[test]
fn a_file_with_two_names_is_refused() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    let first = Database::open(&path).unwrap();
    let link = folder.path().join("link.db");
    fs::hard_link(&path, &link).unwrap();
    let message = refusal(Database::open(&link));
    assert!(message.contains("link.db has 2 hard links"), "{message}");
    drop(first);
    assert!(matches!(
        Database::open(&path),
        Err(OpenError::HardLinked { links: 2, .. })
    ));
    fs::remove_file(&link).unwrap();
    drop(Database::open(&path).unwrap());
}

#[test]
fn a_file_that_every_user_may_write_to_is_refused() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    for (mode, refused) in [
        (0o600, false),
        (0o644, false),
        (0o660, false),
        (0o666, true),
        (0o602, true),
    ] {
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        match Database::open(&path) {
            Ok(database) => drop(database),
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains("run `chmod 600"), "{message}");
                assert!(refused, "{message}");
                continue;
            }
        }
        assert!(!refused, "{mode:o}");
        fs::remove_file(&path).unwrap();
    }
}

/// The files as `chmod 600 bridge.db` leaves them after a kill: the log keeps the mode of a database that was open to
/// all.
#[test]
fn a_log_that_every_user_may_write_to_is_refused() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    drop(Database::open(&path).unwrap());
    for ending in ["-wal", "-shm"] {
        let file = beside(&path, ending);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
        let message = refusal(Database::open(&path));
        let cure = format!(
            "run `chmod 600 {}*`",
            path.canonicalize().unwrap().display()
        );
        for part in [file.file_name().unwrap().to_str().unwrap(), &cure] {
            assert!(message.contains(part), "{part}: {message}");
        }
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        drop(Database::open(&path).unwrap());
    }
}

/// Another name of the file has another lock file. The system's lock is on the file.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_was_renamed_is_still_in_use() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    let _first = Database::open(&path).unwrap();
    let renamed = folder.path().join("renamed.db");
    fs::rename(&path, &renamed).unwrap();
    let outcome = Database::open(&renamed);
    assert!(matches!(outcome, Err(OpenError::InUse { .. })));
}

#[test]
fn a_folder_is_named_as_one() {
    let folder = folder();
    for outcome in [
        Database::open(folder.path()),
        Database::open_read_only(folder.path()),
    ] {
        let message = refusal(outcome);
        for part in ["is a folder, not a file", "/bridge.db"] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
    assert!(!beside(folder.path(), ".lock").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_mount_point_is_told_from_what_is_below_it() {
    use crate::sqlite::files::is_mount_point;
    assert!(is_mount_point(Path::new("/proc")));
    assert!(!is_mount_point(Path::new("/proc/self/status")));
    assert!(!is_mount_point(folder().path()));
}

/// The file of a running bridge was moved away, and a command runs meanwhile. SQLite deletes the log beside an empty
/// database.
#[tokio::test]
async fn a_command_leaves_the_log_of_a_moved_database_alone() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    let running = Database::open(&path).unwrap();
    running.transact(insert("kept")).await.unwrap();
    let away = folder.path().join("away.db");
    fs::rename(&path, &away).unwrap();
    assert!(matches!(
        Database::open(&path),
        Err(OpenError::InUse { .. })
    ));
    assert!(!path.exists(), "an empty database was made");

    fs::write(&path, "").unwrap();
    let read = Database::open_read_only(&path);
    assert!(matches!(read, Err(OpenError::Empty { .. })));
    fs::remove_file(beside(&path, ".lock")).unwrap();
    let refused = refusal(Database::open(&path));
    assert!(refused.contains("bridge.db-wal"), "{refused}");
    assert!(fs::metadata(beside(&path, "-wal")).unwrap().len() > 0);
}
