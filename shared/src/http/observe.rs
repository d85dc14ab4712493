//! Observations from calls to a service: whether it answers, and the difference between its clock and ours.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::Response;
use reqwest::header::{AGE, DATE, HeaderMap};
use serde::Serialize;

use super::{BaseUrl, Fault};
use crate::model::clock::Clock;

/// Differences up to this are normal. Signatures are valid for 300 s.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// Minimum time between two warnings about one service's clock.
const WARNED_EVERY: Duration = Duration::from_secs(60 * 60);

/// By origin. Bounded by the number of services in the settings.
static OBSERVED: Mutex<BTreeMap<String, Entry>> = Mutex::new(BTreeMap::new());

struct Entry {
    latest: Observed,
    warned_at: Option<Instant>,
}

/// Result of the latest call to a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// Time of the call.
    pub at: Timestamp,
    /// Status of the answer; `None` if there was no answer.
    pub status: Option<u16>,
    /// Seconds by which the service's clock is ahead of ours (negative: behind), from the latest answer with a readable
    /// `Date`.
    pub clock_ahead_s: Option<i64>,
}

impl Observed {
    /// Whether the clocks differ by more than [`CLOCK_TOLERANCE`].
    pub fn clocks_differ(&self) -> bool {
        self.clock_ahead_s
            .is_some_and(|ahead| ahead.unsigned_abs() > CLOCK_TOLERANCE.as_secs())
    }
}

/// Result of this process's latest call to the service at `base`.
pub fn observed(base: &BaseUrl) -> Option<Observed> {
    let all = OBSERVED.lock().unwrap_or_else(PoisonError::into_inner);
    all.get(&base.ascii_origin())
        .map(|entry| entry.latest.clone())
}

/// Records the result of a call.
pub(super) fn note(base: &BaseUrl, outcome: &Result<Response, Fault>, clock: &dyn Clock) {
    let (now, answer) = (clock.now(), outcome.as_ref().ok());
    let ahead = answer.and_then(|it| clock_ahead(it.headers(), now));
    let mut all = OBSERVED.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = all.entry(base.ascii_origin()).or_insert_with(|| Entry {
        latest: Observed {
            at: now,
            status: None,
            clock_ahead_s: None,
        },
        warned_at: None,
    });
    entry.latest = Observed {
        at: now,
        status: answer.map(|it| it.status().as_u16()),
        clock_ahead_s: ahead.or(entry.latest.clock_ahead_s),
    };
    let due = entry
        .warned_at
        .is_none_or(|at| at.elapsed() >= WARNED_EVERY);
    if ahead.is_some() && entry.latest.clocks_differ() && due {
        entry.warned_at = Some(Instant::now());
        tracing::warn!(
            service = base.ascii_origin(),
            clock.ahead_s = ahead,
            "a service's clock differs from this machine's by more than 60 s: correct the one that is wrong (NTP). \
             Deliveries are refused when OpenTrain's and ours differ by more than 300 s"
        );
    }
}

/// `Date` is the time at which the answer was created; `Age` is the time in a cache since then.
fn clock_ahead(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let text = |name| headers.get(name)?.to_str().ok();
    let made = DateTimeParser::new()
        .parse_timestamp(text(DATE)?.trim())
        .ok()?;
    let age = text(AGE).map_or(Some(0), |age| age.trim().parse::<u32>().ok())?;
    Some(made.as_second() + i64::from(age) - now.as_second())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn ahead(headers: &[(reqwest::header::HeaderName, &'static str)]) -> Option<i64> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        let now = "2026-06-12T10:00:00.900Z".parse().unwrap();
        clock_ahead(&HeaderMap::from_iter(headers), now)
    }

    #[test]
    fn a_clock_is_read_from_date_and_age() {
        assert_eq!(ahead(&[(DATE, "Fri, 12 Jun 2026 10:00:00 GMT")]), Some(0));
        assert_eq!(ahead(&[(DATE, "Fri, 12 Jun 2026 10:05:10 GMT")]), Some(310));
        assert_eq!(
            ahead(&[(DATE, "Fri, 12 Jun 2026 09:58:00 GMT")]),
            Some(-120)
        );
        let cached = [(DATE, "Fri, 12 Jun 2026 09:00:00 GMT"), (AGE, "3600")];
        assert_eq!(ahead(&cached), Some(0));
        assert_eq!(ahead(&[]), None);
        assert_eq!(ahead(&[(DATE, "yesterday")]), None);
        let odd = [(DATE, "Fri, 12 Jun 2026 10:00:00 GMT"), (AGE, "x")];
        assert_eq!(ahead(&odd), None);
    }
}
