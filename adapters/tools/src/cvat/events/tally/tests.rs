use jiff::civil::date;

use super::*;

fn window() -> Window {
    Window {
        from: date(2026, 3, 1),
        to: date(2026, 3, 2),
    }
}

fn tally(events: &[(&str, &str, &str, &str, &str)]) -> Result<Vec<DayTotal>, Odd> {
    let gaps = Gaps::default();
    let mut tally = Tally::new(window(), &gaps);
    for (timestamp, scope, obj_val, count, payload) in events {
        tally.add(&Record {
            scope,
            timestamp,
            obj_name: "state",
            obj_val,
            count,
            job_id: "7",
            user_id: "5",
            payload,
            duration: "",
        })?;
    }
    Ok(tally.totals().0)
}

const NOON: &str = "2026-03-01 12:00:00.123000+00:00";
const TIME: &str = "send:working_time";

#[test]
fn a_day_is_added_up() {
    let totals = tally(&[
        (NOON, TIME, "", "", r#"{"working_time": 61500}"#),
        (
            "2026-03-01 23:59:59.999000",
            TIME,
            "",
            "",
            r#"{"working_time": 1499.6}"#,
        ),
        (NOON, "create:shapes", "", "3", "{}"),
        (NOON, "create:tags", "", "1", "{}"),
        (NOON, "delete:shapes", "", "9", "{}"),
        (NOON, "update:job", "completed", "", "{}"),
        (NOON, "update:job", "in progress", "", "{}"),
        (NOON, "update:job", "completed", "", "{}"),
        ("2026-03-03T00:00:00Z", "create:tags", "", "5", "{}"),
    ]);
    let totals = totals.unwrap();
    assert_eq!(totals.len(), 1, "the day after was not asked for");
    let day = &totals[0];
    assert_eq!(
        (day.total_seconds, day.tasks_completed, day.labels_completed),
        (Some(63), Some(1), Some(4))
    );
    assert_eq!(
        (&day.worker, day.work_date),
        (&Worker::Member("5".into()), date(2026, 3, 1))
    );
}

#[test]
fn a_day_without_measured_activity_has_no_seconds() {
    let totals = tally(&[("2026-03-02 00:00:00", "create:tracks", "", "2", "{}")]).unwrap();
    assert_eq!(
        (totals[0].total_seconds, totals[0].labels_completed),
        (None, Some(2))
    );
}

#[test]
fn what_cannot_be_read_is_not_left_out() {
    for (timestamp, scope, count, payload) in [
        ("soon", "create:tags", "1", "{}"),
        (NOON, "create:tags", "many", "{}"),
        (NOON, TIME, "", "{}"),
    ] {
        assert!(
            tally(&[(timestamp, scope, "", count, payload)]).is_err(),
            "{scope}"
        );
    }
}

#[test]
fn one_event_counts_at_most_a_day() {
    let totals = tally(&[(NOON, TIME, "", "", r#"{"working_time": 1e300}"#)]).unwrap();
    assert_eq!(totals[0].total_seconds, Some(86_400));
}

/// One send of working time.
fn sent<'a>(timestamp: &'a str, payload: &'a str, duration: &'a str) -> Record<'a> {
    Record {
        scope: TIME,
        timestamp,
        obj_name: "",
        obj_val: "",
        count: "1",
        job_id: "7",
        user_id: "5",
        payload,
        duration,
    }
}

#[test]
fn the_column_comes_before_the_payload() {
    let gaps = Gaps::default();
    let mut tally = Tally::new(window(), &gaps);
    let payload = r#"{"working_time": 9000}"#;
    for event in [
        sent(NOON, payload, "61000"),
        sent("2026-03-02 12:00:00", payload, "None"),
        sent("2026-03-02 13:00:00", "{}", "2000.0"),
    ] {
        tally.add(&event).unwrap();
    }
    let seconds: Vec<_> = tally.totals().0.iter().map(|it| it.total_seconds).collect();
    assert_eq!(seconds, [Some(61), Some(11)]);
}

/// Ninety seconds of work every ninety seconds for an hour, sent twice, as by two tabs.
#[test]
fn sends_that_overlap_count_once() {
    let gaps = Gaps::default();
    let mut tally = Tally::new(window(), &gaps);
    for _ in 0..2 {
        for number in 0..40 {
            let (minute, second) = (number * 90 / 60, number * 90 % 60);
            let at = format!("2026-03-01 12:{minute:02}:{second:02}");
            tally.add(&sent(&at, "{}", "90000")).unwrap();
        }
    }
    // The measured time may have begun up to 90 s before the first event of a send.
    assert_eq!(tally.totals().0[0].total_seconds, Some(3690));
}

#[test]
fn what_is_sent_without_a_contract_is_counted_apart() {
    let mut gaps = Gaps::default();
    let at = |text: &str| text.parse().unwrap();
    let member = || Worker::Member("5".into());
    gaps.add(
        member(),
        at("2026-03-01T12:30:00Z"),
        at("2026-03-01T13:00:00Z"),
    );
    let mut tally = Tally::new(window(), &gaps);
    for minute in ["12:00", "12:40", "13:10"] {
        let at = format!("2026-03-01 {minute}:00");
        tally.add(&sent(&at, "{}", "60000")).unwrap();
    }
    let (days, apart) = tally.totals();
    assert_eq!(days[0].total_seconds, Some(120));
    let left = Apart {
        worker: member(),
        work_date: date(2026, 3, 1),
        why: NotOwn::WithoutContract,
        pieces: 1,
        seconds: 60,
    };
    assert_eq!(apart, [left]);
}

#[test]
fn a_day_with_an_unreadable_event_may_be_too_low() {
    let gaps = Gaps::default();
    let mut tally = Tally::new(window(), &gaps);
    tally.add(&sent(NOON, "{}", "60000")).unwrap();
    tally
        .add(&sent("2026-03-02 12:00:00", "{}", "60000"))
        .unwrap();
    assert!(tally.add(&sent(NOON, "{}", "")).is_err());
    let in_part: Vec<_> = tally.totals().0.iter().map(|it| it.in_part).collect();
    assert_eq!(in_part, [true, false]);
}
