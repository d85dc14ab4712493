//! The writer: jobs that share a commit, and commits that fail.

use std::sync::mpsc;

use futures::future::join_all;

use super::*;

/// Keeps the writer thread busy until it may continue, so that the next jobs are one batch.
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
