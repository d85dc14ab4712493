//! The header `Retry-After` (RFC 9110, 10.2.3).

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// Longer values are not meaningful. The limit also keeps sums of times in bounds.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Seconds, or a date; a date in the past is zero. `None` if it is neither.
pub(super) fn parse(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // A number that overflows still requests a long pause.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        Duration::try_from(date(value)?.duration_since(now)).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

/// Parses an HTTP date.
pub(super) fn date(value: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        "1994-11-06T08:49:00Z".parse().unwrap()
    }

    #[test]
    fn seconds_or_a_date() {
        let after = |value| parse(value, now()).map(|d| d.as_secs());
        assert_eq!(after("120"), Some(120));
        assert_eq!(after(" 0 "), Some(0));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(37));
        assert_eq!(after("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(
            after("Mon, 06 Nov 2094 08:00:00 GMT"),
            None,
            "the wrong day of the week"
        );
        assert_eq!(after("99999999999999999999999"), Some(86_400));
        for neither in ["", "-1", "1.5", "soon", "1 2"] {
            assert_eq!(after(neither), None, "{neither}");
        }
    }

    proptest! {
        #[test]
        fn every_second_count_is_read(seconds: u64) {
            let expected = Duration::from_secs(seconds.min(86_400));
            prop_assert_eq!(parse(&seconds.to_string(), now()), Some(expected));
        }

        #[test]
        fn every_date_is_read(ahead in 0i64..86_400) {
            let until = now() + jiff::SignedDuration::from_secs(ahead);
            let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&until).unwrap();
            prop_assert_eq!(parse(&date, now()), Some(Duration::from_secs(ahead.unsigned_abs())));
        }

        #[test]
        fn nothing_makes_it_panic(value in "\\PC{0,40}") {
            let _ = parse(&value, now());
        }
    }
}
