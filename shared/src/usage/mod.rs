//! Work, reported: whole-day totals from the tool → `POST /contracts/{id}/usage`.
//!
//! - A contract's total of a day is the sum over all projects that its links point at, by UTC day. Totals are
//!   cumulative: one that was sent twice counts once, and a correction replaces what was there.
//! - Only entries that differ from what was last accepted are sent. A report records what it is about to send, and
//!   then what was accepted: a crash in between sends it again, which is harmless.
//! - A run covers today and the look-back, and all days that are not closed, up to 35 days back. A day is closed when
//!   a complete reading that was taken three days later had nothing new or was accepted.
//! - A reading carries the time at which it was taken. An older one never replaces a newer report.
//! - Nothing is invented: a measure that the tool doesn't have is left out, and a number that can't be
//!   true is held back and shown.
//!
//! The journey: [`plan`](Reporter::plan) cuts a run into jobs; `job` carries one out: `people` → `read` → `sheet` →
//! `deletions` → `deliver`. Pure are [`attribution`] (whose contract a day belongs to), `days` (which days are read, and
//! which are closed) and `sheet` (what OpenTrain should hold). `last` is the reading before access is revoked.

mod api;
pub mod attribution;
mod context;
mod count;
mod days;
mod deletions;
mod deliver;
mod gate;
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

/// What the operator chose.
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
    /// Who is hired, and what was accepted.
    pub ledger: Ledger,
    /// Where the work is done.
    pub tool: Arc<dyn AnnotationTool>,
    /// The installs that we serve.
    pub connections: Connections,
    /// Where reports go.
    pub api: Arc<dyn UsageApi>,
    /// Where budgets are shown: each accepted report is answered with one.
    pub notices: Notices,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the operator chose.
    pub settings: Settings,
}
