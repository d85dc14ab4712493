//! Numbers that cannot be true are never sent.

use std::sync::Arc;

use shared::tool::{DayTotal, TimeSource, Worker};
use shared::usage::{Odd, Options, Report, Skip};
use simulator::{Fault, On, What, Work};

use crate::common::world::{World, play};
use crate::usage::books::{
    Bent, PROJECT, began, day, held, hired, posts, report, reporter, rest, rows, run, worked,
};

#[tokio::test]
async fn a_day_of_more_than_a_day_is_held_back_and_the_others_go() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 5).await;
        worked(world, "usr_maria", 0, Work::of_seconds(86_401));
        worked(world, "usr_maria", 1, Work::of_seconds(86_400));
        let report = report(world).await;
        assert_eq!(held(world, &contract), [(day(1), Some(86_400))]);
        assert_eq!(posts(world), 1, "OpenTrain was not even asked");
        assert_eq!(report.held_back.len(), 1);
        let odd = &report.held_back[0];
        assert_eq!((odd.day, odd.because), (day(0), Odd::TooLong));
        assert!(!report.is_whole(), "a scheduled run has not done its work");
        assert!(
            report.shortfall().contains("1 total held back"),
            "{}",
            report.shortfall()
        );
    })
    .await;
}

#[tokio::test]
async fn the_parts_of_a_day_on_two_projects_may_be_too_much_together() {
    play(async |world| {
        let (job, contract) = hired(world, "usr_maria").await;
        let mode = shared::opentrain::ProvisioningMode::PartnerWebhook;
        world.link("default", &job, "fields", mode).await;
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(50_000));
        world
            .tool
            .correct_work("fields", "usr_maria", day(0), Work::of_seconds(50_000))
            .unwrap();
        let report = report(world).await;
        assert_eq!(report.held_back[0].because, Odd::TooLong);
        assert!(held(world, &contract).is_empty());
    })
    .await;
}

type One = fn(&mut DayTotal);

#[tokio::test]
async fn a_measure_that_cannot_be_true_costs_itself_alone() {
    let tasks: One = |it| it.tasks_completed = Some(-1);
    let negative: One = |it| it.total_seconds = Some(-5);
    let long: One = |it| it.total_seconds = Some(90_000);
    for (bend, because, sent) in [
        (tasks, Odd::Negative, (Some(60), None, Some(1))),
        (negative, Odd::Negative, (None, Some(1), Some(1))),
        (long, Odd::TooLong, (None, Some(1), Some(1))),
    ] {
        play(async |world| {
            let (_, contract) = hired(world, "usr_maria").await;
            began(world, 900, &contract, "usr_maria", 5).await;
            worked(world, "usr_maria", 0, Work::new(60, 1, 1));
            let bend = move |totals: &mut Vec<DayTotal>| totals.iter_mut().for_each(bend);
            let report = bent_run(world, TimeSource::Platform, bend).await;
            let reasons: Vec<_> = report.held_back.iter().map(|it| it.because).collect();
            assert_eq!((reasons, report.is_whole()), (vec![because], false));
            let row = &rows(world, &contract)[0];
            assert_eq!((row.seconds, row.tasks, row.labels), sent);
        })
        .await;
    }
}

/// Replaces `what` by `with` in the tool's responses.
fn rewrite(world: &World, path: &str, what: &str, with: &str) {
    let fault = What::rewrite(what, with);
    world
        .tool
        .fault(Fault::lasting(On::call("GET", path), fault));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_and_costs_no_other() {
    play(async |world| {
        let (job, _) = hired(world, "usr_maria").await;
        let ben = world.hire(&job, &world.trainer("usr_ben"));
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(61));
        worked(world, "usr_ben", 0, Work::of_seconds(62));
        rewrite(world, "/projects/streets/usage", ":61", ":\"an hour\"");
        let report = report(world).await;
        assert_eq!(held(world, &ben), [(day(0), Some(62))]);
        let odd = &report.read_in_part[0];
        assert_eq!((odd.project.as_str(), odd.count), (PROJECT, 1));
        let row = format!(
            "row usr_maria {}: `totalSeconds` should be a number",
            day(0)
        );
        assert_eq!(odd.rows[0].to_string(), row);
        assert!(!report.is_whole());
        let shortfall = report.shortfall();
        assert!(
            shortfall.contains("1 project with rows that can't be read"),
            "{shortfall}"
        );
    })
    .await;
}

/// A part of a day that could not be read must not lower the day's total.
#[tokio::test]
async fn a_row_that_cannot_be_read_lowers_no_total() {
    play(async |world| {
        let (job, contract) = hired(world, "usr_maria").await;
        let mode = shared::opentrain::ProvisioningMode::PartnerWebhook;
        world.link("default", &job, "fields", mode).await;
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(500));
        let fields = |seconds| {
            let work = Work::of_seconds(seconds);
            world
                .tool
                .correct_work("fields", "usr_maria", day(0), work)
                .unwrap();
        };
        fields(100);
        assert!(report(world).await.is_whole());
        assert_eq!(held(world, &contract), [(day(0), Some(600))]);
        rewrite(world, "/projects/streets/usage", "\"usr_maria\"", "null");
        fields(120);
        let report_of = async || {
            (
                report(world).await.read_in_part.len(),
                held(world, &contract),
            )
        };
        assert_eq!(report_of().await, (1, vec![(day(0), Some(620))]));
        world.tool.clear_faults();
        assert_eq!(report_of().await, (0, vec![(day(0), Some(620))]));
        // A row that can be read may lower its day, even if other rows can't be read.
        rewrite(
            world,
            "/projects/streets/usage",
            "\"totals\":[",
            "\"totals\":[7,",
        );
        worked(world, "usr_maria", 0, Work::of_seconds(400));
        assert_eq!(report_of().await, (1, vec![(day(0), Some(520))]));
    })
    .await;
}

#[tokio::test]
async fn a_day_in_the_future_is_held_back() {
    bent(
        |totals| totals.iter_mut().for_each(|it| it.work_date = day(-1)),
        Odd::Future,
    )
    .await;
}

#[tokio::test]
async fn a_day_that_was_not_asked_for_is_held_back() {
    bent(
        |totals| totals.iter_mut().for_each(|it| it.work_date = day(4)),
        Odd::OutsideWindow,
    )
    .await;
}

type Whole = fn(&mut Vec<DayTotal>);

async fn bent(bend: Whole, because: Odd) {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 5).await;
        for _ in 0..2 {
            assert!(report(world).await.is_whole(), "older days are closed");
        }
        worked(world, "usr_maria", 0, Work::new(60, 1, 1));
        let report = bent_run(world, TimeSource::Platform, bend).await;
        let reasons: Vec<_> = report.held_back.iter().map(|it| it.because).collect();
        assert_eq!(reasons, [because]);
        assert_eq!((posts(world), report.is_whole()), (0, false));
    })
    .await;
}

async fn bent_run(
    world: &World,
    time: TimeSource,
    bend: impl Fn(&mut Vec<DayTotal>) + Send + Sync + 'static,
) -> Report {
    let mut reporter = reporter(world);
    reporter.tool = Arc::new(Bent {
        tool: rest(world),
        time,
        bend: Box::new(bend),
    });
    run(&reporter, &Options::default()).await
}

#[tokio::test]
async fn work_that_another_account_changed_is_reported_and_shown() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let bend = |totals: &mut Vec<DayTotal>| totals.iter_mut().for_each(|it| it.disputed = 2);
        let report = bent_run(world, TimeSource::Platform, bend).await;
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
        let shown = &report.disputed[0];
        assert_eq!((shown.day, shown.pieces), (day(0), 2));
        assert_eq!(shown.contract.as_str(), contract);
        assert!(report.is_whole(), "it is worth a look, and no fault");
    })
    .await;
}

#[tokio::test]
async fn a_tool_that_names_people_by_its_own_id_is_understood() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let known = world
            .known("usr_maria")
            .await
            .member
            .account()
            .unwrap()
            .clone();
        assert_ne!(known.as_str(), "usr_maria", "else this proves nothing");
        let bend = move |totals: &mut Vec<DayTotal>| {
            let stranger = |it: &DayTotal| DayTotal {
                worker: Worker::Member("mem_nobody".into()),
                ..it.clone()
            };
            let strangers: Vec<_> = totals.iter().map(stranger).collect();
            for it in totals.iter_mut() {
                it.worker = Worker::Member(known.clone());
            }
            totals.extend(strangers);
        };
        let report = bent_run(world, TimeSource::Platform, bend).await;
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
        assert_eq!(report.skipped.get(&Skip::Stranger), Some(&1));
    })
    .await;
}

#[tokio::test]
async fn a_tool_without_a_source_of_time_reports_none() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::new(60, 2, 3));
        let report = bent_run(world, TimeSource::None, |_| {}).await;
        let row = &rows(world, &contract)[0];
        assert_eq!(
            (row.seconds, row.tasks, row.labels),
            (None, Some(2), Some(3))
        );
        assert_eq!(report.skipped.get(&Skip::NoTimeSource), Some(&1));
        assert!(report.is_whole());
    })
    .await;
}
