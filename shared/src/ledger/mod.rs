//! What the bridge knows: facts from OpenTrain, what was done about them in the tool, and claims.
//!
//! One table, one [`Ledger`] over it. Each rule is written once here; a [`Table`] is DynamoDB or SQLite
//! and knows none of them. All that decides a trainer's access is in the trainer's own partition, but
//! for the links and installs that their hires name, which are read beside it.
//!
//! | partition | sort | row |
//! |---|---|---|
//! | `TRAINER#id` | `HIRE#connection#contract#link` | [`Hire`] |
//! | `TRAINER#id` | `MEMBER` | [`Member`] |
//! | `TRAINER#id` | `ACCESS#project` | [`Access`] |
//! | `TRAINER#id` | `ACCOUNT` | [`Account`] |
//! | `CONNECTION#name` | `INSTALL`, `LINK#id`, `ASIDE#delivery` | [`Install`], [`Link`], [`SetAside`] |
//! | `CONNECTION#name` | `BUDGET#contract`, `CONTRACT#contract#link#trainer` | [`BudgetRow`], [`Workplace`] |
//! | `PROJECT#id` | `NOTICE` | [`NoticeRow`] |
//! | `COUNTERS#project` | `WATCH`, `MEMBER#member` | the tool's [`Counters`](crate::tool::Counters), and what they grew by |
//! | `ROSTER#connection#link` | `trainer` | who was ever hired through the link |
//! | `USAGE#connection#contract` | `worker` | [`UsageRow`] |
//! | `RECONCILE` | `LAST` | [`LastRun`] |
//! | `CLAIM#connection#event#link` | `CLAIM` | [`Claim`] |

mod access;
mod account;
mod budget;
mod claim;
mod connection;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod counter;
#[cfg(feature = "aws")]
mod dynamo;
mod hire;
mod last_run;
mod notice;
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;
mod table;
mod trainer;
mod usage;

use std::sync::Arc;

pub use access::{Access, AccessState, Cause, Trouble};
pub use account::Account;
pub use budget::{BudgetRow, ByAnswer, ByEvent, Posting, Workplace};
pub use claim::{Attempt, Claim, ClaimKey, Claimed};
pub use connection::{Install, InstallStatus, Link, SetAside};
#[cfg(feature = "aws")]
pub use dynamo::DynamoTable;
pub use hire::{Hire, HireStatus};
pub use last_run::LastRun;
pub use notice::{NoticeRow, Place};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteTable;
pub use table::{Expect, Item, Key, Put, Table, TableError};
pub use trainer::{Member, Trainer};
pub use usage::{Hired, Measures, UsageNews, UsageRefused, UsageRow};

use crate::clock::Clock;

/// The ledger.
#[derive(Clone)]
pub struct Ledger {
    table: Arc<dyn Table>,
    clock: Arc<dyn Clock>,
}

/// Why the ledger didn't answer.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The table could not be reached or refused.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A row is there but can't be read: it was written by another version, or by hand.
    #[error("the ledger's row {row} can't be read by this version of the bridge: {source}")]
    Unreadable {
        /// The row's key.
        row: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Other writers were faster, again and again.
    #[error("the ledger's row {0} is too contended; it is tried again later")]
    Contended(String),
}

impl Ledger {
    /// A ledger over this table.
    pub fn new(table: Arc<dyn Table>, clock: Arc<dyn Clock>) -> Self {
        Self { table, clock }
    }
}
