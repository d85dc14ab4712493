//! Posts alerts to an operator's channel: once when they start and once when they end.
//!
//! A post is sent before it is recorded, so a crash in between posts twice. A failed post is retried by the next call.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Webhook;
use super::webhook::plain_text;
use crate::ledger::{AlertKind, AlertState, Ledger, LedgerError};
use crate::model::clock::Clock;

/// Maximum number of ids in a post. The others are only counted.
const MOST_SUBJECTS: usize = 20;

/// Posts alerts.
pub struct Alerts {
    ledger: Ledger,
    webhook: Webhook,
    clock: Arc<dyn Clock>,
}

impl Alerts {
    pub fn new(ledger: Ledger, webhook: Webhook, clock: Arc<dyn Clock>) -> Self {
        Self {
            ledger,
            webhook,
            clock,
        }
    }

    /// Posts the starts and ends that are not posted yet. Stops at a post that fails.
    ///
    /// # Errors
    /// The ledger cannot be read or written.
    pub async fn post_changes(&self) -> Result<(), LedgerError> {
        for kind in AlertKind::ALL {
            let row = self.ledger.alert(kind).await?;
            for state in [AlertState::Started, AlertState::Ended] {
                let subjects = row.unposted(state);
                if subjects.is_empty() {
                    continue;
                }
                if !self.send(kind, state, &subjects).await {
                    return Ok(());
                }
                self.ledger.alert_posted(kind, state, &subjects).await?;
            }
        }
        Ok(())
    }

    /// Returns whether the post was accepted.
    async fn send(&self, kind: AlertKind, state: AlertState, subjects: &BTreeSet<String>) -> bool {
        let body = self.body(kind, state, subjects);
        let (alert, count) = (kind.name(), subjects.len());
        match self.webhook.send(&body).await {
            Ok(()) => tracing::info!(alert, count, "an alert was posted to ALERT_WEBHOOK_URL"),
            Err(reason) => {
                tracing::warn!(alert, count, %reason, "an alert could not be posted to ALERT_WEBHOOK_URL; it is retried");
                return false;
            }
        }
        true
    }

    fn body(&self, kind: AlertKind, state: AlertState, subjects: &BTreeSet<String>) -> Value {
        let shown: Vec<_> = subjects.iter().take(MOST_SUBJECTS).collect();
        let (what, action) = words(kind);
        let mut list = shown
            .iter()
            .map(|it| it.as_str())
            .collect::<Vec<_>>()
            .join("; ");
        if subjects.len() > shown.len() {
            list = format!("{list}; and {} more", subjects.len() - shown.len());
        }
        let (state, text) = match state {
            AlertState::Started => (
                "started",
                format!("OpenTrain bridge: {what}: {list}. {action}"),
            ),
            AlertState::Ended => ("ended", format!("OpenTrain bridge: over: {what}: {list}.")),
        };
        json!({
            "text": plain_text(&text),
            "alert": kind.name(),
            "state": state,
            "count": subjects.len(),
            "subjects": shown,
            "at": self.clock.now(),
        })
    }
}

/// The condition, and what to do.
fn words(kind: AlertKind) -> (&'static str, &'static str) {
    match kind {
        AlertKind::OperatorNeeded => (
            "access needs an operator",
            "`bridge status` gives the reason and the action.",
        ),
        AlertKind::DeadLetter => (
            "events could not be processed",
            "`bridge dead-letters` shows the reason: fix it, then run `bridge dead-letters redrive` with the ids.",
        ),
        AlertKind::RemovalsHeld => (
            "a reconcile holds removals, because many trainers would lose access",
            "`bridge reconcile --dry-run --force --connection NAME` names the trainers.",
        ),
        AlertKind::EndpointDisabled => (
            "a webhook endpoint was disabled",
            "If failed deliveries caused it, the bridge has enabled it. Otherwise run `bridge endpoints enable`.",
        ),
        AlertKind::OrphanedAccess => (
            "access has been orphaned for over seven days",
            "Connect the customer again, or end the access with `bridge end`.",
        ),
        AlertKind::TokenRefused => (
            "OpenTrain refuses a connection's token, so nothing new is granted",
            "Run `bridge connect --connection NAME` with a new token, or `bridge disconnect NAME` if the customer has left.",
        ),
        AlertKind::ReconcileLate => (
            "no reconcile was complete for three periods",
            "Run `bridge reconcile`: it names the problems.",
        ),
        AlertKind::UsageLate => (
            "work is not reported completely",
            "Run `bridge usage`: it names what is left and why.",
        ),
        AlertKind::UsageLost => (
            "days of work can no longer be reported",
            "`bridge usage` names the days: agree with OpenTrain on the pay.",
        ),
    }
}
