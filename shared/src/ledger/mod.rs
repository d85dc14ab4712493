//! Facts from OpenTrain, their effects in the tool, and claims.
//!
//! A [`Ledger`] uses one table for facts and one for claims. Each rule is written once here; a [`Table`] is DynamoDB or
//! SQLite and contains no rules. All that decides a trainer's access is in the trainer's own partition, except the
//! links and installs that the hires name.
//!
//! | partition | sort | row |
//! |---|---|---|
//! | `TRAINER#id` | `DOCUMENT` | [`Trainer`]: all that decides one trainer's access |
//! | `TRAINER#id` | `ACCOUNT` | [`Account`](crate::tool::Account) |
//! | `OWNER#account` | `OWNER` | the trainer who owns this account in the tool |
//! | `CLOSED#id` | `CLOSED` | the trainer's closed contracts |
//! | `CONNECTION#name` | `INSTALL`, `LINK#id`, `ASIDE#delivery` | [`Install`], [`Link`], [`Quarantined`] |
//! | `CONNECTION#name` | `LOOKS` | [`Looks`]: what was missing from OpenTrain's lists |
//! | `CONNECTION#name` | `CONTRACT#contract#link#trainer` | [`RosterRow`] |
//! | `CONNECTION#name` | `BUDGET#contract` | [`BudgetRow`] |
//! | `PROJECT#id` | `NOTICE` | [`NoticeRow`] |
//! | `COUNTERS#project` | `WATCH`, `MEMBER#member` | the tool's [`Counters`](crate::tool::Counters), and their growth |
//! | `USAGE#connection#contract` | `worker` | [`UsageRow`] |
//! | `PROJECT#id` | `USAGE` | [`ProjectUsage`] |
//! | `WRITTEN#project` | `DAY#day#MEMBER#member` | what a person has written themselves |
//! | `RECONCILE` | `LAST`, `CONNECTION#name` | [`LastRun`] |
//! | `ALERT` | `kind` | [`AlertRow`]: what needs an operator, and which of it was posted |
//! | `ONBOARDING` | `KEY`, `LINK#id` | the key, and an [`OnboardingLink`] with which a customer connects |
//! | `PAUSE` | `TOOL` | until when calls to the tool are paused |
//! | `AUDIT#day` | `TRAINER#id#seq#hash` | [`AuditRow`](audit::AuditRow): a change of access; see [`audit`] |
//!
//! A second table holds the claims: `CLAIM#connection#event#link`, `CLAIM`, a [`Claim`].

mod access;
mod account;
mod alert;
pub mod audit;
mod budget;
mod claim;
mod closed;
mod connection;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod counter;
mod document;
mod documents;
#[cfg(feature = "dynamodb")]
mod dynamo;
mod entitlement;
mod environment;
mod hire;
mod last_run;
mod legacy;
mod looks;
mod member;
mod notice;
mod onboarding;
mod pause;
mod quarantine;
mod roster;
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stamp;
mod table;
#[cfg(test)]
mod tests;
mod tool_owner;
mod trainer;
mod usage;
mod usage_lease;
mod usage_project;
mod written;

use std::sync::Arc;

pub use access::{Access, AccessState, Earlier, LOOKS};
pub(crate) use alert::AlertState;
pub use alert::{AlertKind, AlertRow, connection_in, subject_of};
pub use budget::{BudgetRow, ByAnswer, ByEvent, Posting};
pub(crate) use claim::mark_of;
pub use claim::{Attempt, Claim, ClaimKey, Claimed};
pub use closed::Closing;
pub use connection::{Install, InstallStatus, Link};
pub use documents::{Documents, Versioned, Written};
#[cfg(feature = "dynamodb")]
pub use dynamo::DynamoTable;
pub use entitlement::{
    Entitlement, OnEndOfEarlierMember, OnInstallRevoked, OnLinkRemoved, Policy, Why, entitlement,
    entitlements,
};
pub use environment::{Environment, Projects};
pub use hire::{ContractEnd, ContractKey, Hire, HireStatus};
pub use last_run::{LastRun, Strangers};
pub use looks::Looks;
pub use member::{KnownEmail, Member};
pub use notice::{NoticeRow, Place};
pub use onboarding::{
    MOST_TRIES, OnboardingClaim, OnboardingKey, OnboardingLink, OnboardingState, TRIES_WITHIN,
};
pub use quarantine::Quarantined;
pub use roster::RosterRow;
pub use row::Known;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteTable;
pub use stamp::{Source, Stamp};
pub use table::{Expect, Item, Key, Put, Table, TableError};
pub use tool_owner::ToolOwner;
pub use trainer::{Due, LONGEST_LEASE, Lease, Stored, Trainer};
pub(crate) use usage::unknown_project;
pub use usage::{
    Hired, KEPT_DAYS, Measures, Missing, NewerReport, Owned, Parts, Sending, UsageMark, UsageNews,
    UsageRefused, UsageRow, WhyLost, total,
};
pub use usage_lease::UsageLease;
pub use usage_project::{DeletionHold, Failing, FrozenSince, ProjectUsage, UsageRun};

use crate::model::clock::Clock;
use crate::model::failure::Failure;

/// The ledger.
#[derive(Clone)]
pub struct Ledger {
    table: Arc<dyn Table>,
    claims: Arc<dyn Table>,
    clock: Arc<dyn Clock>,
    leases: Arc<usage_lease::LocalLeases>,
    audit_days: u16,
}

/// Errors of the ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The table could not be reached, or refused the call.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A row exists but can't be read: it was written by another version, or by hand.
    #[error("the ledger's row {row} can't be read by this version of the bridge: {reason}")]
    Unreadable {
        /// The row's key.
        row: String,
        /// The fault.
        reason: String,
    },
    /// Other writers were faster at each attempt.
    #[error("the ledger's row {0} is too contended; it is retried later")]
    Contended(String),
}

impl Ledger {
    /// A ledger over this table, with its claims in another one.
    pub fn new(table: Arc<dyn Table>, claims: Arc<dyn Table>, clock: Arc<dyn Clock>) -> Self {
        Self {
            table,
            claims,
            clock,
            leases: Arc::default(),
            audit_days: audit::AUDIT_DAYS,
        }
    }

    /// Whether other processes may write to it at the same time.
    pub fn is_shared(&self) -> bool {
        self.table.is_shared()
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        let reason = error.to_string();
        match error {
            // A retry cannot succeed, so this failure is permanent.
            LedgerError::Table(TableError::Unfit(_)) => Self::wrong(reason),
            LedgerError::Table(_) | LedgerError::Contended(_) => Self::store(reason),
            LedgerError::Unreadable { .. } => Self {
                is_of_store: true,
                is_unreadable: true,
                ..Self::operator(reason)
            },
        }
    }
}
