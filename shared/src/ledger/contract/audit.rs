//! The audit record over the table.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;

use super::Subject;
use crate::ledger::audit::{AuditEvent, Entry, Head, Subject as Of};
use crate::ledger::{Expect, Item, LONGEST_LEASE, Ledger, Put, Table, Trainer, Versioned, Written};
use crate::model::clock::{Clock, ManualClock};
use crate::model::ids::TrainerId;

struct Books {
    ledger: Ledger,
    table: Arc<dyn Table>,
    clock: Arc<ManualClock>,
}

impl Books {
    async fn of(subject: &dyn Subject) -> Self {
        let table = subject.table().await;
        let start: Timestamp = "2026-06-12T23:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::at(start));
        let ledger = Ledger::new(Arc::clone(&table), Arc::clone(&table), clock.clone());
        Self {
            ledger,
            table,
            clock,
        }
    }

    fn entry(&self, event: AuditEvent) -> Entry {
        Entry::new(event, self.clock.now())
    }

    /// Records an event about a trainer, as a change of access does.
    async fn record(&self, id: &str, event: AuditEvent) {
        let id = TrainerId::from(id);
        let Versioned { trainer, expect } = self.ledger.document(&id).await.unwrap();
        let entries = vec![self.entry(event)];
        let put = self.ledger.put_recorded(&id, &trainer, expect, entries);
        assert!(matches!(put.await.unwrap(), Written::Stored(_)));
    }

    async fn events(&self, id: &str) -> Vec<AuditEvent> {
        let chain = self.ledger.audit_of(&Of::Trainer(id.into())).await.unwrap();
        assert_eq!(chain.broken, None);
        let rows = chain.rows.iter().flat_map(|it| &it.row.entries);
        rows.map(|it| it.event).collect()
    }

    async fn rows(&self) -> Vec<Item> {
        self.table.scan("AUDIT#").await.unwrap()
    }

    async fn breaks(&self) -> Vec<String> {
        let verified = self.ledger.verify_audit().await.unwrap();
        verified.broken.iter().map(ToString::to_string).collect()
    }

    /// Replaces a row, as a person with access to the table may.
    async fn replace(&self, row: Item, doc: &str) {
        let doc = row.doc.replace("access.granted", doc);
        let expect = Expect::Version(row.version);
        let put = self.table.put(Item { doc, ..row }, expect).await.unwrap();
        assert!(matches!(put, Put::Stored(_)));
    }
}

/// The rows of a trainer are read from the document on, over the end of a day.
pub async fn a_change_is_committed_with_its_row(subject: &dyn Subject) {
    let books = Books::of(subject).await;
    books.record("usr_1", AuditEvent::Granted).await;
    books.record("usr_10", AuditEvent::Invited).await;
    books.clock.advance(Duration::from_secs(7_200));
    books.record("usr_1", AuditEvent::RemovalProven).await;
    let expected = [AuditEvent::Granted, AuditEvent::RemovalProven];
    assert_eq!(books.events("usr_1").await, expected);
    assert_eq!(books.events("usr_10").await, [AuditEvent::Invited]);
    assert!(books.events("usr_2").await.is_empty());
    assert_eq!(books.breaks().await, [""; 0]);
}

/// The row exists, but the document does not name it.
pub async fn a_row_of_an_overtaken_attempt_is_left_out(subject: &dyn Subject) {
    let books = Books::of(subject).await;
    books.record("usr_1", AuditEvent::Granted).await;
    let id = TrainerId::from("usr_1");
    let before = books.ledger.document(&id).await.unwrap();
    books.record("usr_1", AuditEvent::Lost).await;
    let entries = vec![books.entry(AuditEvent::RemovalProven)];
    let late = books
        .ledger
        .put_recorded(&id, &before.trainer, before.expect, entries);
    assert!(matches!(late.await.unwrap(), Written::Conflict(_)));
    let expected = [AuditEvent::Granted, AuditEvent::Lost];
    assert_eq!(books.events("usr_1").await, expected);
    assert_eq!(books.rows().await.len(), 3);
    let verified = books.ledger.verify_audit().await.unwrap();
    assert_eq!((verified.rows, verified.uncommitted), (2, 1));
    assert!(verified.broken.is_empty());
    assert_eq!(verified.doubled, [], "its attempt may be at work");
    books.clock.advance(LONGEST_LEASE);
    let verified = books.ledger.verify_audit().await.unwrap();
    assert_eq!(verified.doubled, [(Of::Trainer("usr_1".into()), 2)]);
}

/// All trainers' rows of a range of days, and no others.
pub async fn rows_are_found_by_day(subject: &dyn Subject) {
    let books = Books::of(subject).await;
    for day in 0..3 {
        books.record("usr_1", AuditEvent::Granted).await;
        books
            .record(&format!("usr_1{day}"), AuditEvent::Invited)
            .await;
        books.clock.advance(Duration::from_secs(24 * 3600));
    }
    let day = |text: &str| text.parse().unwrap();
    let found = books
        .ledger
        .audit_between(day("2026-06-13"), day("2026-06-14"));
    let found = found.await.unwrap();
    assert_eq!(found.broken, []);
    let found: Vec<_> = found
        .rows
        .iter()
        .map(|it| format!("{} {}", it.head.day, it.subject))
        .collect();
    let expected = [
        "2026-06-13 trainer usr_1",
        "2026-06-13 trainer usr_11",
        "2026-06-14 trainer usr_1",
        "2026-06-14 trainer usr_12",
    ];
    assert_eq!(found, expected);
}

/// A row of an earlier day has no effect on the page of a day, even if it was changed.
pub async fn a_page_has_the_rows_of_its_day(subject: &dyn Subject) {
    let books = Books::of(subject).await;
    books.record("usr_1", AuditEvent::Granted).await;
    books.clock.advance(Duration::from_secs(7_200));
    books.record("usr_1", AuditEvent::RemovalProven).await;
    books.record("usr_2", AuditEvent::Invited).await;
    let rows = books.rows().await;
    books.replace(rows[0].clone(), "access.invited").await;
    let (yesterday, today) = ("2026-06-12".parse().unwrap(), "2026-06-13".parse().unwrap());
    let mut after = None;
    for (id, is_last) in [("usr_1", false), ("usr_2", true)] {
        let page = books.ledger.audit_page(today, after.as_deref(), 1);
        let page = page.await.unwrap();
        let subjects: Vec<_> = page.rows.iter().map(|it| it.subject.to_string()).collect();
        assert_eq!(subjects, [format!("trainer {id}")]);
        assert_eq!((page.broken.len(), page.next.is_none()), (0, is_last));
        after = page.next;
    }
    let page = books.ledger.audit_page(yesterday, None, 9).await.unwrap();
    assert_eq!((page.rows.len(), page.broken.len()), (0, 1));
}

/// A row with another text is the first break, even if it is not the newest.
pub async fn a_changed_row_is_found(subject: &dyn Subject) {
    let books = Books::of(subject).await;
    books.record("usr_1", AuditEvent::Granted).await;
    books.record("usr_1", AuditEvent::RemovalProven).await;
    let rows = books.rows().await;
    books.replace(rows[0].clone(), "access.invited").await;
    let expected = ["trainer usr_1: row 1 of 2026-06-12 was changed"];
    assert_eq!(books.breaks().await, expected);
}

/// The document names a row that does not exist, or, after it was set back, a row before the newest.
pub async fn a_missing_row_is_found(subject: &dyn Subject) {
    let books = Books::of(subject).await;
    books.record("usr_1", AuditEvent::Granted).await;
    let id = TrainerId::from("usr_1");
    let first = books.ledger.document(&id).await.unwrap().trainer;
    for _ in 0..2 {
        books.clock.advance(Duration::from_secs(1));
        books.record("usr_1", AuditEvent::RemovalProven).await;
    }
    let head = first.audit.clone().map(|mut head| {
        head.hash = head.hash.chars().rev().collect();
        head
    });
    let gone = Trainer {
        audit: head,
        ..first.clone()
    };
    for (document, expected) in [
        (
            first,
            "trainer usr_1: there are rows after row 1 of 2026-06-12, which the head names as the newest",
        ),
        (
            gone.clone(),
            "trainer usr_1: there are rows after row 1 of 2026-06-12, which the head names as the newest",
        ),
    ] {
        let now = books.ledger.document(&id).await.unwrap();
        let put = books.ledger.put_document(&id, &document, now.expect);
        put.await.unwrap();
        assert_eq!(books.breaks().await, [expected]);
    }
    let other = TrainerId::from("usr_2");
    let put = books.ledger.put_document(&other, &gone, Expect::Absent);
    put.await.unwrap();
    let breaks = books.breaks().await;
    let missing = "trainer usr_2: row 1 of 2026-06-12 is missing".to_owned();
    assert!(breaks.contains(&missing), "{breaks:?}");
}

/// How long a row is kept was set when it was written: the reader's setting may be another.
pub async fn a_row_that_has_expired_is_no_break(subject: &dyn Subject) {
    let books = Books::of(subject).await;
    books.record("usr_1", AuditEvent::Granted).await;
    let head = books.ledger.trainer(&"usr_1".into()).await.unwrap().audit;
    for (id, kept, days) in [("usr_2", 30, 31), ("usr_3", 3_000, 470)] {
        let gone = Trainer {
            audit: head.clone().map(|head| Head { kept, ..head }),
            ..Trainer::default()
        };
        let id = TrainerId::from(id);
        let put = books.ledger.put_document(&id, &gone, Expect::Absent);
        put.await.unwrap();
        books.clock.advance(Duration::from_secs(days * 24 * 3600));
        let breaks = books.breaks().await;
        let is_found = breaks.iter().any(|it| it.contains(id.as_str()));
        assert_eq!(is_found, kept == 3_000, "{breaks:?}");
    }
}

/// No action is lost when several are recorded at once.
pub async fn actions_of_many_operators_are_one_chain(subject: &dyn Subject) {
    let books = Books::of(subject).await;
    let ends = (0..4).map(|number| {
        let entry = Entry {
            target: Some(format!("ctr_{number}")),
            ..books.entry(AuditEvent::OperatorEnd)
        };
        books.ledger.record_action(entry)
    });
    for done in join_all(ends).await {
        done.unwrap();
    }
    let chain = books.ledger.audit_of(&Of::Operators).await.unwrap();
    let targets = chain.rows.iter().flat_map(|it| &it.row.entries);
    let mut targets: Vec<_> = targets.filter_map(|it| it.target.clone()).collect();
    targets.sort();
    assert_eq!(targets, ["ctr_0", "ctr_1", "ctr_2", "ctr_3"]);
    assert_eq!(books.breaks().await, [""; 0]);
}
