use super::super::super::Refused;
use super::super::{ACCEPTED, Entry, MOST_LISTED, NOT_LISTED};
use super::*;
use crate::model::clock::after;

fn entry(n: i64, at: Timestamp) -> Entry {
    Entry {
        at: at.as_millisecond(),
        outcome: ACCEPTED,
        kind: Some("contract.started".to_owned()),
        event: Some(n.to_string()),
        contract: None,
        connection: "default".to_owned(),
        delivery: None,
        took_ms: 1,
    }
}

#[tokio::test]
async fn the_tables_are_limited_in_rows_and_age() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    let now = Timestamp::from_second(1_781_258_400).unwrap();
    let old = before(now, KEPT * 2);
    let journal = Journal::default();
    journal.accepted(entry(1, old));
    journal.refused(Refused::TooSlow, None, old);
    journal.store(&database, old).await.unwrap();
    let all = || Query {
        limit: 10,
        ..Query::default()
    };
    assert_eq!(all().read(&database).await.unwrap().rows.len(), 2);
    journal.accepted(entry(2, now));
    journal.store(&database, now).await.unwrap();
    let left = all().read(&database).await.unwrap().rows;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0].event.as_deref(), Some("2"));
    // Numbers, as after many deliveries.
    let grow = |db: &Connection| {
        db.execute("UPDATE journal_delivery SET id = 1", [])?;
        db.execute(
            "INSERT INTO journal_delivery SELECT id + ?, at, outcome, kind, event, contract, connection, delivery, took_ms
             FROM journal_delivery",
            [MOST_ROWS - 1],
        )
    };
    database.transact(grow).await.unwrap();
    journal.accepted(entry(3, now));
    journal.store(&database, now).await.unwrap();
    let same_minute = all().read(&database).await.unwrap().rows;
    assert_eq!(same_minute.len(), 3, "one deletion a minute");
    let now = after(now, Duration::from_secs(60));
    journal.accepted(entry(4, now));
    journal.store(&database, now).await.unwrap();
    let left = all().read(&database).await.unwrap().rows;
    let events: Vec<_> = left.iter().filter_map(|it| it.event.as_deref()).collect();
    assert_eq!(events, ["2", "3", "4"], "the first of four is deleted");
}

#[tokio::test]
async fn accepted_deliveries_include_those_that_are_only_counted() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    let now = Timestamp::from_second(1_781_258_400).unwrap();
    let journal = Journal::default();
    let listed = i64::try_from(MOST_LISTED).unwrap();
    (0..listed + 6).for_each(|n| journal.accepted(entry(n, now)));
    journal.refused(Refused::TooSlow, None, now);
    journal.store(&database, now).await.unwrap();
    let found = |outcome: &str| Query {
        outcome: Some(outcome.to_owned()),
        limit: 2 * MOST_LISTED,
        ..Query::default()
    };
    for outcome in [ACCEPTED, NOT_LISTED] {
        let rows = found(outcome).read(&database).await.unwrap().rows;
        let counted: Vec<_> = rows.iter().filter(|it| it.outcome == NOT_LISTED).collect();
        assert_eq!(counted.len(), 1, "{outcome}");
        assert_eq!(counted[0].requests, 6);
    }
    let refused = found("refused").read(&database).await.unwrap().rows;
    assert_eq!(refused.len(), 1, "{refused:?}");
}
