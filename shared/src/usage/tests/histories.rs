//! Histories of hires, ends, re-hires, corrections, deletions, wrong answers, outages, clock steps, refusals and
//! kills. Work is never counted twice, and in the end OpenTrain has the work that the tool shows.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::model::{Act, Model, PROJECTS, act, after_work};
use super::rig::{Answer, Reply, Standing};
use crate::tool::TimeSource;
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

pub(super) async fn play(acts: &[Act]) {
    let mut model = Model::new().await;
    for act in acts {
        model.play(act).await;
    }
    settle(&mut model).await;
    model.check().await;
    if !model.is_connected() {
        for connection in 0..2 {
            model.connect(connection, Standing::Lives).await;
        }
        settle(&mut model).await;
        model.check().await;
    }
}

/// A tool that measures activity: after the end of a contract its seconds no longer grow.
async fn play_active(acts: &[Act]) {
    let mut model = Model::new().await;
    *model.rig.floor.time.lock().unwrap() = Some(TimeSource::Active);
    for (project, amount) in [(0, 1800), (1, 7)] {
        let week = Act::Week {
            trainer: 0,
            project,
            amount,
        };
        model.play(&week).await;
        let earlier = Act::Work {
            trainer: 0,
            project,
            ago: 3,
            amount,
        };
        model.play(&earlier).await;
    }
    let hire = Act::Hire {
        trainer: 0,
        job: 0,
        start: -6,
    };
    model.play(&hire).await;
    for act in acts {
        model.play(act).await;
    }
    settle(&mut model).await;
    model.check().await;
}

/// Plays the same histories each time. The variable `PROPTEST_CASES` of the test's run sets how many are played, and
/// `PROPTEST_RNG_SEED` selects others.
fn play_all<F: Future<Output = ()>>(
    stories: impl Strategy<Value = Vec<Act>>,
    play: impl Fn(Vec<Act>) -> F,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        // Pauses before retries take no time.
        .start_paused(true)
        .build()
        .unwrap();
    let config = Config::default();
    let rng_seed = match config.rng_seed {
        RngSeed::Random => RngSeed::Fixed(0),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        rng_seed,
        ..config
    });
    let result = runner.run(&stories, |acts| {
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(play(acts));
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

#[test]
fn work_is_counted_once_and_nothing_is_lost() {
    let stories = prop::collection::vec(act(), 1..25);
    play_all(stories, |acts| async move { play(&acts).await });
}

#[test]
fn a_corrected_end_loses_nothing_of_a_tool_that_measures_activity() {
    let stories = prop::collection::vec(after_work(), 1..15);
    play_all(stories, |acts| async move { play_active(&acts).await });
}

/// A contract's end is stated with a last day that is too early, and corrected after the final reading.
#[tokio::test]
async fn days_that_come_to_a_contract_after_its_final_reading_count() {
    let run = Act::Run {
        answers: vec![],
        replies: vec![],
        dies: None,
    };
    let end = |last| Act::End {
        contract: 0,
        last: Some(last),
        late: false,
    };
    let correct = |contract, last| Act::Correct { contract, last };
    let wait = Act::Minutes(20);
    let early = [
        run.clone(),
        end(-4),
        wait.clone(),
        run.clone(),
        run.clone(),
        correct(0, -1),
    ];
    play_active(&early).await;
    let other = Act::Hire {
        trainer: 0,
        job: 2,
        start: -2,
    };
    let shared = [
        other,
        end(-1),
        wait.clone(),
        run.clone(),
        end(-1),
        wait,
        run,
        correct(1, -2),
    ];
    play_active(&shared).await;
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

/// Found by the histories above. A day belongs to another contract by now, its answer was lost, and one of its projects
/// can't be read.
#[tokio::test]
async fn what_was_sent_without_an_answer_is_not_sent_again_while_a_project_is_down() {
    let hire = |job| Act::Hire {
        trainer: 0,
        job,
        start: 0,
    };
    let work = Act::Work {
        trainer: 0,
        project: 0,
        ago: 0,
        amount: 1,
    };
    for reply in [Reply::Unknown, Reply::Down] {
        let lost = Act::Run {
            answers: vec![],
            replies: vec![reply],
            dies: None,
        };
        let down = Act::Run {
            answers: vec![Answer::Whole, Answer::Down],
            replies: vec![],
            dies: None,
        };
        play(&[hire(0), Act::Days(1), work.clone(), lost, hire(2), down]).await;
    }
}

/// Found by the histories above. A day is deleted, and its absence is seen first when it is before the look-back.
#[tokio::test]
async fn a_deletion_before_the_look_back_is_confirmed() {
    let hire = Act::Hire {
        trainer: 0,
        job: 1,
        start: -1,
    };
    let work = Act::Work {
        trainer: 0,
        project: 2,
        ago: 1,
        amount: 1,
    };
    let run = Act::Run {
        answers: vec![],
        replies: vec![],
        dies: None,
    };
    let delete = Act::Delete {
        trainer: 0,
        project: 2,
        ago: 1,
    };
    play(&[hire, work, run, delete, Act::Days(3)]).await;
}

/// Found by the histories above. A day that a wrong, empty answer has closed is shown later on the same day, and
/// refused.
#[tokio::test]
async fn a_closed_day_that_is_refused_is_open_again() {
    let work = Act::Work {
        trainer: 1,
        project: 0,
        ago: 2,
        amount: 1,
    };
    let hire = Act::Hire {
        trainer: 1,
        job: 2,
        start: -2,
    };
    let run = Act::Run {
        answers: vec![Answer::Empty],
        replies: vec![Reply::RefuseFirstDay],
        dies: None,
    };
    play(&[work, hire, Act::Days(1), run, Act::Days(1)]).await;
}

/// Found by the histories above. A killed report has sent days that no longer belong to the contract.
#[tokio::test]
async fn days_that_a_killed_report_sent_are_taken_back() {
    let work = Act::Work {
        trainer: 0,
        project: 2,
        ago: 0,
        amount: 1,
    };
    let hire = Act::Hire {
        trainer: 0,
        job: 1,
        start: -4,
    };
    let restate = Act::Restate {
        contract: 0,
        start: 0,
    };
    for writes in 0..6 {
        let killed = Act::Run {
            answers: vec![],
            replies: vec![],
            dies: Some(writes),
        };
        let acts = [
            work.clone(),
            Act::Days(4),
            hire.clone(),
            killed,
            restate.clone(),
        ];
        play(&acts).await;
    }
}

/// Found by the histories above. An end arrives late. Work between the end and the next start does not count.
#[tokio::test]
async fn work_before_a_start_does_not_count_after_an_end_that_arrives_late() {
    let hire = |start| Act::Hire {
        trainer: 0,
        job: 1,
        start,
    };
    let work = Act::Work {
        trainer: 0,
        project: 2,
        ago: 0,
        amount: 1,
    };
    let end = Act::End {
        contract: 0,
        last: Some(-2),
        late: true,
    };
    let run = Act::Run {
        answers: vec![],
        replies: vec![],
        dies: None,
    };
    let acts = [
        hire(0),
        hire(1),
        work,
        end,
        Act::Days(3),
        run.clone(),
        Act::Minutes(11),
        run,
        Act::Days(1),
    ];
    play(&acts).await;
}

/// Found by the histories above. A day goes to another contract while the tool keeps no totals.
#[tokio::test]
async fn a_day_that_moved_while_the_tool_kept_no_totals_is_given_back() {
    let week = |amount| Act::Week {
        trainer: 1,
        project: 1,
        amount,
    };
    let hire = |start| Act::Hire {
        trainer: 1,
        job: 0,
        start,
    };
    let run = Act::Run {
        answers: vec![],
        replies: vec![],
        dies: None,
    };
    let restate = Act::Restate {
        contract: 0,
        start: 0,
    };
    let acts = [
        hire(-4),
        week(1),
        run,
        restate,
        hire(0),
        week(2),
        Act::Mute(5),
    ];
    play(&acts).await;
}
