//! The claim on an event. It makes repeats cheap, and a slow worker cannot complete another worker's claim.
//!
//! ```text
//! attempt 1 ──claim──▶ InProgress(1) ──crash…                        complete ──▶ no longer ours
//! attempt 2 ─────────────────────────── claim ──▶ InProgress(2) ──complete──▶ Done
//! ```
//!
//! The delivery-id header is not signed, the event id is: the key is (connection, event, link). Correctness does not
//! depend on claims: merging and converging may be repeated. Claims have their own table, because all of them expire
//! and only the worker on an event reads its claim. On DynamoDB, the bridge does not read claims that an older version
//! wrote into the ledger's table. If their events are redelivered, they are processed as new ones, which changes
//! nothing.

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::row::{item, join, read};
use super::{Expect, Item, Key, Ledger, LedgerError, Put};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::event::EventId;
use crate::model::ids::LinkId;

/// Lifetime of a claim: longer than OpenTrain's retries and the retention of the queue and the dead letters together.
const KEPT: Duration = Duration::from_secs(35 * 24 * 3600);

/// Maximum number of attempts to write a claim when other workers are faster.
const ROUNDS: usize = 16;

/// Key of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimKey {
    /// The install that the event came from.
    pub connection: ConnectionName,
    /// The event.
    pub event: EventId,
    /// The link: OpenTrain sends an event once per link.
    pub link: Option<LinkId>,
    /// Time of the event: another install may use the same id.
    pub created_at: Option<Timestamp>,
}

/// One receive of one message: the queue's own fence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The queue's id of the message.
    pub message: String,
    /// Receive count. A message is received again only after the previous receive has ended.
    pub receive: u32,
}

/// A short digest of a message's id, by which a repeat of the message is recognised.
pub(crate) fn mark_of(message: &str) -> u32 {
    let digest = Sha256::digest(message.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// The record of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Claim {
    /// A worker processes the event until the lease ends.
    InProgress {
        /// The attempt that holds the claim.
        attempt: Attempt,
        /// End of the lease.
        until: Timestamp,
    },
    /// The last attempt failed and released the claim.
    Released,
    /// The event is processed.
    Done,
}

/// Result of a request to claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// This attempt holds the claim.
    Ours,
    /// Another attempt holds the claim until then.
    Theirs(Timestamp),
    /// The event was processed before: this is a repeat.
    Done,
}

impl Ledger {
    /// Claims an event for one attempt. The claim must be free, released, expired, past its lease, or held by an
    /// earlier receive of the same message. A second worker with the same receive has to wait for the end of the lease:
    /// Lambda may invoke a function twice with one batch.
    ///
    /// # Errors
    /// [`LedgerError::Contended`] if other workers were faster at each attempt.
    pub async fn claim(
        &self,
        key: &ClaimKey,
        attempt: &Attempt,
        lease: Duration,
    ) -> Result<Claimed, LedgerError> {
        let now = self.clock.now();
        let ours = Claim::InProgress {
            attempt: attempt.clone(),
            until: after(now, lease),
        };
        let mut expect = Expect::Absent;
        for _ in 0..ROUNDS {
            let stands = match self.put_claim(key, &ours, expect).await? {
                Put::Stored(_) => return Ok(Claimed::Ours),
                Put::Conflict(None) => {
                    expect = Expect::Absent;
                    continue;
                }
                Put::Conflict(Some(stands)) => stands,
            };
            // The clock is read again, because time may have passed since this attempt began.
            if let Some(not_ours) = held(&stands, attempt, self.clock.now(), lease)? {
                return Ok(not_ours);
            }
            expect = Expect::Version(stands.version);
        }
        Err(LedgerError::Contended(row_key(key).partition))
    }

    /// Marks an event as processed if this attempt still holds the claim. Returns false if it does not.
    pub async fn complete(&self, key: &ClaimKey, attempt: &Attempt) -> Result<bool, LedgerError> {
        self.end_claim(key, attempt, Claim::Done).await
    }

    /// Releases a claim if this attempt still holds it.
    pub async fn release(&self, key: &ClaimKey, attempt: &Attempt) -> Result<bool, LedgerError> {
        self.end_claim(key, attempt, Claim::Released).await
    }

    async fn end_claim(
        &self,
        key: &ClaimKey,
        attempt: &Attempt,
        end: Claim,
    ) -> Result<bool, LedgerError> {
        let Some(stands) = self.claims.get(&row_key(key)).await? else {
            return Ok(false);
        };
        match read::<Claim>(&stands)? {
            Claim::InProgress {
                attempt: holder, ..
            } if holder == *attempt => {
                let put = self
                    .put_claim(key, &end, Expect::Version(stands.version))
                    .await?;
                Ok(matches!(put, Put::Stored(_)))
            }
            _ => Ok(false),
        }
    }

    async fn put_claim(
        &self,
        key: &ClaimKey,
        claim: &Claim,
        expect: Expect,
    ) -> Result<Put, LedgerError> {
        let expires = after(self.clock.now(), KEPT);
        Ok(self
            .claims
            .put(item(row_key(key), claim, Some(expires)), expect)
            .await?)
    }
}

/// The claim that prevents this one, if any. Compares expiry with the clock, because a store deletes expired items
/// late. A lease that ends more than two leases from now was written while a clock was wrong, and does not count.
fn held(
    stands: &Item,
    attempt: &Attempt,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<Claimed>, LedgerError> {
    if stands.expires_at.is_some_and(|at| at <= now) {
        return Ok(None);
    }
    Ok(match read::<Claim>(stands)? {
        Claim::Done => Some(Claimed::Done),
        Claim::Released => None,
        Claim::InProgress {
            attempt: holder,
            until,
        } => {
            let superseded = holder.message == attempt.message && holder.receive < attempt.receive;
            let live = now < until && until <= after(now, lease * 2);
            (live && !superseded).then_some(Claimed::Theirs(until))
        }
    })
}

fn row_key(key: &ClaimKey) -> Key {
    let link = key.link.as_ref().map_or("-", LinkId::as_str);
    let at = key
        .created_at
        .map_or(0, Timestamp::as_millisecond)
        .to_string();
    Key::new(
        join(
            "CLAIM",
            &[key.connection.as_str(), key.event.as_str(), link, &at],
        ),
        "CLAIM",
    )
}
