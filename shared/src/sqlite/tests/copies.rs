//! What stays in the files, and in copies of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{Database, count, folder, insert};
use crate::ledger::{Ledger, Quarantined, SqliteTable};
use crate::model::ConnectionName;
use crate::model::clock::{ManualClock, after, before};
use crate::sqlite::BackupError;

const CANARY: &str = "maria.canary@opentrain.work";

fn holds_canary(folder: &Path) -> bool {
    folder.read_dir().unwrap().any(|entry| {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        bytes
            .windows(CANARY.len())
            .any(|it| it == CANARY.as_bytes())
    })
}

/// Rows with the address, over several pages; then all of them are deleted.
async fn write_and_delete(database: &Database) {
    let rows = |db: &Connection| {
        for row in 0..200 {
            let doc = CANARY.repeat(20);
            db.execute(
                "INSERT INTO ledger_item VALUES ('canary', ?, 1, NULL, ?)",
                params![row, doc],
            )?;
        }
        Ok(())
    };
    database.transact(rows).await.unwrap();
    let delete =
        |db: &Connection| db.execute("DELETE FROM ledger_item WHERE partition_key = 'canary'", []);
    database.transact(delete).await.unwrap();
}

#[tokio::test]
async fn what_is_deleted_leaves_the_files() {
    let folder = folder();
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    write_and_delete(&database).await;
    assert!(holds_canary(folder.path()), "it was in the log");
    database.expire(Timestamp::UNIX_EPOCH).await.unwrap();
    assert!(!holds_canary(folder.path()));
    write_and_delete(&database).await;
    database.close().await;
    assert!(!holds_canary(folder.path()));
}

#[tokio::test]
async fn dead_letters_go_after_fourteen_days() {
    let folder = folder();
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    let now: Timestamp = "2026-06-12T00:00:00Z".parse().unwrap();
    let day = Duration::from_secs(24 * 3600);
    let ages = [day * 13, day * 14, day * 400];
    for age in ages {
        let died = before(now, age).as_millisecond();
        let bury = move |db: &Connection| {
            db.execute(
                "INSERT INTO queue_dead (seq, group_name, sent_at, died_at, receives, reason, body)
                 VALUES (1, 'g', 0, ?, 1, '', '')",
                [died],
            )
        };
        database.transact(bury).await.unwrap();
    }
    assert_eq!(database.expire(now).await.unwrap(), 2);
    let left = |db: &Connection| {
        db.query_row("SELECT count(*) FROM queue_dead", [], |row| {
            row.get::<_, i64>(0)
        })
    };
    assert_eq!(database.transact(left).await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_set_aside_goes_after_four_hundred_days() {
    let folder = folder();
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    let table = SqliteTable::new(database.clone());
    let at: Timestamp = "2026-06-12T00:00:00Z".parse().unwrap();
    let ledger = Ledger::in_database(&database, Arc::new(ManualClock::at(at)));
    let name = ConnectionName::default();
    let row = Quarantined {
        delivery: None,
        event: None,
        kind: None,
        reason: "not JSON".into(),
        at,
    };
    ledger.set_aside(&name, "dlv_1", &row).await.unwrap();
    let day = Duration::from_secs(24 * 3600);
    for (days, left) in [(399, 1), (400, 0)] {
        table.purge_expired(after(at, day * days)).await.unwrap();
        assert_eq!(ledger.aside(&name).await.unwrap().len(), left, "{days}");
    }
}

#[tokio::test]
async fn a_backup_is_whole_private_and_made_beside_the_writer() {
    let (here, there) = (folder(), folder());
    let path = here.path().join("bridge.db");
    let writer = Database::open(&path).unwrap();
    write_and_delete(&writer).await;
    writer.transact(insert("kept")).await.unwrap();
    let copy = there.path().join("copy.db");
    let looker = Database::open_read_only(&path).unwrap();
    looker.back_up(&copy).await.unwrap();
    let mode = fs::metadata(&copy).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode, 0o600);
    assert!(!holds_canary(there.path()), "deleted rows are not copied");
    writer.transact(insert("later")).await.unwrap();

    let before = fs::read(&copy).unwrap();
    let again = looker.back_up(&copy).await.unwrap_err();
    assert!(matches!(again, BackupError::Exists { .. }), "{again}");
    assert_eq!(fs::read(&copy).unwrap(), before);
    let nowhere = looker.back_up(&there.path().join("no/copy.db")).await;
    assert!(
        nowhere
            .unwrap_err()
            .to_string()
            .contains("check that its folder exists")
    );
    assert_eq!(
        there.path().read_dir().unwrap().count(),
        1,
        "nothing is left beside it"
    );

    let restored = Database::open(&copy).unwrap();
    assert_eq!(restored.transact(count).await.unwrap(), 1);
    restored.transact(insert("new")).await.unwrap();
}

/// A file of the first layout is brought up to date, and stays beside it as it was.
#[tokio::test]
async fn a_file_of_an_earlier_layout_is_copied_before_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bridge.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../layout_1.sql")).unwrap();
    old.execute_batch("INSERT INTO ledger_item VALUES ('p', 's', 7, NULL, '{}')")
        .unwrap();
    old.execute_batch("PRAGMA application_id = 0x4f546272; PRAGMA user_version = 1")
        .unwrap();
    drop(old);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    drop(Database::open(&path).unwrap());
    let copy = folder.path().join("bridge.db.layout-1");
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let copy = Connection::open(copy).unwrap();
    let number = |sql: &str| copy.query_row(sql, [], |row| row.get::<_, i64>(0));
    assert_eq!(number("PRAGMA user_version").unwrap(), 1);
    assert_eq!(number("SELECT version FROM ledger_item").unwrap(), 7);
    // A file that is up to date is not copied.
    drop(Database::open(&path).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}
