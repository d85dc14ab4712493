//! The file: who may open it, and what is refused.

mod copies;
mod displaced;
mod jobs;
mod restore;

use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Database, DatabaseError, OpenError, open};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// What went wrong, in words.
fn refusal(outcome: Result<Database, OpenError>) -> String {
    outcome.err().expect("should be refused").to_string()
}

fn insert(sort: &str) -> impl FnOnce(&Connection) -> rusqlite::Result<usize> + Send + use<> {
    let sort = sort.to_owned();
    move |connection| {
        connection.execute(
            "INSERT INTO ledger_item VALUES ('p', ?, 1, NULL, '')",
            [sort],
        )
    }
}

fn count(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT count(*) FROM ledger_item", [], |row| row.get(0))
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    database.transact(insert("a")).await.unwrap();
    let mut names = Vec::new();
    for entry in folder.path().read_dir().unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{entry:?}"
        );
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(
        names,
        [
            "bridge.db",
            "bridge.db-shm",
            "bridge.db-wal",
            "bridge.db.lock"
        ]
    );
}

#[tokio::test]
async fn a_second_bridge_is_refused_until_the_first_is_gone() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    let first = Database::open(&path).unwrap();
    let handle = first.clone();
    drop(first);
    let message = refusal(Database::open(&path));
    assert!(
        message.contains("in use by another bridge; stop that one first"),
        "{message}"
    );
    handle.transact(insert("a")).await.unwrap();
    drop(handle);
    assert_eq!(
        Database::open(&path)
            .unwrap()
            .transact(count)
            .await
            .unwrap(),
        1
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_the_file_is_the_same_file() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    let link = folder.path().join("link.db");
    let _first = Database::open(&path).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(
        Database::open(&link),
        Err(OpenError::InUse { .. })
    ));
}

#[test]
fn what_is_not_ours_is_refused_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("notes.txt");
    let text = "not a database, and longer than the header of one would be: ".repeat(20);
    std::fs::write(&path, &text).unwrap();
    let message = refusal(Database::open(&path));
    assert!(
        message.contains("notes.txt is not a SQLite database"),
        "{message}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);

    let path = folder.path().join("tool.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE theirs (a)")
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let message = refusal(Database::open(&path));
    assert!(
        message.contains("tool.db is another program's database"),
        "{message}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_newer_layout_is_refused() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    drop(Database::open(&path).unwrap());
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 9)
        .unwrap();
    for outcome in [Database::open(&path), Database::open_read_only(&path)] {
        let message = refusal(outcome);
        assert!(
            message.contains("newer bridge (layout 9, this one knows 3)"),
            "{message}"
        );
        assert!(message.contains("install that version again"), "{message}");
    }
}

#[test]
fn a_folder_that_is_missing_is_named() {
    let folder = folder();
    let message = refusal(Database::open(folder.path().join("nowhere/bridge.db")));
    assert!(message.contains("nowhere/bridge.db"), "{message}");
    assert!(
        message.contains("check that its folder exists"),
        "{message}"
    );
}

#[tokio::test]
async fn one_who_only_looks_makes_and_changes_nothing() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    let message = refusal(Database::open_read_only(&path));
    assert!(message.contains("start the bridge once"), "{message}");
    std::fs::write(&path, "").unwrap();
    let message = refusal(Database::open_read_only(&path));
    assert!(message.contains("is empty"), "{message}");

    let writer = Database::open(&path).unwrap();
    let looker = Database::open_read_only(&path).unwrap();
    writer.transact(insert("a")).await.unwrap();
    assert_eq!(looker.transact(count).await.unwrap(), 1);
    assert_eq!(looker.snapshot(count).await.unwrap(), 1);
    let refused = looker.transact(insert("b")).await;
    assert!(matches!(refused, Err(DatabaseError::Refused(_))));
    drop(writer);
    assert_eq!(looker.transact(count).await.unwrap(), 1);
    drop(looker);
    let alone = Database::open_read_only(&path).unwrap();
    assert_eq!(alone.transact(count).await.unwrap(), 1);
}

#[tokio::test]
async fn closing_leaves_one_file_with_everything() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    let database = Database::open(&path).unwrap();
    let left = database.clone();
    let insert = database.transact(insert("a"));
    let (inserted, ()) = futures::join!(insert, database.clone().close());
    inserted.unwrap();
    assert!(!Path::new(&format!("{}-wal", path.display())).exists());
    let stored = Connection::open(&path).unwrap();
    assert_eq!(count(&stored).unwrap(), 1);
    let late = left.transact(count).await;
    assert!(matches!(late, Err(DatabaseError::Stopped)), "{late:?}");
    drop(Database::open(&path).unwrap());
}
