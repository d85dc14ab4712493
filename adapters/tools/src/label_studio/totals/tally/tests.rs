mod reviews;

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use jiff::civil::date;
use serde_json::{Value, json};

use super::*;

fn window() -> Window {
    Window {
        from: date(2026, 6, 10),
        to: date(2026, 6, 11),
    }
}

/// An annotation of its own by account 2 at noon of the window's first day, with changes.
fn annotation(changes: Value) -> Value {
    static LAST_ID: AtomicU64 = AtomicU64::new(100);
    let mut annotation = json!({
        "id": LAST_ID.fetch_add(1, Ordering::Relaxed),
        "completed_by": 2,
        "updated_by": 2,
        "created_at": "2026-06-10T12:00:00.000000Z",
        "updated_at": "2026-06-10T12:00:00.500000Z",
        "parent_prediction": null,
        "lead_time": 10.0,
        "was_cancelled": false,
        "ground_truth": false,
        "result": [{ "id": "a", "type": "choices" }],
    });
    for (key, value) in changes.as_object().unwrap() {
        annotation[key] = value.clone();
    }
    annotation
}

/// Counts tasks that hold these annotations.
fn count(tasks: &[Vec<Value>], written: Written) -> Counted {
    let gaps = Gaps::default();
    count_with(tasks, written, &gaps)
}

fn count_with(tasks: &[Vec<Value>], written: Written, gaps: &Gaps) -> Counted {
    let mut tally = Tally::new(window(), gaps, 3600, written);
    for (id, annotations) in tasks.iter().enumerate() {
        let task = json!({ "id": id + 1, "annotations": annotations });
        tally.add(&serde_json::from_value(task).unwrap());
    }
    tally.counted()
}

/// The totals of tasks that hold these annotations: (worker, day, seconds, tasks, labels, disputed).
fn totals(tasks: &[Vec<Value>]) -> Vec<(String, i8, Option<i64>, i64, i64, u64)> {
    rows(count(tasks, Written::default()))
}

fn rows(counted: Counted) -> Vec<(String, i8, Option<i64>, i64, i64, u64)> {
    let row = |it: DayTotal| {
        let Worker::Member(who) = it.worker else {
            panic!("by the tool's own id")
        };
        let (tasks, labels) = (it.tasks_completed.unwrap(), it.labels_completed.unwrap());
        let day = it.work_date.day();
        (
            who.to_string(),
            day,
            it.total_seconds,
            tasks,
            labels,
            it.disputed,
        )
    };
    let totals = counted.days.whole().unwrap();
    totals.into_iter().map(row).collect()
}

fn one(changes: Value) -> (Option<i64>, i64, i64, u64) {
    let all = totals(&[vec![annotation(changes)]]);
    let (_, _, seconds, tasks, labels, disputed) = all[0].clone();
    (seconds, tasks, labels, disputed)
}

/// Two queries, or two pages while people work, may show the same task.
#[test]
fn a_task_that_is_shown_twice_counts_once() {
    let gaps = Gaps::default();
    let mut tally = Tally::new(window(), &gaps, 3600, Written::default());
    for _ in 0..2 {
        let task = json!({ "id": 1, "annotations": [annotation(json!({}))] });
        tally.add(&serde_json::from_value(task).unwrap());
    }
    let row = ("2".into(), 10, Some(10), 1, 1, 0);
    assert_eq!(rows(tally.counted()), [row]);
}

#[test]
fn people_and_days_are_kept_apart() {
    let later = json!({ "created_at": "2026-06-11T00:00:00Z", "result": [{ "id": "b" }] });
    let other = json!({ "completed_by": { "id": 3 }, "updated_by": { "id": 3 } });
    let tasks = [
        vec![annotation(json!({})), annotation(other)],
        vec![annotation(later), annotation(json!({}))],
    ];
    assert_eq!(
        totals(&tasks),
        [
            ("2".into(), 10, Some(20), 2, 2, 0),
            ("2".into(), 11, Some(10), 1, 1, 0),
            ("3".into(), 10, Some(10), 1, 1, 0),
        ]
    );
}

#[test]
fn what_a_browser_says_of_time_is_kept_within_bounds() {
    assert_eq!(one(json!({ "lead_time": 99_999.5 })).0, Some(3600));
    assert_eq!(one(json!({ "lead_time": 1e300 })).0, Some(3600));
    assert_eq!(one(json!({ "lead_time": -5.0 })).0, Some(0));
    assert_eq!(one(json!({ "lead_time": null })).0, None);
    let full: Vec<_> = (0..25)
        .map(|_| vec![annotation(json!({ "lead_time": 3600 }))])
        .collect();
    assert_eq!(totals(&full)[0].2, Some(86_400), "a day has no more");
}

#[test]
fn parts_of_seconds_are_added_up_before_they_are_cut() {
    let parts: Vec<_> = (0..5)
        .map(|_| vec![annotation(json!({ "lead_time": 0.6 }))])
        .collect();
    assert_eq!(totals(&parts)[0].2, Some(3));
}

#[test]
fn a_skip_takes_time_and_finishes_nothing() {
    assert_eq!(one(json!({ "was_cancelled": true })), (Some(10), 0, 0, 0));
}

#[test]
fn a_task_with_any_content_is_finished_once() {
    let two = vec![annotation(json!({})), annotation(json!({}))];
    assert_eq!(totals(&[two])[0].3, 1);
}

#[test]
fn labels_are_unique_ids() {
    let result = json!([{ "id": "a" }, { "id": "a" }, { "id": "b" }, { "type": "relation" }]);
    assert_eq!(one(json!({ "result": result })).2, 2);
}

#[test]
fn annotations_of_no_worker_count_as_no_work() {
    for nobody in [
        json!({ "ground_truth": true }),
        json!({ "completed_by": null }),
    ] {
        assert!(totals(&[vec![annotation(nobody)]]).is_empty());
    }
}

#[test]
fn days_that_were_not_asked_for_are_left_out() {
    for day in ["2026-06-09T23:59:59.999999Z", "2026-06-12T00:00:00Z"] {
        let outside = annotation(json!({ "created_at": day }));
        assert!(totals(&[vec![outside]]).is_empty(), "{day}");
    }
}

/// Reason, number and seconds of the pieces that are counted separately.
fn apart(counted: &Counted) -> Vec<(NotOwn, u64, i64)> {
    let apart = counted.apart.iter();
    apart.map(|it| (it.why, it.pieces, it.seconds)).collect()
}

#[test]
fn what_the_person_did_not_write_is_counted_apart() {
    for (changes, why) in [
        (json!({ "updated_by": null }), NotOwn::Imported),
        (
            json!({ "updated_by": null, "parent_prediction": 4 }),
            NotOwn::Predicted,
        ),
        (json!({ "updated_by": 9 }), NotOwn::ByAnother),
    ] {
        let counted = count(&[vec![annotation(changes)]], Written::default());
        assert_eq!(apart(&counted), [(why, 1, 10)]);
        assert!(counted.days.is_empty());
    }
}

#[test]
fn what_was_made_without_a_contract_is_counted_apart() {
    let mut gaps = Gaps::default();
    let at = |text: &str| text.parse().unwrap();
    let ended = at("2026-06-10T11:00:00Z");
    gaps.add(Worker::Member("2".into()), ended, Timestamp::MAX);
    let early = annotation(json!({ "created_at": "2026-06-10T10:00:00Z" }));
    let tasks = [vec![early, annotation(json!({}))]];
    let counted = count_with(&tasks, Written::default(), &gaps);
    assert_eq!(apart(&counted), [(NotOwn::WithoutContract, 1, 10)]);
    assert_eq!(rows(counted)[0].2, Some(10));
}

#[test]
fn an_annotation_that_is_moved_while_it_is_read_counts_once() {
    let moved = annotation(json!({}));
    let tasks = [vec![moved.clone()], vec![moved]];
    assert_eq!(totals(&tasks), [("2".into(), 10, Some(10), 1, 1, 0)]);
}

#[test]
fn a_duplicated_region_counts_once_in_a_task() {
    let later = json!({ "id": 18, "created_at": "2026-06-11T12:00:00Z" });
    let tasks = [
        vec![annotation(later), annotation(json!({}))],
        vec![annotation(json!({ "id": 19 }))],
    ];
    let labels: Vec<_> = totals(&tasks).iter().map(|row| (row.1, row.4)).collect();
    assert_eq!(
        labels,
        [(10, 2), (11, 0)],
        "on the day when it was first made"
    );
}

#[test]
fn a_day_with_an_unreadable_piece_may_be_too_low() {
    let odd = annotation(json!({ "id": 18, "lead_time": "long" }));
    let other = annotation(json!({ "completed_by": 3, "updated_by": 3 }));
    let counted = count(&[vec![odd, other]], Written::default());
    let days = counted.days.readable();
    let in_part: Vec<_> = days.iter().map(|it| it.in_part).collect();
    assert_eq!(in_part, [true, false]);
    let counted = count(&[vec![annotation(json!({})), json!(7)]], Written::default());
    assert!(counted.days.readable()[0].in_part, "it may be hers");
}
