//! Rows of totals are read independently.

use serde_json::json;
use shared::tool::{DayTotal, Worker};
use wiremock::{MockServer, ResponseTemplate};

use crate::rest::totals::{first_page, row, totals};

/// The remaining rows of one page, as (trainer, seconds), and the messages about the others.
async fn read(page: &str) -> (Vec<(String, Option<i64>)>, Vec<String>) {
    let server = MockServer::start().await;
    let body = ResponseTemplate::new(200).set_body_raw(page.to_owned(), "application/json");
    first_page()
        .respond_with(body)
        .expect(1)
        .mount(&server)
        .await;
    let (rows, unreadable) = totals(&server).await.unwrap().unwrap().into_parts();
    let row = |it: DayTotal| match it.worker {
        Worker::Trainer(trainer) => (trainer.to_string(), it.total_seconds),
        Worker::Member(_) => panic!("this tool knows trainers"),
    };
    (
        rows.into_iter().map(row).collect(),
        unreadable.lines().collect(),
    )
}

#[tokio::test]
async fn a_row_that_violates_the_contract_does_not_affect_others() {
    let address = "maria@opentrain.work";
    for (odd, named) in [
        (
            json!({ "workDate": "2026-02-27" }),
            "row at position 2: `trainerId` is missing".to_owned(),
        ),
        (
            json!({ "trainerId": null, "workDate": "2026-02-27" }),
            format!("row at position 2: `trainerId` should be {ID}"),
        ),
        (
            json!({ "trainerId": "usr_2" }),
            "row usr_2: `workDate` is missing".to_owned(),
        ),
        (
            row("usr_2", "27/02/2026", 1),
            "row usr_2 27/02/2026: `workDate` should be a day, such as 2026-01-31".to_owned(),
        ),
        (
            json!({ "trainerId": "usr_2", "workDate": "2026-02-27", "totalSeconds": address }),
            "row usr_2 2026-02-27: `totalSeconds` should be a number".to_owned(),
        ),
        (
            json!({ "trainerId": "usr_2", "workDate": "2026-02-27", "labelsCompleted": 1_u64 << 63 }),
            "row usr_2 2026-02-27: `labelsCompleted` should be a number below 2^63".to_owned(),
        ),
        (
            json!({ "trainerId": address, "workDate": "2026-02-27", "tasksCompleted": [] }),
            "row …@… 2026-02-27: `tasksCompleted` should be a number".to_owned(),
        ),
        (
            row("usr_2", "2026-02-26", 1),
            "row usr_2 2026-02-26: `workDate` should be from 2026-02-27 to 2026-03-01".to_owned(),
        ),
        (
            row("usr_2", "2026-03-02", 1),
            "row usr_2 2026-03-02: `workDate` should be from 2026-02-27 to 2026-03-01".to_owned(),
        ),
        (
            json!("usr_2"),
            "row at position 2: it should be an object".to_owned(),
        ),
    ] {
        let page = json!({ "totals": [row("usr_1", "2026-02-27", 1), odd, row("usr_3", "2026-02-27", 3)] });
        let (rows, unreadable) = read(&page.to_string()).await;
        assert_eq!(
            rows,
            [("usr_1".to_owned(), Some(1)), ("usr_3".to_owned(), Some(3))],
            "{odd}"
        );
        assert_eq!(unreadable, [named]);
    }
}

const ID: &str = "an id, which is text or a whole number";

#[tokio::test]
async fn unambiguous_values_are_read() {
    for (written, seconds) in [
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":600.0}"#,
            Some(600),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":600.9}"#,
            Some(600),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":"600"}"#,
            Some(600),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":null}"#,
            None,
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":-5}"#,
            Some(-5),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":1e300}"#,
            Some(i64::MAX),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-26T23:30:00-02:00","totalSeconds":1}"#,
            Some(1),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":1,"name":"\ud83d"}"#,
            Some(1),
        ),
    ] {
        let (rows, unreadable) = read(&format!("\u{feff}{{\"totals\":[{written}]}}")).await;
        assert_eq!(rows, [("usr_1".to_owned(), seconds)], "{written}");
        assert_eq!(unreadable, [""; 0], "{written}");
    }
    let (rows, _) = read(r#"{"totals":[{"trainerId":77,"workDate":"2026-02-27"}]}"#).await;
    assert_eq!(rows, [("77".to_owned(), None)]);
}

#[tokio::test]
async fn two_different_totals_of_one_day_are_refused() {
    let day = "2026-02-27";
    let rows = [("usr_1", 10), ("usr_2", 5), ("usr_1", 20), ("usr_1", 10)];
    let rows = rows.map(|(trainer, seconds)| row(trainer, day, seconds));
    let (rows, unreadable) = read(&json!({ "totals": rows }).to_string()).await;
    assert_eq!(rows, [("usr_2".to_owned(), Some(5))]);
    assert_eq!(
        unreadable,
        ["row usr_1 2026-02-27: there should be one total for each trainer and day"]
    );
}
