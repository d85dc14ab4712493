//! The command, the schedule, and the sample of its invocation.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;

use jiff::civil::Date;
use serde_json::Value;
use shared::ledger::{Hired, Measures};
use shared::model::clock::SystemClock;
use shared::queue::{Limits, Queue, SqliteQueue};
use shared::sqlite::Database;
use shared::usage::{Options, Report};
use simulator::{Fault, On, ToolCall, What, Work};

use crate::common::command::{command, output};
use crate::common::world::{World, play};
use crate::usage::books::{PROJECT, began, day, held, hired, report, worked};

/// `bridge usage` with these flags.
async fn usage(world: &World, database: &Path, flags: &[&str]) -> Output {
    output(command(world, database, &[&["usage"], flags].concat())).await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn the_bridge_that_runs_is_asked() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let output = usage(world, &world.file(), &["--json"]).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        let report: Report = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((report.entries(), report.is_whole()), (1, true));
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
    })
    .await;
}

#[tokio::test]
async fn where_no_bridge_runs_the_command_does_it_and_says_what_is_missing() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 5).await;
        worked(world, "usr_maria", 0, Work::of_seconds(90_000));
        worked(world, "usr_maria", 1, Work::new(3661, 2, 3));
        let output = usage(world, &world.copy(), &[]).await;
        assert_eq!(output.status.code(), Some(1), "not all was accepted");
        assert_eq!(held(world, &contract), [(day(1), Some(3661))]);
        let (table, error) = (text(&output.stdout), text(&output.stderr));
        for told in [
            "1 entry of 1 hire sent",
            "1:01:01",
            "held back",
            "25:00:00",
            &contract,
        ] {
            assert!(table.contains(told), "{told} is not in\n{table}");
        }
        assert!(
            error.contains("not all work is reported: 1 total held back"),
            "{error}"
        );
        assert!(
            !table.contains('\x1b') && !error.contains('\x1b'),
            "no colours without a terminal"
        );
    })
    .await;
}

/// The cells of the rows of a table that begins with this header and has this number of columns.
fn cells(text: &str, header: &str, columns: usize) -> BTreeSet<Vec<String>> {
    let lines = text.lines().map(str::trim);
    let lines = lines.skip_while(|line| !line.starts_with(header) || !line.contains("worker"));
    let rows = lines
        .skip(1)
        .take_while(|line| !line.contains("days reported"));
    let rows = rows.filter(|line| line.split_whitespace().count() >= columns);
    let row = |line: &str| {
        line.split_whitespace()
            .take(columns)
            .map(str::to_owned)
            .collect()
    };
    rows.filter(|line| line.starts_with("ctr_"))
        .map(row)
        .collect()
}

#[tokio::test]
async fn the_tables_hold_what_the_json_holds() {
    play(async |world| {
        let (job, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 5).await;
        world.trainer("usr_tomas");
        world.hire(&job, "usr_tomas");
        world.opentrain.settle().await.unwrap();
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(90_000));
        worked(world, "usr_maria", 1, Work::new(3661, 2, 3));
        worked(world, "usr_tomas", 0, Work::new(60, 1, 0));
        let copy = world.copy();
        let json = usage(world, &copy, &["--dry-run", "--json"]).await;
        let report: Report = serde_json::from_slice(&json.stdout).unwrap();
        let table = text(&usage(world, &copy, &["--dry-run"]).await.stdout);
        let count = |it: Option<i64>| it.map_or("-".to_owned(), |it| it.to_string());
        let row = |of: &Hired, day: &Date, it: &Measures| {
            let of = [
                of.contract.to_string(),
                of.connection.to_string(),
                of.worker.to_string(),
            ];
            let rest = [day.to_string(), count(it.tasks), count(it.labels)];
            of.into_iter().chain(rest).collect::<Vec<_>>()
        };
        let held_back = report
            .held_back
            .iter()
            .map(|it| row(&it.of, &it.day, &it.measures));
        let sent = report.sent.iter().flat_map(|sent| {
            let days = sent.days.iter();
            days.map(|(day, it)| row(&sent.of, day, it))
        });
        let expected: BTreeSet<_> = held_back.chain(sent).collect();
        let shown = cells(&table, "contract", 7).into_iter().map(|mut row| {
            // The time is written out.
            row.remove(4);
            row
        });
        assert_eq!(shown.collect::<BTreeSet<_>>(), expected, "{table}");
        assert_eq!(expected.len(), 3);
        let days = table.split_once("days reported").unwrap().1;
        for it in &report.contracts {
            let (of, counts) = (
                &it.of,
                [it.reported, it.corrected, it.open, it.held_back, it.lost],
            );
            let cells = [
                &of.contract.to_string(),
                of.connection.as_str(),
                &of.worker.to_string(),
            ];
            let cells = cells.map(str::to_owned).into_iter();
            let cells: Vec<_> = cells.chain(counts.map(|it| it.to_string())).collect();
            let mut rows = days
                .lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>());
            assert!(rows.any(|row| row == cells), "{cells:?} is not in {days}");
        }
        assert_eq!(report.contracts.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn names_that_are_not_known_are_refused() {
    play(async |world| {
        hired(world, "usr_maria").await;
        for (flag, name) in [
            ("--contract", "nope"),
            ("--trainer", "nope"),
            ("--accept-deletions", PROJECT),
        ] {
            let output = usage(world, &world.copy(), &[flag, name]).await;
            assert_eq!(output.status.code(), Some(2), "{flag}");
            assert!(text(&output.stderr).contains(name), "{flag}");
            std::fs::remove_file(world.folder.path().join("copy.db")).unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_by_hand_leaves_what_waits_in_the_queue_alone() {
    play(async |world| {
        let (job, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        world
            .tool
            .fault(Fault::lasting(ToolCall::PutMember, What::status(503)));
        world.trainer("usr_tomas");
        world.hire(&job, "usr_tomas");
        world.opentrain.settle().await.unwrap();
        let copy = world.copy();
        world.tool.clear_faults();
        let output = usage(world, &copy, &["--dry-run"]).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("1 entry of 1 hire would be sent"));
        assert!(held(world, &contract).is_empty());
        let waiting = Database::open_read_only(&copy).unwrap();
        let queue = SqliteQueue::new(waiting, Arc::new(SystemClock), Limits::default());
        let depth = queue.depth().await.unwrap();
        assert_eq!(depth.waiting + depth.in_flight, 1);
        world.idle().await;
        assert_eq!(world.members(PROJECT).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_day_that_has_not_begun_is_a_wrong_call() {
    play(async |world| {
        let tomorrow = day(-1).to_string();
        let output = usage(world, &world.file(), &["--day", &tomorrow]).await;
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains("is in the future"));
    })
    .await;
}

/// `bridge unlink` with these flags.
async fn unlink(world: &World, flags: &[&str]) -> Output {
    let link = world.opentrain.links()[0].id.clone();
    let mut command = command(world, &world.file(), &[]);
    command.arg("unlink").arg(link).arg("--yes").args(flags);
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.unwrap().unwrap()
}

#[tokio::test]
async fn a_link_is_deleted_after_its_work_was_reported() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(3000));
        report(world).await;
        worked(world, "usr_maria", 0, Work::of_seconds(6600));
        let output = unlink(world, &[]).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("1 entry was new"));
        world.idle().await;
        assert!(world.opentrain.links().is_empty());
        assert_eq!(held(world, &contract), [(day(0), Some(6600))]);
        assert!(report(world).await.is_whole(), "nothing is lost");
    })
    .await;
}

/// The event of the deletion is lost: the command states it.
#[tokio::test]
async fn access_through_a_deleted_link_ends_without_the_event() {
    play(async |world| {
        hired(world, "usr_maria").await;
        world.opentrain.lose_events(1);
        let output = unlink(world, &[]).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("is being revoked"));
        world.idle().await;
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_link_whose_work_can_not_be_reported_stays_until_it_is_forced() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(3000));
        let usage = On::call("POST", "/contracts/*/usage");
        let down = Fault::lasting(usage, What::status(500));
        world.opentrain.fault(down);
        for flags in [&[][..], &["--json"]] {
            let output = unlink(world, flags).await;
            assert_eq!(output.status.code(), Some(1));
            let error = text(&output.stderr);
            assert!(
                error.contains("1 hire not reported") && error.contains("--force"),
                "{error}"
            );
            assert_eq!(world.opentrain.links().len(), 1);
        }
        let output = unlink(world, &["--force"]).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        world.opentrain.clear_faults();
        world.idle().await;
        assert!(world.opentrain.links().is_empty() && held(world, &contract).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_bridge_that_starts_reports_by_itself() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let mut serve = command(world, &world.copy(), &[]);
        let mut serve = serve.arg("serve").stderr(Stdio::null()).spawn().unwrap();
        let reported = world
            .opentrain
            .until(|_| !held(world, &contract).is_empty());
        let reported = reported.await;
        serve.kill().unwrap();
        serve.wait().unwrap();
        reported.unwrap();
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
    })
    .await;
}

#[test]
fn the_schedules_sample_asks_for_what_is_new() {
    let sample = include_str!("../../../../events/schedule/usage.json");
    let sample: Value = serde_json::from_str(sample).unwrap();
    let detail = sample["detail"].as_str().unwrap();
    let options: Options = serde_json::from_str(detail).unwrap();
    assert_eq!(options, Options::default());
}
