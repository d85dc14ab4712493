//! Days that move from one contract to another.

use super::act::Part;
use super::histories::play;
use super::model::{Act, Model, TRAINERS};
use super::rig::{Reply, Standing};
use crate::ledger::Measures;

/// With an impossible number, the work that was reported before stays, and is added to no other contract.
#[tokio::test]
async fn what_a_held_back_number_keeps_is_given_to_no_other_contract() {
    let mut model = Model::new().await;
    let hire = |job| Act::Hire {
        trainer: 0,
        job,
        start: 0,
    };
    model.play(&hire(0)).await;
    let today = model.rig.today();
    let work = |project, seconds, labels| {
        let measures = Measures {
            seconds: Some(seconds),
            tasks: None,
            labels,
        };
        model.rig.floor.set(project, TRAINERS[0], today, measures);
    };
    work("p0", 3600, Some(5));
    assert!(model.rig.run().await.is_whole());
    work("p1", 90_000, None);
    model.play(&hire(2)).await;
    let report = model.rig.run().await;
    assert_eq!(report.held_back.len(), 1);
    let held = model.rig.books.sum(TRAINERS[0], today);
    assert_eq!(held.seconds, Some(3600));
}

/// A day gets work that is withdrawn from another contract, and work that was not reported before.
#[tokio::test]
async fn a_day_gets_new_work_and_that_of_another_contract_in_one_run() {
    let mut model = Model::new().await;
    let hire = Act::Hire {
        trainer: 0,
        job: 0,
        start: 0,
    };
    model.play(&hire).await;
    let today = model.rig.today();
    let work = |project, seconds, tasks| {
        let measures = Measures {
            seconds,
            tasks,
            labels: None,
        };
        model.rig.floor.set(project, TRAINERS[0], today, measures);
    };
    work("p0", Some(3600), None);
    assert!(model.rig.run().await.is_whole());
    work("p1", None, Some(5));
    model.play(&hire).await;
    let report = model.rig.run().await;
    assert!(report.is_whole(), "{}", report.shortfall());
    let held = model.rig.books.sum(TRAINERS[0], today);
    assert_eq!((held.seconds, held.tasks), (Some(3600), Some(5)));
}

/// Found by the histories. The first report is sent through one install while the clock is ahead, and all later ones
/// through another.
#[tokio::test]
async fn a_report_of_a_clock_that_was_ahead_decides_nothing_for_another_install() {
    let acts = [
        Act::Hire {
            trainer: 0,
            job: 2,
            start: -2,
        },
        Act::Work {
            trainer: 0,
            project: 0,
            ago: 0,
            amount: 1,
        },
        Act::Move { contract: 0 },
        Act::Ahead(4),
        Act::Connect {
            connection: 0,
            standing: Standing::Revoked,
        },
        Act::Vanish {
            project: 0,
            days: 1,
        },
    ];
    play(&acts).await;
}

/// Found by the histories. There is a contract that ended before it started, a running one, and one that starts later.
#[tokio::test]
async fn a_contract_that_ended_before_it_started_takes_no_work_from_another() {
    let hire = |job, start| Act::Hire {
        trainer: 1,
        job,
        start,
    };
    let end = |contract| Act::End {
        contract,
        last: Some(-3),
        late: false,
    };
    let week = Act::Week {
        trainer: 1,
        project: 0,
        amount: 1,
    };
    let beside = [hire(0, 1), Act::Days(1), week.clone(), hire(2, 0), end(1)];
    play(&beside).await;
    let before = [hire(2, -1), end(0), hire(0, 1), week];
    play(&before).await;
}

/// Found by the histories. A day is withdrawn from a contract without an answer, and then the tool does not show it.
#[tokio::test]
async fn what_was_taken_back_without_an_answer_is_not_lost_to_an_empty_answer() {
    let hire = |trainer, start| Act::Hire {
        trainer,
        job: 0,
        start,
    };
    let unanswered = Act::Run {
        answers: vec![],
        replies: vec![Reply::Down],
        dies: None,
    };
    let work = Act::Work {
        trainer: 1,
        project: 0,
        ago: 0,
        amount: 1,
    };
    let empty = Act::Part {
        part: Part::Connection(0),
        is_empty: true,
    };
    let acts = [
        hire(0, 0),
        work,
        hire(1, -2),
        Act::Ahead(2),
        hire(1, 0),
        unanswered,
        empty,
    ];
    play(&acts).await;
}

/// Found by the histories. Days are withdrawn from a contract that owns no other days, and the answer is lost twice.
#[tokio::test]
async fn what_a_contract_without_days_gave_back_without_an_answer_is_sent_again() {
    let run = |reply| Act::Run {
        answers: vec![],
        replies: vec![reply],
        dies: None,
    };
    let week = Act::Week {
        trainer: 1,
        project: 2,
        amount: 1,
    };
    let hire = Act::Hire {
        trainer: 1,
        job: 1,
        start: -1,
    };
    let end = Act::End {
        contract: 0,
        last: Some(-2),
        late: false,
    };
    play(&[week, hire, run(Reply::Lost), end, run(Reply::Down)]).await;
}
