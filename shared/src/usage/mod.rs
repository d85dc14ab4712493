//! Reports of work: whole-day totals from the tool → `POST /contracts/{id}/usage`.
//!
//! - A contract's total of a day is the sum over all projects of its links, by UTC day. A total replaces the previous
//!   one, so sending it twice counts once.
//! - Only entries that differ from the last accepted ones are sent. A report records what it is about to send, and then
//!   what was accepted. After a crash in between, it is sent again, which is harmless.
//! - A run covers today and the look-back, and all days that are not closed, up to 35 days back. A day is closed when
//!   a complete reading that was taken three days later had nothing new or was accepted.
//! - A reading has the time at which it was taken. A report from an older reading never replaces one from a newer.
//! - A measure that the tool doesn't have is omitted, and an impossible number is held back and shown.
//!
//! [`plan`](Reporter::plan) divides a run into jobs. `job` runs one of them: `people` → `read` → `sheet` → `deletions`
//! → `deliver`. Pure modules are [`attribution`] (the contract of a day), `days` (the days that are read, and that are
//! closed) and `sheet` (the totals that OpenTrain should have). `last` is the reading before access is revoked.

mod api;
pub mod attribution;
mod context;
mod count;
mod days;
mod deletions;
mod deliver;
mod gate;
mod gone;
mod job;
mod last;
mod last_readings;
mod options;
mod people;
mod plan;
mod questions;
mod read;
mod reading;
mod report;
mod send;
mod sheet;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

pub use api::{Platform, UsageApi};
pub use days::MOST_DAYS;
pub use last::LastUsage;
pub use last_readings::LastReadings;
pub use options::Options;
pub use plan::{At, JobSet, UsageJob};
pub use report::{
    ContractDays, Disputed, Failed, Frozen, HeldBack, HeldProject, Lost, MissingDay, NotReported,
    Odd, ReadInPart, Refused, Report, Sent, Skip, Stopped, Stuck, Unattributed, Unread, UsageError,
    WhyLost,
};

use crate::connection::Connections;
use crate::ledger::{Ledger, Policy};
use crate::model::clock::Clock;
use crate::notice::Notices;
use crate::tool::AnnotationTool;

/// Default of `USAGE_LOOK_BACK_DAYS`: number of days before today that are always read.
pub const LOOK_BACK_DAYS: u16 = 3;

/// The operator's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Number of days before today that are always read.
    pub look_back_days: u16,
    /// The time between two readings that prove an absence.
    pub confirm_after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            look_back_days: LOOK_BACK_DAYS,
            confirm_after: Policy::default().confirm_after,
        }
    }
}

/// Reports work.
#[derive(Clone)]
pub struct Reporter {
    /// Hires, and accepted reports.
    pub ledger: Ledger,
    /// The tool in which the work is done.
    pub tool: Arc<dyn AnnotationTool>,
    /// The installs that we serve.
    pub connections: Connections,
    /// Receiver of the reports.
    pub api: Arc<dyn UsageApi>,
    /// Receiver of the budgets, which the answers to reports contain.
    pub notices: Notices,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The operator's settings.
    pub settings: Settings,
}
