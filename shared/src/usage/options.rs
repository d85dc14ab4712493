//! What a run covers.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::connection::ConnectionName;
use crate::tool::Window;

/// What a run covers, and how. The default is what the schedule wants: everything that is new.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Options {
    /// One UTC day instead of today and the look-back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// One connection instead of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionName>,
    /// Send also what was accepted before and has not changed.
    pub all: bool,
    /// Write nothing, neither at OpenTrain nor in the ledger; say what would be sent.
    pub dry_run: bool,
}

impl Options {
    /// The days that a run covers.
    pub(super) fn window(&self, today: Date, look_back_days: u16) -> Window {
        match self.day {
            Some(day) => Window { from: day, to: day },
            None => Window {
                from: earlier(today, look_back_days),
                to: today,
            },
        }
    }
}

/// The UTC day of a moment.
pub(super) fn utc_day(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

/// The day so many days before; the first of all days where there is none.
pub(super) fn earlier(day: Date, days: u16) -> Date {
    day.checked_sub(i64::from(days).days()).unwrap_or(Date::MIN)
}
