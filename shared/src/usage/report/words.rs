//! Texts of errors and reasons.

use jiff::civil::Date;

use super::{Odd, Skip, WhyLost};
use crate::connection::StoreError;
use crate::ledger::LedgerError;
use crate::model::ids::ProjectId;

/// Reason why there was no run.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// No connection has that name.
    #[error("{0}")]
    UnknownConnection(String),
    /// The day has not begun in UTC.
    #[error("{0} is in the future: it is {1} in UTC")]
    FutureDay(Date, Date),
    /// The last day is before the first.
    #[error("there are no days from {0} to {1}: give --from a day that is not after --to")]
    NoDays(Date, Date),
    /// No deletions of the project wait for an operator.
    #[error("no deletions of project {0} wait for you")]
    NothingHeld(ProjectId),
    /// The connections could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl std::fmt::Display for Odd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Future => "the day has not begun in UTC",
            Self::OutsideWindow => "the day was not asked for",
            Self::Negative => "a count is below zero",
            Self::TooLong => "a day has 86,400 seconds",
        })
    }
}

impl std::fmt::Display for WhyLost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TooOld => "not reported for 35 days, and too old to be read",
            Self::LinkRemoved => "the link was removed at OpenTrain before they were reported",
        })
    }
}

impl std::fmt::Display for Skip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unattributed => "totals on days without a live contract",
            Self::Stranger => "totals of members who were not hired for the project",
            Self::NothingMeasured => "totals without any measure",
            Self::NoTimeSource => "totals without seconds: the tool measures no time",
            Self::NoTotals => "projects of which the tool keeps no totals",
            Self::NotInThisTool => "projects that OpenTrain provisions elsewhere",
            Self::LinkRemoved => "hires whose link was removed",
            Self::InstallRevoked => {
                "hires of a revoked install: reporting has stopped; connect again to continue"
            }
            Self::NotServed => "hires of a connection that is not set up here",
            Self::Overtaken => "hires that a newer report was sent for at the same time",
        })
    }
}
