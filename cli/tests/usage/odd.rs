//! Numbers that can't be true never leave us.

use std::sync::{Arc, OnceLock};

use shared::ids::MemberId;
use shared::tool::{DayTotal, TimeSource, Worker};
use shared::usage::{Odd, Options, Report, Skip};
use simulator::Work;

use crate::books::{
    Bent, began, day, held, hired, posts, report, reporter, rest, rows, run, worked,
};
use crate::common::world::{World, play};

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
            report.shortfall().contains("1 totals held back"),
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

#[tokio::test]
async fn a_count_below_zero_is_held_back() {
    bent(
        |totals| {
            totals
                .iter_mut()
                .for_each(|it| it.tasks_completed = Some(-1))
        },
        Odd::Negative,
    )
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

async fn bent(bend: fn(&mut Vec<DayTotal>), because: Odd) {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 5).await;
        worked(world, "usr_maria", 0, Work::new(60, 1, 1));
        let report = bent_run(world, TimeSource::Platform, bend).await;
        let reasons: Vec<_> = report.held_back.iter().map(|it| it.because).collect();
        assert_eq!(reasons, [because]);
        assert_eq!((posts(world), report.is_whole()), (0, false));
    })
    .await;
}

async fn bent_run(world: &World, time: TimeSource, bend: fn(&mut Vec<DayTotal>)) -> Report {
    let mut reporter = reporter(world);
    reporter.tool = Arc::new(Bent {
        tool: rest(world),
        time,
        bend,
    });
    run(&reporter, &Options::default()).await
}

#[tokio::test]
async fn work_that_somebody_else_wrote_to_is_reported_and_shown() {
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
        let known = world.known("usr_maria").await.member.member.unwrap();
        assert_ne!(known.as_str(), "usr_maria", "else this proves nothing");
        let bend = |totals: &mut Vec<DayTotal>| {
            let stranger = |it: &DayTotal| DayTotal {
                worker: Worker::Member("mem_nobody".into()),
                ..it.clone()
            };
            let strangers: Vec<_> = totals.iter().map(stranger).collect();
            for it in totals.iter_mut() {
                it.worker = Worker::Member(MEMBER.get().unwrap().clone());
            }
            totals.extend(strangers);
        };
        MEMBER.set(known).unwrap();
        let report = bent_run(world, TimeSource::Platform, bend).await;
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
        assert_eq!(report.skipped.get(&Skip::Stranger), Some(&1));
    })
    .await;
}

/// What the tool calls Maria, for a bend, which can't hold it.
static MEMBER: OnceLock<MemberId> = OnceLock::new();

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
