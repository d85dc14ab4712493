//! Active time, tasks and labels, and the notice.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use shared::ledger::AccessState;
use shared::model::clock::{Clock, SystemClock};
use shared::tool::{AnnotationTool, Ask, NotOwn, ToolError, Window};
use simulator::{CvatEvent, UsageRow};

use super::stage::{Stage, adapter, play};
use crate::common::events::email;

const TIME: &str = "send:working_time";

fn today() -> Date {
    SystemClock.now().to_zoned(TimeZone::UTC).date()
}

/// The first second of the day, which is never after the end of a contract that ends today.
fn moment(day: Date) -> String {
    format!("{day} 00:00:00.123000+00:00")
}

async fn hired(s: &Stage) -> (u64, String) {
    let (project, job) = s.job("Streets").await;
    s.cvat.create_user("ann", &email("usr_ann"));
    let contract = s.hire(&job, "usr_ann");
    s.until_state("usr_ann", project, AccessState::Granted)
        .await;
    (project, contract)
}

/// Events of Ann in the log.
fn record(
    s: &Stage,
    project: u64,
    day: Date,
    scope: &str,
    value: &str,
    count: Option<u64>,
    payload: &str,
) {
    let event = CvatEvent {
        scope,
        timestamp: &moment(day),
        obj_name: "state",
        obj_val: value,
        count,
        job: 7,
        payload,
        duration: None,
    };
    s.cvat.record(&email("usr_ann"), project, &event);
}

#[tokio::test]
async fn the_log_is_added_up_by_person_and_day() {
    play(async |s| {
        let (project, contract) = hired(s).await;
        let shapes = format!(
            r#"{{"shapes": "{}, \"\"quoted\"\"\n"}}"#,
            "x".repeat(100_000)
        );
        record(
            s,
            project,
            today(),
            TIME,
            "",
            None,
            r#"{"working_time": 61500, "username": "ann"}"#,
        );
        record(
            s,
            project,
            today(),
            TIME,
            "",
            None,
            r#"{"working_time": 500}"#,
        );
        record(s, project, today(), "create:shapes", "", Some(4), &shapes);
        record(s, project, today(), "create:tracks", "", Some(1), "{}");
        record(s, project, today(), "update:job", "completed", None, "{}");
        let long_ago = today().checked_sub(9.days()).unwrap();
        record(
            s,
            project,
            long_ago,
            TIME,
            "",
            None,
            r#"{"working_time": 9000}"#,
        );
        for _ in 0..2 {
            let report = s.usage().await;
            assert!(report.is_whole(), "{}", report.shortfall());
        }
        let held = s.opentrain.usage(&contract).unwrap();
        let row = UsageRow {
            worker: "usr_ann".to_owned(),
            day: today(),
            seconds: Some(62),
            tasks: Some(1),
            labels: Some(5),
        };
        assert_eq!(held, [row]);
    })
    .await;
}

#[tokio::test]
async fn an_empty_log_contains_no_work() {
    play(async |s| {
        let (_, contract) = hired(s).await;
        let report = s.usage().await;
        assert!(report.is_whole(), "{}", report.shortfall());
        assert!(s.opentrain.usage(&contract).unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn overlapping_spans_count_once() {
    play(async |s| {
        let (project, contract) = hired(s).await;
        for start in ["12:00:00", "12:05:00"] {
            let event = CvatEvent {
                scope: TIME,
                timestamp: &format!("{} {start}.000000+00:00", today()),
                obj_name: "",
                obj_val: "",
                count: None,
                job: 7,
                payload: r#"{"working_time": 600000}"#,
                duration: Some(600_000),
            };
            s.cvat.record(&email("usr_ann"), project, &event);
        }
        s.usage().await;
        let held = &s.opentrain.usage(&contract).unwrap()[0];
        // An event may cover up to 100 s before its own time.
        assert_eq!(held.seconds, Some(1000));
    })
    .await;
}

#[tokio::test]
async fn work_after_the_end_is_counted_apart() {
    play(async |s| {
        let (project, contract) = hired(s).await;
        let work = r#"{"working_time": 60000}"#;
        record(s, project, today(), TIME, "", None, work);
        s.opentrain.end_contract(&contract).unwrap();
        s.until_state("usr_ann", project, AccessState::Removed)
            .await;
        let late = SystemClock.now() + 20.minutes();
        let day = late.to_zoned(TimeZone::UTC).date();
        if day != today() {
            // In the last minutes of a UTC day, the event is of a day that has not begun.
            return;
        }
        let event = CvatEvent {
            scope: TIME,
            timestamp: &late.strftime("%F %T.000000+00:00").to_string(),
            obj_name: "",
            obj_val: "",
            count: None,
            job: 7,
            payload: r#"{"working_time": 3600000}"#,
            duration: None,
        };
        s.cvat.record(&email("usr_ann"), project, &event);
        let report = s.usage().await;
        assert!(report.is_whole(), "{}", report.shortfall());
        let apart = &report.apart[0];
        assert_eq!(apart.why, NotOwn::WithoutContract);
        assert_eq!((apart.pieces, apart.seconds), (1, 3600));
        let held = &s.opentrain.usage(&contract).unwrap()[0];
        assert_eq!(held.seconds, Some(60));
    })
    .await;
}

#[tokio::test]
async fn the_token_is_sent_to_no_other_host() {
    play(async |s| {
        let (project, _) = hired(s).await;
        record(
            s,
            project,
            today(),
            TIME,
            "",
            None,
            r#"{"working_time": 61500}"#,
        );
        s.cvat.point_results_to("files.example.com");
        let report = s.usage().await;
        assert!(
            report.unread[0].reason.contains("on another host"),
            "{:?}",
            report.unread
        );
        assert!(report.sent.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_unreadable_event_is_named_and_does_not_affect_others() {
    play(async |s| {
        let (project, contract) = hired(s).await;
        record(
            s,
            project,
            today(),
            TIME,
            "",
            None,
            r#"{"working_time": 61500}"#,
        );
        record(s, project, today(), TIME, "", None, "{}");
        record(s, project, today(), "create:tags", "", Some(3), "{}");
        let report = s.usage().await;
        let odd = &report.read_in_part[0];
        assert_eq!(
            (odd.project.as_str(), odd.count),
            (&*project.to_string(), 1)
        );
        assert!(odd.rows[0].name.starts_with("event 2 of user "), "{odd:?}");
        assert_eq!(
            odd.rows[0].reason,
            "`working_time` of `payload` should be a number"
        );
        assert!(!report.is_whole());
        let held = &s.opentrain.usage(&contract).unwrap()[0];
        assert_eq!((held.seconds, held.labels), (Some(61), Some(3)));
    })
    .await;
}

#[tokio::test]
async fn a_cvat_without_an_event_log_is_reported() {
    let cvat = simulator::Cvat::start(super::stage::TOKEN, super::stage::TEAM)
        .await
        .unwrap();
    let project = cvat.create_project("Streets", "").to_string();
    cvat.stop_log();
    let window = Window {
        from: today(),
        to: today(),
    };
    let error = adapter(&cvat, false)
        .totals(&project.as_str().into(), &Ask::of(window))
        .await
        .unwrap_err();
    assert!(matches!(&error, ToolError::Operator { reason } if reason.contains("ClickHouse")));
}

#[tokio::test]
async fn a_notice_is_shown_in_the_guide_and_removed() {
    play(async |s| {
        let (project, contract) = hired(s).await;
        s.opentrain.fund(&contract, 1.0, 10.0).unwrap();
        s.idle().await;
        record(
            s,
            project,
            today(),
            TIME,
            "",
            None,
            r#"{"working_time": 3600000}"#,
        );
        s.usage().await;
        s.idle().await;
        let guide = s.cvat.guide(project).unwrap();
        assert!(
            guide.contains("All funded work") && guide.ends_with("Draw boxes."),
            "{guide}"
        );
        s.opentrain.fund(&contract, 9.0, 90.0).unwrap();
        s.idle().await;
        assert_eq!(s.cvat.guide(project).unwrap(), "Draw boxes.");
    })
    .await;
}
