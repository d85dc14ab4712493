use jiff::civil::date;
use serde_json::{Value, json};

use super::*;

fn window() -> Window {
    Window {
        from: date(2026, 6, 10),
        to: date(2026, 6, 11),
    }
}

/// An annotation by account 2 at noon of the window's first day, with changes.
fn annotation(changes: Value) -> Value {
    let mut annotation = json!({
        "completed_by": 2,
        "updated_by": 2,
        "created_at": "2026-06-10T12:00:00.000000Z",
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

/// The totals of tasks that hold these annotations: (worker, day, seconds, tasks, labels, disputed).
fn totals(tasks: &[Vec<Value>]) -> Vec<(String, i8, Option<i64>, i64, i64, u64)> {
    let mut tally = Tally::new(window(), 3600);
    for (id, annotations) in tasks.iter().enumerate() {
        let task = json!({ "id": id + 1, "annotations": annotations });
        tally.add(&serde_json::from_value(task).unwrap());
    }
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
    let totals = tally.totals().whole().unwrap();
    totals.into_iter().map(row).collect()
}

fn one(changes: Value) -> (Option<i64>, i64, i64, u64) {
    let all = totals(&[vec![annotation(changes)]]);
    let (_, _, seconds, tasks, labels, disputed) = all[0].clone();
    (seconds, tasks, labels, disputed)
}

#[test]
fn people_and_days_are_kept_apart() {
    let later = json!({ "created_at": "2026-06-11T00:00:00Z" });
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
    let full = vec![vec![annotation(json!({ "lead_time": 3600 }))]; 25];
    assert_eq!(totals(&full)[0].2, Some(86_400), "a day has no more");
}

#[test]
fn parts_of_seconds_are_added_up_before_they_are_cut() {
    let parts = vec![vec![annotation(json!({ "lead_time": 0.6 }))]; 5];
    assert_eq!(totals(&parts)[0].2, Some(3));
}

#[test]
fn a_skip_takes_time_and_finishes_nothing() {
    assert_eq!(one(json!({ "was_cancelled": true })), (Some(10), 0, 0, 0));
}

#[test]
fn a_task_is_finished_once_whatever_is_in_it() {
    let two = vec![annotation(json!({})), annotation(json!({}))];
    assert_eq!(totals(&[two])[0].3, 1);
}

#[test]
fn labels_are_unique_ids() {
    let result = json!([{ "id": "a" }, { "id": "a" }, { "id": "b" }, { "type": "relation" }]);
    assert_eq!(one(json!({ "result": result })).2, 2);
}

#[test]
fn answers_to_measure_others_by_are_nobodys_work() {
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

#[test]
fn a_piece_that_somebody_else_wrote_is_pointed_out() {
    assert_eq!(one(json!({ "updated_by": 9 })).3, 1);
    assert_eq!(one(json!({ "updated_by": null })).3, 0);
}
