use jiff::civil::date;

use super::*;
use crate::ledger::tests::{at, ledger};

fn hired() -> Hired {
    Hired {
        connection: ConnectionName::default(),
        contract: "ctr_1".into(),
        worker: "usr_1".into(),
    }
}

fn seconds(seconds: i64) -> Measures {
    Measures {
        seconds: Some(seconds),
        ..Measures::default()
    }
}

fn day() -> Date {
    date(2026, 6, 1)
}

fn days(worked: i64) -> BTreeMap<Date, Parts> {
    [(day(), Parts::from([("streets".into(), seconds(worked))]))].into()
}

fn news(read_at: i64, accepted: BTreeMap<Date, Parts>) -> UsageNews {
    UsageNews {
        read_at: at(read_at),
        accepted,
        rejected: BTreeSet::new(),
        uncertain: BTreeMap::new(),
        refused: None,
        mark: None,
        keep_from: date(2026, 1, 1),
    }
}

/// Begins a report of a reading at `read_at`.
async fn begin(ledger: &Ledger, read_at: i64, worked: i64, base: Option<&UsageRow>) -> bool {
    let sending = Sending {
        read_at: at(read_at),
        now: at(100),
        days: &days(worked),
        base,
    };
    let begun = ledger.begin_usage(&hired(), &sending, None).await;
    begun.unwrap().is_some()
}

async fn finish(ledger: &Ledger, news: &UsageNews) -> Option<NewerReport> {
    let newer = ledger.finish_usage(&hired(), news, at(100), None).await;
    newer.unwrap()
}

async fn row(ledger: &Ledger) -> UsageRow {
    ledger.usage(&hired()).await.unwrap().unwrap()
}

#[test]
fn a_measure_that_was_left_out_keeps_what_is_held() {
    let held = Measures {
        tasks: Some(3),
        ..seconds(60)
    };
    let after = Measures {
        tasks: Some(3),
        ..seconds(90)
    };
    assert_eq!(seconds(90).over(held), after);
}

#[tokio::test]
async fn a_day_is_uncertain_until_its_report_has_ended() {
    let (ledger, _) = ledger();
    assert!(begin(&ledger, 1, 60, None).await);
    let begun = row(&ledger).await;
    assert!(begun.is_uncertain(day()) && begun.days.is_empty());
    assert_eq!(begun.held(day()), days(60).get(&day()), "it may be held");
    finish(&ledger, &news(1, days(60))).await;
    let done = row(&ledger).await;
    assert!(!done.is_uncertain(day()));
    assert_eq!(done.days, days(60));
}

#[tokio::test]
async fn an_older_reading_is_not_sent() {
    let (ledger, _) = ledger();
    assert!(begin(&ledger, 5, 60, None).await);
    finish(&ledger, &news(5, days(60))).await;
    let stored = row(&ledger).await;
    assert!(!begin(&ledger, 4, 30, Some(&stored)).await);
    assert!(
        begin(&ledger, 5, 30, Some(&stored)).await,
        "of the same moment"
    );
}

#[tokio::test]
async fn a_moment_in_the_future_holds_no_report_up() {
    let (ledger, _) = ledger();
    assert!(begin(&ledger, 500, 60, None).await, "the clock was wrong");
    let stored = row(&ledger).await;
    assert!(begin(&ledger, 90, 30, Some(&stored)).await);
}

#[tokio::test]
async fn a_newer_report_that_began_meanwhile_is_sent_again() {
    let (ledger, _) = ledger();
    assert!(begin(&ledger, 4, 30, None).await);
    let stored = row(&ledger).await;
    assert!(begin(&ledger, 5, 60, Some(&stored)).await);
    let newer = NewerReport {
        read_at: at(5),
        days: days(60),
    };
    assert_eq!(finish(&ledger, &news(4, days(30))).await, Some(newer));
    assert!(
        row(&ledger).await.days.is_empty(),
        "the newer one records it"
    );
    assert_eq!(finish(&ledger, &news(5, days(60))).await, None);
    assert_eq!(row(&ledger).await.days, days(60));
}

#[tokio::test]
async fn a_day_that_another_report_changed_is_left_to_the_next_run() {
    let (ledger, _) = ledger();
    assert!(begin(&ledger, 4, 30, None).await);
    finish(&ledger, &news(4, days(30))).await;
    assert!(
        !begin(&ledger, 5, 60, None).await,
        "it was computed from no row"
    );
}

#[tokio::test]
async fn days_that_are_long_over_are_forgotten() {
    let (ledger, _) = ledger();
    let old = BTreeMap::from([(date(2025, 12, 31), days(60)[&day()].clone())]);
    finish(&ledger, &news(1, old)).await;
    finish(&ledger, &news(2, days(1))).await;
    assert_eq!(row(&ledger).await.days, days(1));
}

#[test]
fn a_row_is_stored_and_read_back() {
    let owned = Owned {
        project: "fields".into(),
        from: Some(day()),
        to: None,
    };
    let missing = Missing {
        project: "fields".into(),
        day: day(),
        since: at(7),
    };
    let row = UsageRow {
        days: days(60),
        sending: days(90),
        read_at: Some(at(9)),
        open_from: Some(day()),
        older_on: Some(day()),
        owned: [owned].into(),
        missing: vec![missing],
        settled: [day()].into(),
        ran_on: Some(day()),
        sealed_to: Some(day()),
        zeroed: [day()].into(),
        lost: [(day(), WhyLost::LinkRemoved)].into(),
        ..UsageRow::new(hired())
    };
    let text = serde_json::to_string(&row).unwrap();
    assert_eq!(serde_json::from_str::<UsageRow>(&text).unwrap(), row);
}

/// The row of an earlier install is never shortened.
#[test]
fn a_joined_row_forgets_old_days() {
    let earlier = Hired {
        connection: ConnectionName::parse("earlier").unwrap(),
        ..hired()
    };
    let old = UsageRow {
        days: [(date(2025, 12, 31), days(60)[&day()].clone())].into(),
        ..UsageRow::new(earlier)
    };
    let own = UsageRow {
        days: days(60),
        read_at: Some(at(9)),
        ..UsageRow::new(hired())
    };
    let joined = UsageRow::joined(&hired(), vec![old, own.clone()], day());
    assert_eq!(joined, Some(own));
}

/// A day costs little, so that seventy of them stay small.
#[test]
fn seventy_days_are_less_than_four_kilobytes() {
    let parts = || {
        let measures = Measures {
            seconds: Some(28_800),
            tasks: Some(240),
            labels: Some(2_400),
        };
        Parts::from([("a-project-of-the-tool".into(), measures)])
    };
    let dates = day().series(jiff::ToSpan::days(1)).take(70);
    let row = UsageRow {
        days: dates.map(|day| (day, parts())).collect(),
        ..UsageRow::new(hired())
    };
    let size = serde_json::to_string(&row).unwrap().len();
    assert!(size < 4096, "{size} bytes");
}

#[test]
fn days_of_the_first_form_are_of_no_known_project() {
    let text = r#"{"connection":"default","contract":"ctr_1","worker":"usr_1",
        "days":{"2026-06-01":{"seconds":60}},"refused":null}"#;
    let row: UsageRow = serde_json::from_str(text).unwrap();
    assert_eq!(
        row.days[&day()],
        Parts::from([(unknown_project(), seconds(60))])
    );
    let text = serde_json::to_string(&row).unwrap();
    assert_eq!(serde_json::from_str::<UsageRow>(&text).unwrap(), row);
}
