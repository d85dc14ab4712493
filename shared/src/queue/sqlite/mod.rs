//! [`SqliteQueue`]: the queue of a bridge that runs on one machine.
//!
//! Each operation is one job on the database's writer thread, so that two receivers cannot get the same message. A
//! receive selects a group, and never scans messages: a group is in the index of ready groups, or is locked until a
//! given time.

mod again;
mod group;
mod held;
mod later;
mod look;
mod now;
mod send;
mod take;
#[cfg(test)]
mod tests;
mod wake;

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::{
    DeadLetter, Depth, Handle, Limits, MAX_BATCH, Outgoing, Queue, QueueError, Receipt, Received,
    Taking,
};
use crate::model::clock::Clock;
use crate::sqlite::{Database, DatabaseError};
use held::Held;
use now::Now;
use take::{Asked, Taken};
use wake::Wake;

/// Maximum wait of a receive. It also replaces a wait without an end.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// A queue in a SQLite file, with the semantics of SQS FIFO.
///
/// One process owns the file ([`Database::open`]), so it can wake its waiting receivers itself.
pub struct SqliteQueue {
    database: Database,
    clock: Arc<dyn Clock>,
    limits: Limits,
    /// Notified when a message may have become receivable.
    bell: Arc<Notify>,
}

impl SqliteQueue {
    /// The queue in `database`. Create one and share it: an instance wakes only its own receivers.
    pub fn new(database: Database, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        Self {
            database,
            clock,
            limits,
            bell: Arc::new(Notify::new()),
        }
    }

    /// Makes all messages visible that were in flight when the previous process ended, so that they are processed at
    /// once and not after their visibility timeouts. Call it once, before the first receive.
    ///
    /// # Errors
    /// [`QueueError::Unavailable`] if the database cannot be written.
    pub async fn take_over(&self) -> Result<(), QueueError> {
        let now = self.clock.now().as_millisecond();
        Ok(self
            .database
            .transact(move |connection| held::show_all(connection, now))
            .await?)
    }

    async fn take(&self, max: usize, visibility: Duration) -> Result<Taken, QueueError> {
        let now = self.now();
        let asked = Asked {
            max: max.min(MAX_BATCH),
            now,
            hidden_until: now.hidden_for(visibility),
            max_receives: self.limits.max_receives.max(1),
        };
        Ok(self
            .database
            .transact(move |connection| take::take(connection, &asked))
            .await?)
    }

    fn now(&self) -> Now {
        Now::new(self.clock.now())
    }

    /// Time at which the next message becomes receivable without a change of the queue. It is on tokio's clock, so that
    /// a step of the wall clock does not change how long a receiver waits.
    fn moment(&self, expiry: Option<i64>, latest: Instant) -> Instant {
        let Some(expiry) = expiry else { return latest };
        let millis = expiry.saturating_sub(self.clock.now().as_millisecond());
        let sleep = Duration::from_millis(u64::try_from(millis).unwrap_or_default());
        Instant::now()
            .checked_add(sleep)
            .map_or(latest, |moment| moment.min(latest))
    }

    /// Applies `change` to the message of `handle` and wakes a receiver, because the group may be free now.
    async fn with_held<F>(&self, handle: &Handle, change: F) -> Result<(), QueueError>
    where
        F: FnOnce(&Connection, &Held) -> rusqlite::Result<()> + Send + 'static,
    {
        let handle = handle.clone();
        let now = self.now();
        let wake = Wake::new(&self.bell);
        let work = move |connection: &Connection| {
            let Some(held) = held::find(connection, &handle, now)? else {
                return Ok(None);
            };
            change(connection, &held)?;
            group::settle(connection, held.group, now)?;
            Ok(Some(wake))
        };
        self.database
            .transact(work)
            .await?
            .map(drop)
            .ok_or(QueueError::Expired)
    }
}

#[async_trait]
impl Queue for SqliteQueue {
    async fn send(&self, message: Outgoing) -> Result<Receipt, QueueError> {
        let now = self.now();
        let wake = Wake::new(&self.bell);
        let work =
            move |connection: &Connection| Ok((send::send(connection, &message, now)?, wake));
        let (seq, _wake) = self.database.transact(work).await?;
        Ok(Receipt::new(seq.to_string()))
    }

    async fn send_all(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let now = self.now();
        let wake = Wake::new(&self.bell);
        let work = move |connection: &Connection| {
            for message in &messages {
                send::send(connection, message, now)?;
            }
            Ok(wake)
        };
        let _wake = self.database.transact(work).await?;
        Ok(())
    }

    async fn send_later(&self, message: Outgoing, due: Timestamp) -> Result<(), QueueError> {
        let (now, due) = (self.now(), due.as_millisecond());
        // A waiting receiver may have to wake up earlier than planned.
        let wake = Wake::new(&self.bell);
        let work = move |connection: &Connection| {
            later::store(connection, &message, now, due)?;
            Ok(wake)
        };
        let _wake = self.database.transact(work).await?;
        Ok(())
    }

    async fn put_back(&self, message: &Received, due: Timestamp) -> Result<(), QueueError> {
        let due = due.as_millisecond();
        self.with_held(&message.handle, move |connection, held| {
            held::put_back(connection, held, due)
        })
        .await
    }

    /// If the receiver drops this future at the wrong moment, messages stay hidden until their visibility timeout, as
    /// after a crash.
    async fn receive(
        &self,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, QueueError> {
        let deadline = Instant::now() + wait.min(LONGEST_WAIT);
        let mut woken: Option<Wake> = None;
        loop {
            // The receiver listens before it looks, so that it does not miss a message that is sent in between.
            let mut ring = pin!(self.bell.notified());
            ring.as_mut().enable();
            let taken = self.take(max, visibility).await?;
            if let Some(woken) = woken.take() {
                woken.forget();
            }
            if taken.more {
                self.bell.notify_one();
            }
            if !taken.messages.is_empty() || Instant::now() >= deadline {
                return Ok(taken.messages);
            }
            if timeout_at(self.moment(taken.next, deadline), ring)
                .await
                .is_ok()
            {
                woken = Some(Wake::new(&self.bell));
            }
        }
    }

    async fn delete(&self, handle: &Handle) -> Result<(), QueueError> {
        self.with_held(handle, held::delete).await
    }

    async fn change_visibility(
        &self,
        handle: &Handle,
        visibility: Duration,
    ) -> Result<(), QueueError> {
        let until = self.now().hidden_for(visibility);
        self.with_held(handle, move |connection, held| {
            held::hide(connection, held, until)
        })
        .await
    }

    async fn dead_letter(&self, message: &Received, reason: &str) -> Result<(), QueueError> {
        let now = self.clock.now().as_millisecond();
        let reason = reason.to_owned();
        self.with_held(&message.handle, move |connection, held| {
            held::bury(connection, held.seq, now, &reason)
        })
        .await
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        let now = self.now();
        Ok(self
            .database
            .snapshot(move |connection| look::depth(connection, now))
            .await?)
    }

    async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        Ok(self
            .database
            .snapshot(move |connection| look::dead_letters(connection, max))
            .await?)
    }

    async fn dead_letter_ids(&self, max: usize) -> Result<Vec<String>, QueueError> {
        let look = move |connection: &Connection| look::dead_letter_ids(connection, max);
        Ok(self.database.snapshot(look).await?)
    }

    async fn take_dead(
        &self,
        ids: BTreeSet<String>,
        taking: Taking,
    ) -> Result<BTreeSet<String>, QueueError> {
        let now = self.now();
        let wake = Wake::new(&self.bell);
        let work =
            move |connection: &Connection| Ok((again::take(connection, &ids, taking, now)?, wake));
        let (taken, _wake) = self.database.transact(work).await?;
        Ok(taken)
    }
}

impl From<DatabaseError> for QueueError {
    fn from(error: DatabaseError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}
