//! Looks that arrive late, or by a clock that is wrong.

use super::*;

#[test]
fn an_earlier_look_that_comes_late_is_left_out() {
    let mut known = after(&[
        look("2026-03-01T10:00:00Z", &[(ANN, 0)], None),
        look("2026-03-01T12:00:00Z", &[(ANN, 9)], None),
    ]);
    known.take(&look("2026-03-01T11:00:00Z", &[(ANN, 4)], None));
    assert_eq!(known.told(ANN), ["2026-03-01: 9/-"]);
}

#[test]
fn a_clock_that_was_ahead_loses_no_day() {
    let mut known = after(&[look("2026-03-01T10:00:00Z", &[(ANN, 0)], Some(&[]))]);
    let mut take = |at: &str, tasks: i64| {
        let labels: &[_] = &[(ANN, 2 * tasks)];
        let seen = look(at, &[(ANN, tasks)], Some(labels));
        known.take_at(&seen, seen.asked_at);
        known.told(ANN)
    };
    take("2026-03-01T11:00:00Z", 2);
    let ahead = take("2028-11-25T11:00:00Z", 5);
    assert_eq!(ahead, ["2026-03-01: 2/4", "2028-11-25: 3/6"]);
    let once = take("2026-03-01T12:00:00Z", 6);
    assert_eq!(once, ahead, "which of the two clocks is right is not known");
    assert_eq!(take("2026-03-01T13:00:00Z", 6), ["2026-03-01: 6/12"]);
    let later = take("2026-03-02T12:00:00Z", 9);
    assert_eq!(later, ["2026-03-01: 6/12", "2026-03-02: 3/6"]);
}

#[test]
fn a_clock_that_was_behind_once_moves_no_day() {
    for behind in ["2026-03-02T12:00:00Z", "2026-01-01T12:00:00Z"] {
        let mut known = after(&[look("2026-03-01T10:00:00Z", &[(ANN, 0)], None)]);
        let mut take = |at: &str, tasks: i64| {
            let seen = look(at, &[(ANN, tasks)], None);
            known.take_at(&seen, seen.asked_at);
            known.told(ANN)
        };
        for (at, tasks) in [(2, 4), (3, 8), (4, 12)] {
            take(&format!("2026-03-0{at}T12:00:00Z"), tasks);
        }
        let days = ["2026-03-02: 4/-", "2026-03-03: 4/-", "2026-03-04: 4/-"];
        assert_eq!(take(behind, 12), days, "{behind}");
        assert_eq!(take("2026-03-04T13:00:00Z", 12), days);
        assert_eq!(take(behind, 13), days, "not twice in a row");
        let more = take("2026-03-04T14:00:00Z", 14);
        assert_eq!(more[2], "2026-03-04: 6/-");
    }
}
