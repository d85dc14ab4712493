//! Who gets a claim, and when it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tempfile::TempDir;

use super::*;
use crate::ledger::{Table, TableError};
use crate::model::clock::{Clock, ManualClock, before};
use crate::sqlite::Database;

const LEASE: Duration = Duration::from_secs(60);

fn key() -> ClaimKey {
    ClaimKey {
        connection: ConnectionName::default(),
        event: EventId::new("1"),
        link: None,
        created_at: None,
    }
}

fn attempt(message: &str, receive: u32) -> Attempt {
    Attempt {
        message: message.to_owned(),
        receive,
    }
}

fn now() -> Timestamp {
    "2026-06-12T10:00:00Z".parse().unwrap()
}

fn ledger(folder: &TempDir, at: Timestamp) -> Ledger {
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    Ledger::in_database(&database, Arc::new(ManualClock::at(at)))
}

async fn claim(ledger: &Ledger, by: &Attempt) -> Claimed {
    ledger.claim(&key(), by, LEASE).await.unwrap()
}

/// Lambda may run a batch twice at once, with the same receive.
#[tokio::test]
async fn only_a_later_receive_takes_a_claim_over() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(&folder, now());
    let second = attempt("m1", 2);
    assert_eq!(claim(&ledger, &second).await, Claimed::Ours);
    let theirs = Claimed::Theirs(after(now(), LEASE));
    for by in [&second, &attempt("m1", 1), &attempt("m2", 3)] {
        assert_eq!(claim(&ledger, by).await, theirs, "{by:?}");
    }
    let third = attempt("m1", 3);
    assert_eq!(claim(&ledger, &third).await, Claimed::Ours);
    assert!(!ledger.complete(&key(), &second).await.unwrap());
    assert!(ledger.complete(&key(), &third).await.unwrap());
    assert_eq!(claim(&ledger, &third).await, Claimed::Done);
}

#[tokio::test]
async fn a_lease_ends_also_when_the_clock_is_set_back() {
    for at in [after(now(), LEASE), before(now(), LEASE * 120)] {
        let folder = tempfile::tempdir().unwrap();
        let first = claim(&ledger(&folder, now()), &attempt("m1", 1)).await;
        assert_eq!(first, Claimed::Ours);
        let other = claim(&ledger(&folder, at), &attempt("m2", 1)).await;
        assert_eq!(other, Claimed::Ours, "at {at}");
    }
}

/// A table that refuses every write and never returns an item.
#[derive(Default)]
struct Silent(AtomicUsize);

#[async_trait]
impl Table for Silent {
    async fn get(&self, _: &Key) -> Result<Option<Item>, TableError> {
        Ok(None)
    }

    async fn query(&self, _: &str, _: &str) -> Result<Vec<Item>, TableError> {
        Ok(Vec::new())
    }

    async fn scan(&self, _: &str) -> Result<Vec<Item>, TableError> {
        Ok(Vec::new())
    }

    async fn put(&self, _: Item, _: Expect) -> Result<Put, TableError> {
        let puts = self.0.fetch_add(1, Ordering::SeqCst);
        assert!(puts < 1000, "it never ends");
        Ok(Put::Conflict(None))
    }
}

#[tokio::test]
async fn a_claim_that_is_never_written_is_given_up() {
    let claims = Arc::new(Silent::default());
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(now()));
    let ledger = Ledger::new(Arc::clone(&claims) as _, Arc::clone(&claims) as _, clock);
    let error = ledger.claim(&key(), &attempt("m1", 1), LEASE).await;
    assert!(matches!(error, Err(LedgerError::Contended(_))), "{error:?}");
    assert_eq!(claims.0.load(Ordering::SeqCst), ROUNDS);
}
