//! Runs while a clock is wrong.

use jiff::ToSpan;

use super::histories::play;
use super::lost::{HOUR, down_for, hired, lost, run, unreported};
use super::model::{Act, Model, TRAINERS};
use super::rig::Answer;

/// Work on every third day for seven weeks, all of it reported.
async fn seven_weeks() -> Model {
    let model = hired().await;
    for day in 0..50 {
        if day % 3 == 0 {
            let today = model.rig.today();
            model.rig.floor.set("p0", TRAINERS[0], today, HOUR);
        }
        model.rig.run().await;
        model.rig.days(1);
    }
    assert!(model.rig.run().await.is_whole());
    model
}

#[tokio::test]
async fn a_clock_that_was_behind_once_loses_nothing() {
    for days in [1, 10, 20_000] {
        let model = seven_weeks().await;
        let day = std::time::Duration::from_secs(86_400);
        model.rig.clock.back(day * days);
        run(&model, false).await;
        model.rig.clock.forward(day * days);
        for _ in 0..3 {
            let report = run(&model, false).await;
            assert_eq!(report.lost, [], "{days} days behind");
            assert!(report.is_whole(), "{}", report.shortfall());
        }
    }
}

#[tokio::test]
async fn days_that_two_clocks_ahead_have_lost_are_found() {
    let model = hired().await;
    for _ in 0..10 {
        run(&model, false).await;
        model.rig.days(1);
    }
    let ahead = std::time::Duration::from_secs(40 * 86_400);
    model.rig.clock.forward(ahead);
    run(&model, false).await;
    run(&model, false).await;
    model.rig.clock.back(ahead);
    for _ in 0..5 {
        let today = model.rig.today();
        model.rig.floor.set("p0", TRAINERS[0], today, HOUR);
        run(&model, false).await;
        run(&model, false).await;
        model.rig.days(1);
    }
    assert_eq!(run(&model, false).await.lost, []);
    assert_eq!(unreported(&model, 5), []);
}

/// One run ahead does not move the window: open days stay open.
#[tokio::test]
async fn a_clock_that_is_ahead_by_the_window_loses_no_open_day() {
    let model = hired().await;
    run(&model, false).await;
    model.rig.days(1);
    down_for(&model, 8).await;
    let ahead = std::time::Duration::from_secs(31 * 86_400);
    model.rig.clock.forward(ahead);
    run(&model, true).await;
    model.rig.clock.back(ahead);
    for _ in 0..2 {
        assert_eq!(lost(&run(&model, false).await), [].into());
    }
    assert_eq!(unreported(&model, 8), []);
}

/// The first report is sent while the clock is ahead by more than the window. The first day stays open.
#[tokio::test]
async fn a_first_run_with_a_clock_ahead_closes_nothing() {
    let model = hired().await;
    let first = model.rig.today();
    model.rig.floor.set("p0", TRAINERS[0], first, HOUR);
    let ahead = std::time::Duration::from_secs(40 * 86_400);
    model.rig.clock.forward(ahead);
    let report = run(&model, false).await;
    assert!(report.waiting > 0 && lost(&report).is_empty());
    model.rig.clock.back(ahead);
    model.rig.days(7);
    assert_eq!(lost(&run(&model, false).await), [].into());
    assert_eq!(model.rig.books.sum(TRAINERS[0], first), HOUR);
}

/// OpenTrain states an earlier first day, and the first run after that has a wrong clock.
#[tokio::test]
async fn days_that_a_contract_gets_are_found_after_a_wrong_clock() {
    for wrong in [Act::Ahead(40), Act::Behind(9)] {
        let mut model = hired().await;
        for _ in 0..2 {
            run(&model, false).await;
        }
        let day = model.rig.today().checked_sub(6.days()).unwrap();
        model.rig.floor.set("p0", TRAINERS[0], day, HOUR);
        let restate = Act::Restate {
            contract: 0,
            start: -6,
        };
        model.play(&restate).await;
        model.play(&wrong).await;
        run(&model, false).await;
        assert_eq!(model.rig.books.sum(TRAINERS[0], day), HOUR, "{wrong:?}");
    }
}

/// A day was read too soon to be closed, and the next run has a clock that is ahead by more than the window.
#[tokio::test]
async fn a_clock_ahead_closes_no_day_that_was_read_too_soon() {
    let mut model = hired().await;
    let first = model.rig.today();
    model.rig.days(1);
    run(&model, false).await;
    model.rig.floor.set("p0", TRAINERS[0], first, HOUR);
    model.rig.days(2);
    model.rig.floor.answers(&[Answer::Mute; 8]);
    model.rig.run().await;
    model.rig.days(1);
    model.play(&Act::Ahead(40)).await;
    run(&model, false).await;
    assert_eq!(model.rig.books.sum(TRAINERS[0], first), HOUR);
}

/// Found by the histories. A report has a clock that is ahead, and the next one is sent when that time has come.
#[tokio::test]
async fn a_run_with_a_clock_ahead_settles_nothing_for_the_run_that_it_foretold() {
    let hire = |trainer, job, start| Act::Hire {
        trainer,
        job,
        start,
    };
    let work = Act::Work {
        trainer: 1,
        project: 0,
        ago: 0,
        amount: 1,
    };
    let vanish = Act::Vanish {
        project: 0,
        days: 2,
    };
    let first = [
        hire(1, 2, -2),
        hire(0, 0, 0),
        Act::Ahead(4),
        work.clone(),
        Act::Days(4),
        vanish.clone(),
    ];
    play(&first).await;
    let later = [
        hire(1, 2, -2),
        Act::Days(1),
        Act::Ahead(4),
        work,
        Act::Days(4),
        vanish,
    ];
    play(&later).await;
}
