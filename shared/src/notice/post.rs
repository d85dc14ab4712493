//! Posts crossings to a chat channel: once per crossing and contract, upward only.
//!
//! ```text
//! state LOW ──claim──▶ posting(warning) ──POST──▶ posted(warning)      DEPLETED ──▶ … posted(exhausted)
//! state OK  ──────────▶ posted(nothing): the next crossing is posted again
//! ```
//!
//! The post is sent before it is recorded: a crash in between posts twice. The other order could lose the post. The
//! claim prevents two workers from posting the same crossing at once: the answer to a report and the event about it
//! arrive at the same moment.
//!
//! A failed post does not block processing. It is retried on the contract's next update and by
//! [`catch_up`](super::Notices::catch_up).

use std::time::Duration;

use jiff::Timestamp;

use super::{Notices, current_level, newest, text};
use crate::ledger::{BudgetRow, LedgerError, Posting};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::ids::ContractId;
use crate::tool::NoticeLevel;

/// Duration of a claim on a post: longer than the longest post.
const LEASE: Duration = Duration::from_secs(30);

/// The level to post; `None` if it is already posted, or another worker is posting it now.
pub(super) fn due(row: &BudgetRow, now: Timestamp) -> Option<NoticeLevel> {
    let level = current_level(row).filter(|level| Some(*level) > row.posted)?;
    // A claim that ends later than possible was made before the clock was set back.
    let latest = after(now, LEASE * 2);
    let taken = |it: &Posting| it.level >= level && it.until > now && it.until <= latest;
    (!row.posting.as_ref().is_some_and(taken)).then_some(level)
}

impl Notices {
    /// Posts a crossing that was not posted yet. A failure is logged and retried later.
    pub(super) async fn post(&self, connection: &ConnectionName, row: &BudgetRow) {
        let Some(webhook) = self.settings.webhook.as_ref().filter(|it| !it.rests()) else {
            return;
        };
        let (Some(level), Some(budget)) = (due(row, self.clock.now()), newest(row)) else {
            return;
        };
        let contract = &row.contract;
        match self.claim_post(connection, contract, level).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                return tracing::warn!(contract.id = %contract, %error, "a crossing could not be posted; it is retried");
            }
        }
        let text = text::post(connection, budget, level, &self.settings.top_up_url);
        let posted = webhook.post(&text).await;
        match &posted {
            Ok(()) => {
                tracing::info!(contract.id = %contract, ?level, "a crossing was posted to NOTICE_WEBHOOK_URL")
            }
            Err(reason) => {
                tracing::warn!(contract.id = %contract, %reason, "a crossing could not be posted to NOTICE_WEBHOOK_URL; it is retried")
            }
        }
        if let Err(error) = self
            .end_post(connection, contract, level, posted.is_ok())
            .await
        {
            tracing::warn!(contract.id = %contract, %error, "a post could not be recorded; it may be sent twice");
        }
    }

    async fn claim_post(
        &self,
        connection: &ConnectionName,
        contract: &ContractId,
        level: NoticeLevel,
    ) -> Result<bool, LedgerError> {
        let now = self.clock.now();
        let until = after(now, LEASE);
        let claim = |row: Option<BudgetRow>| {
            let row = row.filter(|row| due(row, now) == Some(level))?;
            Some(BudgetRow {
                posting: Some(Posting { level, until }),
                ..row
            })
        };
        self.ledger.update_budget(connection, contract, claim).await
    }

    async fn end_post(
        &self,
        connection: &ConnectionName,
        contract: &ContractId,
        level: NoticeLevel,
        done: bool,
    ) -> Result<bool, LedgerError> {
        let end = |row: Option<BudgetRow>| {
            let row = row?;
            // The level may have dropped meanwhile: a later crossing is then another one.
            let posted = if done {
                row.posted.max(Some(level)).min(current_level(&row))
            } else {
                row.posted
            };
            let posting = row.posting.clone().filter(|it| it.level > level);
            Some(BudgetRow {
                posted,
                posting,
                ..row
            })
        };
        self.ledger.update_budget(connection, contract, end).await
    }
}
