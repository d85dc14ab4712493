//! Compares this machine's clock with those of OpenTrain and the tool, from the `Date` of their answers to this check.

use shared::http::{BaseUrl, observed};

use super::super::findings::{Finding, good, note, wrong};

const PART: &str = "clocks";

/// Seconds of a difference that a `Date` without fractions can't show.
const PRECISION: u64 = 2;

/// OpenTrain's clock. A delivery is refused if the time in its signature differs by more than 5 minutes.
pub(super) fn opentrain(base: &BaseUrl) -> Option<Finding> {
    let (ahead, differs) = read(base)?;
    Some(match differs {
        false => good(PART, format!("OpenTrain's clock {}", shown(ahead))),
        true => wrong(
            PART,
            format!(
                "OpenTrain's clock {}: deliveries are refused if the difference exceeds 5 minutes",
                shown(ahead)
            ),
            "correct this machine's clock (NTP). If it is right, report it to OpenTrain",
        ),
    })
}

/// The tool's clock. Days of work are those of the tool.
pub(super) fn tool(base: &BaseUrl) -> Option<Finding> {
    let (ahead, differs) = read(base)?;
    Some(match differs {
        false => good(PART, format!("the tool's clock {}", shown(ahead))),
        true => note(
            PART,
            format!(
                "the tool's clock {}: work near midnight counts for another day",
                shown(ahead)
            ),
            "correct the clock that is wrong (NTP)",
        ),
    })
}

/// The seconds by which the service's clock is ahead, and whether that is too much. `None` if no answer had a `Date`.
fn read(base: &BaseUrl) -> Option<(i64, bool)> {
    let seen = observed(base)?;
    Some((seen.clock_ahead_s?, seen.clocks_differ()))
}

fn shown(ahead: i64) -> String {
    let seconds = ahead.unsigned_abs();
    match ahead {
        _ if seconds <= PRECISION => "agrees with this machine's".to_owned(),
        1.. => format!("is {seconds} s ahead of this machine's"),
        _ => format!("is {seconds} s behind this machine's"),
    }
}
