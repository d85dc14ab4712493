//! Work, reported back: whole-day totals from the tool → `POST /contracts/{id}/usage`.
//!
//! - A *timesheet* is what OpenTrain should hold of one person's work on one contract: the sum of the
//!   tool's totals over all projects that the contract's links point at, by UTC day. Totals are
//!   cumulative: one that was sent twice counts once, and a correction replaces what was there.
//! - Only entries that differ from what was last accepted are sent. What was accepted is kept in the
//!   ledger after it was accepted: a crash in between sends it again, which is harmless.
//! - A *run* covers today and the look-back before it: hires that are live, and hires that ended within
//!   the look-back. It reads each project's totals once, and holds those of a few projects at a time.
//! - Nothing is invented: a measure that the tool doesn't have is left out, and a number that can't be
//!   true is held back and shown.
//!
//! The files: [`attribution`] says whose contract a day belongs to; `timesheet` adds up, holds back and
//! compares; both are pure. `group` cuts the links into pieces that can be worked on alone; `run` walks
//! them: `people`, then `read` (the tool), then `deliver` and `send` (OpenTrain); `gate` stops asking
//! somebody who doesn't answer; `last` is the read before access goes.

pub mod attribution;
mod count;
mod deliver;
mod gate;
mod group;
mod last;
mod options;
mod people;
mod read;
mod report;
mod run;
mod send;
mod timesheet;

use std::sync::Arc;

pub use options::Options;
pub use report::{
    Disputed, Failed, HeldBack, Odd, ReadInPart, Refused, Report, Sent, Skip, Stopped, Unread,
    UsageError,
};

use crate::clock::Clock;
use crate::connection::Connections;
use crate::ledger::Ledger;
use crate::notice::Notices;
use crate::provision::Provisioner;
use crate::tool::AnnotationTool;

/// How many days before today are reported again, unless a setting says otherwise.
pub const LOOK_BACK_DAYS: u16 = 3;

/// Reports work.
#[derive(Clone)]
pub struct Reporter {
    /// Who is hired, and what was accepted.
    pub ledger: Ledger,
    /// Where the work is done.
    pub tool: Arc<dyn AnnotationTool>,
    /// The installs that we serve.
    pub connections: Connections,
    /// Where budgets are shown: each accepted report is answered with one.
    pub notices: Notices,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How many days before today are reported again.
    pub look_back_days: u16,
}

impl Reporter {
    /// One that works with what `provisioner` works with.
    pub fn of(provisioner: &Provisioner, look_back_days: u16) -> Self {
        Self {
            ledger: provisioner.ledger.clone(),
            tool: Arc::clone(&provisioner.tool),
            connections: provisioner.connections.clone(),
            notices: provisioner.notices.clone(),
            clock: Arc::clone(&provisioner.clock),
            look_back_days,
        }
    }
}
