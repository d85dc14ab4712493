//! Deletion of dead letters that are too old.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use super::{Database, DatabaseError};
use crate::model::clock::before;

/// Age at which a dead letter is deleted with its body, as the dead-letter queue of a stack does.
const DEAD_LETTERS_KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

/// Rows that one job removes: writers that wait are delayed by milliseconds.
const CHUNK: i64 = 500;

impl Database {
    /// Deletes dead letters that are older than 14 days and empties the write-ahead log, in which deleted
    /// rows would stay readable. Returns the number of dead letters deleted.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn expire(&self, now: Timestamp) -> Result<usize, DatabaseError> {
        let oldest = before(now, DEAD_LETTERS_KEPT).as_millisecond();
        let mut all = 0;
        loop {
            let delete = move |db: &rusqlite::Connection| {
                db.execute(
                    "DELETE FROM queue_dead WHERE id IN
                        (SELECT id FROM queue_dead WHERE died_at <= ? ORDER BY id LIMIT ?)",
                    params![oldest, CHUNK],
                )
            };
            match self.transact(delete).await? {
                0 => break,
                deleted => all += deleted,
            }
        }
        self.writer.checkpoint().await?;
        Ok(all)
    }
}
