//! Where the time comes from.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The time as the caller tells it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The clock of the machine.
pub fn system_clock() -> Clock {
    #[allow(
        clippy::disallowed_methods,
        reason = "the simulator stands alone: it has no shared clock, and this is its one reading"
    )]
    Arc::new(Timestamp::now)
}

/// `2026-06-12T10:00:00.000Z`: the form that JavaScript servers answer with.
pub(crate) fn iso(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The UTC day of a moment.
pub(crate) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// A later moment; the end of time where there is none.
pub(crate) fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// A day of exactly the form `YYYY-MM-DD`.
///
/// jiff reads more forms than that (`20260612`), which a strict third party must not.
pub(crate) fn parse_day(text: &str) -> Option<Date> {
    let date: Date = text.parse().ok()?;
    (date.to_string() == text).then_some(date)
}
