//! Clocks.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// A clock of the caller.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    #[allow(
        clippy::disallowed_methods,
        reason = "the simulator is independent: it has no shared clock, and this is its one reading"
    )]
    Arc::new(Timestamp::now)
}

/// `2026-06-12T10:00:00.000Z`: the format of JavaScript servers.
pub(crate) fn iso(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The UTC day of a moment.
pub(crate) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// A later moment; the last possible moment on overflow.
pub(crate) fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// A day in exactly the format `YYYY-MM-DD`.
///
/// jiff accepts other formats (`20260612`), which a strict third party must refuse.
pub(crate) fn parse_day(text: &str) -> Option<Date> {
    let date: Date = text.parse().ok()?;
    (date.to_string() == text).then_some(date)
}
