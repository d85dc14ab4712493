//! Histories of hires, ends, re-hires, corrections, deletions, wrong answers, outages, clock steps, refusals and
//! kills. At no moment is work counted twice, and in the end OpenTrain holds what the tool shows.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::model::{Act, Model, PROJECTS, act};
use super::rig::Reply;
use crate::usage::Options;

/// Everything works again, all facts arrive, and some days pass.
async fn settle(model: &mut Model) {
    model.arrive().await;
    model.rig.floor.answers(&[]);
    model.rig.books.replies(&[]);
    for _ in 0..2 {
        for _ in 0..3 {
            model.rig.run().await;
            model.rig.minutes(11);
        }
        for project in PROJECTS {
            let accept = Options {
                accept_deletions: Some(project.into()),
                ..Options::default()
            };
            model.rig.run_with(&accept).await;
        }
        model.rig.days(1);
    }
    model.rig.run().await;
}

async fn play(acts: &[Act]) {
    let mut model = Model::new().await;
    for act in acts {
        model.play(act).await;
    }
    settle(&mut model).await;
    model.check().await;
}

/// It still finds rare histories in which a day is held twice for a while (an answer 404, a second hire, a tool that is
/// down) or in which a late deletion stays (a deletion that is first read after the day was closed).
#[test]
#[ignore = "known to find faults: run it with --ignored"]
fn work_is_counted_once_and_nothing_is_lost() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    // `PROPTEST_CASES` sets how many are played.
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    // The same histories each time; `USAGE_HISTORIES` plays more of them.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let stories = prop::collection::vec(act(), 1..25);
    let result = runner.run(&stories, |acts| {
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(play(&acts));
        }));
        played.map_err(|panic| {
            let reason = panic.downcast_ref::<String>().cloned();
            TestCaseError::fail(reason.unwrap_or_else(|| "it panicked".to_owned()))
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Found by the histories above. A report's answer is lost, the day goes to another contract, and the correction is
/// refused: OpenTrain still holds the day for the first contract.
#[tokio::test]
async fn a_correction_that_is_refused_leaves_what_a_lost_answer_left() {
    let run = |reply| Act::Run {
        answers: vec![],
        replies: vec![reply],
        dies: None,
    };
    let hire = |start| Act::Hire {
        trainer: 1,
        job: 2,
        start,
    };
    let work = Act::Work {
        trainer: 1,
        project: 0,
        ago: 0,
        amount: 1,
    };
    let acts = [
        work,
        hire(-2),
        run(Reply::Lost),
        hire(0),
        run(Reply::RefuseFirstDay),
    ];
    play(&acts).await;
}
