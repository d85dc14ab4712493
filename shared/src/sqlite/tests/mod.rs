//! The file, and the group commit.

mod copies;
mod displaced;
mod restore;

use std::path::Path;
use std::sync::mpsc;

use futures::future::join_all;
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

/// Keeps the writer thread busy until it is told to go on, so that what comes next is one batch.
async fn held_up(database: &Database) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (go_on, gate) = mpsc::channel();
    let (started, running) = tokio::sync::oneshot::channel();
    let database = database.clone();
    let first = tokio::spawn(async move {
        let wait = move |_: &Connection| {
            started.send(()).unwrap();
            gate.recv().unwrap();
            Ok(())
        };
        database.transact(wait).await.unwrap();
    });
    running.await.unwrap();
    (go_on, first)
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

/// The files as a crash would leave them: the write-ahead log is there and was not worked in.
#[tokio::test]
async fn what_was_acknowledged_is_in_the_files_without_closing() {
    let (here, there) = (folder(), folder());
    let database = Database::open(here.path().join("bridge.db")).unwrap();
    join_all((0..50).map(|n| database.transact(insert(&n.to_string())))).await;
    for name in ["bridge.db", "bridge.db-wal"] {
        std::fs::copy(here.path().join(name), there.path().join(name)).unwrap();
    }
    let copy = there.path().join("bridge.db");
    let looker = Database::open_read_only(&copy).unwrap();
    assert_eq!(looker.transact(count).await.unwrap(), 50);
    let writer = Database::open(&copy).unwrap();
    assert_eq!(writer.transact(count).await.unwrap(), 50);
}

#[tokio::test]
async fn jobs_that_wait_share_one_commit() {
    let folder = folder();
    let path = folder.path().join("bridge.db");
    let database = Database::open(&path).unwrap();
    let (go_on, first) = held_up(&database).await;
    let inserts = join_all((0..20).map(|n| database.transact(insert(&n.to_string()))));
    let path = open::resolve(&path).unwrap();
    let look = database.transact(move |own| Ok((count(own)?, count(&open::reader(&path)?)?)));
    let (_, seen, ()) = futures::join!(inserts, look, async { go_on.send(()).unwrap() });
    // In the midst of the batch: nothing of it is to be seen from outside.
    assert_eq!(seen.unwrap(), (20, 0));
    first.await.unwrap();
    assert_eq!(database.snapshot(count).await.unwrap(), 20);
}

#[tokio::test]
async fn a_job_that_fails_undoes_its_own_changes_only() {
    let folder = folder();
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    let (go_on, first) = held_up(&database).await;
    let before = database.transact(insert("before"));
    let failing = database.transact(|db| {
        insert("failing")(db)?;
        insert("before")(db)
    });
    let after = database.transact(insert("after"));
    let (before, failing, after, ()) =
        futures::join!(before, failing, after, async { go_on.send(()).unwrap() });
    first.await.unwrap();
    assert!(before.is_ok() && after.is_ok());
    assert!(matches!(failing, Err(DatabaseError::Refused(_))));
    assert_eq!(database.transact(count).await.unwrap(), 2);
}

/// A broken foreign key that is looked at no earlier than by `COMMIT`.
fn spoil_commit(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA defer_foreign_keys = ON;
         INSERT INTO queue_message (group_id, sent_at, receives, visible_at, body)
         VALUES (4711, 0, 0, 0, '')",
    )
}

#[tokio::test]
async fn a_failed_commit_is_reported_to_all_of_its_callers() {
    let folder = folder();
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    let (go_on, first) = held_up(&database).await;
    let good = join_all((0..3).map(|n| database.transact(insert(&n.to_string()))));
    let spoiler = database.transact(spoil_commit);
    let reader = database.transact(count);
    let (good, spoiler, reader, ()) =
        futures::join!(good, spoiler, reader, async { go_on.send(()).unwrap() });
    first.await.unwrap();
    for outcome in good {
        assert!(matches!(outcome, Err(DatabaseError::NotCommitted(_))));
    }
    assert!(matches!(spoiler, Err(DatabaseError::NotCommitted(_))));
    assert!(
        matches!(reader, Err(DatabaseError::NotCommitted(_))),
        "it saw what was not stored"
    );
    let failure = database.last_failure().expect("the commit failed");
    assert!(failure.contains("FOREIGN KEY"), "{failure}");
    assert_eq!(database.transact(count).await.unwrap(), 0);
    assert_eq!(
        database.last_failure(),
        None,
        "a write succeeded after the read"
    );
    database.transact(insert("later")).await.unwrap();
    assert_eq!(database.transact(count).await.unwrap(), 1);
}

#[tokio::test]
async fn a_job_whose_caller_has_gone_is_skipped() {
    let folder = folder();
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    let (go_on, first) = held_up(&database).await;
    let mut gone = Box::pin(database.transact(insert("gone")));
    assert!(futures::poll!(gone.as_mut()).is_pending());
    drop(gone);
    go_on.send(()).unwrap();
    first.await.unwrap();
    assert_eq!(database.transact(count).await.unwrap(), 0);
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
