//! The claim on an event: repeats are cheap and counted, and a slow worker can't finish another's work.
//!
//! ```text
//! attempt 1 ──claim──▶ InProgress(1) ──crash…                        complete ──▶ not ours any more
//! attempt 2 ─────────────────────────── claim ──▶ InProgress(2) ──complete──▶ Done
//! ```
//!
//! The delivery-id header is not signed, the event id is: the key is (connection, event, link).
//! Correctness does not rest on claims: merging and converging may be repeated at will. Claims have a table of
//! their own, since all of them expire and nothing reads them but the worker on their event. On DynamoDB, claims
//! that an older version wrote into the ledger's table are not read any more: their events, delivered once more,
//! are processed as new ones, which changes nothing.

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::{item, join, read};
use super::{Expect, Item, Key, Ledger, LedgerError, Put};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::event::EventId;
use crate::model::ids::LinkId;

/// How long a claim is remembered: longer than OpenTrain's retries, the queue's retention and the dead
/// letters' together.
const KEPT: Duration = Duration::from_secs(35 * 24 * 3600);

/// How often a claim is written anew because other workers were faster.
const ROUNDS: usize = 16;

/// What is claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimKey {
    /// The install that the event came from.
    pub connection: ConnectionName,
    /// The event.
    pub event: EventId,
    /// The link: an event goes out once per link.
    pub link: Option<LinkId>,
    /// When the event happened: another install may use the same id.
    pub created_at: Option<Timestamp>,
}

/// One receive of one message: the queue's own fence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The queue's id of the message.
    pub message: String,
    /// How often it was received. A message is received again only when the receive before is over.
    pub receive: u32,
}

/// The record of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Claim {
    /// Somebody works on it, until the lease is over.
    InProgress {
        /// Who.
        attempt: Attempt,
        /// Until when.
        until: Timestamp,
    },
    /// The last try failed and gave it back.
    Released,
    /// It is done.
    Done,
}

/// What became of a wish to claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It is ours.
    Ours,
    /// Another message's worker has it until then.
    Theirs(Timestamp),
    /// It was done before: this is a repeat.
    Done,
}

impl Ledger {
    /// Claims an event for one attempt: free, given back, expired, its lease over, or held by an earlier
    /// receive of the same message. A second worker with the same receive has to wait for the lease: Lambda may
    /// invoke a function twice with one batch.
    ///
    /// # Errors
    /// [`LedgerError::Contended`] when others were faster again and again.
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
            // Read anew: time may have passed since this attempt began.
            if let Some(not_ours) = held(&stands, attempt, self.clock.now(), lease)? {
                return Ok(not_ours);
            }
            expect = Expect::Version(stands.version);
        }
        Err(LedgerError::Contended(row_key(key).partition))
    }

    /// Marks an event as done, if the claim is still this attempt's; false when it is not.
    pub async fn complete(&self, key: &ClaimKey, attempt: &Attempt) -> Result<bool, LedgerError> {
        self.end_claim(key, attempt, Claim::Done).await
    }

    /// Gives a claim back, if it is still this attempt's.
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

/// What keeps us from claiming, if anything does. The clock is compared, since a store forgets late. A lease that
/// ends later than one that begins now was written before the clock was set back, and is over.
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
            // One that ends much later than a lease can was written while a clock was wrong.
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
