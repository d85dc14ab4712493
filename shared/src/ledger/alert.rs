//! Alerts: conditions that need an operator, and which of them were posted. Only on one machine; a stack has
//! CloudWatch's alarms.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Key, Ledger, LedgerError};
use crate::model::ConnectionName;

/// A condition that needs an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertKind {
    /// Access cannot be granted or revoked, by trainer and project.
    OperatorNeeded,
    /// Events could not be processed, by message.
    DeadLetter,
    /// The guard holds removals, by connection.
    RemovalsHeld,
    /// A webhook endpoint is disabled, by endpoint.
    EndpointDisabled,
    /// Orphaned access has lasted for seven days, by trainer and project.
    OrphanedAccess,
    /// OpenTrain has refused a token for an hour, or the token is another organisation's, by connection.
    TokenRefused,
    /// No reconcile was complete for three periods.
    ReconcileLate,
    /// No usage run was complete for three periods.
    UsageLate,
    /// Days of work can no longer be reported, by contract.
    UsageLost,
}

/// The subject of an alert about a connection.
pub fn subject_of(connection: &ConnectionName) -> String {
    format!("{CONNECTION}{connection}")
}

/// The connection that is the subject of an alert.
pub fn connection_in(subject: &str) -> Option<ConnectionName> {
    ConnectionName::parse(subject.strip_prefix(CONNECTION)?).ok()
}

const CONNECTION: &str = "connection ";

impl AlertKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::OperatorNeeded,
        Self::DeadLetter,
        Self::RemovalsHeld,
        Self::EndpointDisabled,
        Self::OrphanedAccess,
        Self::TokenRefused,
        Self::ReconcileLate,
        Self::UsageLate,
        Self::UsageLost,
    ];

    /// The name in posts and in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::OperatorNeeded => "operator-needed",
            Self::DeadLetter => "dead-letter",
            Self::RemovalsHeld => "removals-held",
            Self::EndpointDisabled => "endpoint-disabled",
            Self::OrphanedAccess => "orphaned-access",
            Self::TokenRefused => "token-refused",
            Self::ReconcileLate => "reconcile-late",
            Self::UsageLate => "usage-late",
            Self::UsageLost => "usage-lost",
        }
    }
}

/// State of one kind of alert. An id in `open` but not in `posted` has to be posted as started, an id in `posted` but
/// not in `open` as ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AlertRow {
    /// Ids for which the condition holds now, such as `usr_1 in project 42`. No names and no e-mails.
    pub open: BTreeSet<String>,
    /// Ids whose start was posted and whose end was not.
    pub posted: BTreeSet<String>,
    /// When the condition was last known not to hold. Only for conditions that depend on age.
    #[serde(skip_serializing_if = "Option::is_none")]
    good_at: Option<Timestamp>,
}

/// Subject of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AlertState {
    Started,
    Ended,
}

impl AlertRow {
    /// Ids whose start or end has to be posted.
    pub(crate) fn unposted(&self, state: AlertState) -> BTreeSet<String> {
        match state {
            AlertState::Started => &self.open - &self.posted,
            AlertState::Ended => &self.posted - &self.open,
        }
    }
}

impl Ledger {
    /// State of one kind of alert.
    pub async fn alert(&self, kind: AlertKind) -> Result<AlertRow, LedgerError> {
        Ok(self.row(&key(kind)).await?.unwrap_or_default())
    }

    /// Records the ids for which the condition holds now. An open id for which `is_hidden` holds was not checked and
    /// stays open.
    pub async fn note_alert(
        &self,
        kind: AlertKind,
        found: BTreeSet<String>,
        is_hidden: impl Fn(&str) -> bool + Send + Sync,
    ) -> Result<(), LedgerError> {
        self.change_alert(kind, |row| {
            row.open.retain(|id| is_hidden(id));
            row.open.extend(found.iter().cloned());
        })
        .await
    }

    /// Records that the condition no longer holds for an id.
    pub async fn end_alert(&self, kind: AlertKind, id: &str) -> Result<(), LedgerError> {
        self.change_alert(kind, |row| row.open.retain(|it| it != id))
            .await
    }

    /// Records that the start or the end of these subjects was posted.
    pub(crate) async fn alert_posted(
        &self,
        kind: AlertKind,
        state: AlertState,
        subjects: &BTreeSet<String>,
    ) -> Result<(), LedgerError> {
        self.change_alert(kind, |row| match state {
            AlertState::Started => row.posted = &row.posted | subjects,
            AlertState::Ended => row.posted = &row.posted - subjects,
        })
        .await
    }

    /// When the condition was last known not to hold: the later of `good_at` and the recorded time, or `now` if there
    /// is neither. Records the result.
    pub async fn alert_good_at(
        &self,
        kind: AlertKind,
        good_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Timestamp, LedgerError> {
        self.modify(&key(kind), |old: Option<AlertRow>| {
            let row = old.unwrap_or_default();
            let latest = good_at.max(row.good_at).unwrap_or(now);
            let new = AlertRow {
                good_at: Some(latest),
                ..row.clone()
            };
            ((new != row).then_some(new), latest)
        })
        .await
    }

    async fn change_alert(
        &self,
        kind: AlertKind,
        change: impl Fn(&mut AlertRow) + Send + Sync,
    ) -> Result<(), LedgerError> {
        let change = |old: Option<AlertRow>| {
            let old = old.unwrap_or_default();
            let mut new = old.clone();
            change(&mut new);
            (new != old).then_some(new)
        };
        self.update(&key(kind), change).await.map(drop)
    }
}

fn key(kind: AlertKind) -> Key {
    Key::new("ALERT", kind.name())
}
