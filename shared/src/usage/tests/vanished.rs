//! Reported work that the tool no longer shows.

use super::model::{Act, Model, TRAINERS};
use super::rig::Answer;
use crate::ledger::{AccessState, Measures};
use crate::usage::Options;

fn hire() -> Act {
    Act::Hire {
        trainer: 0,
        job: 0,
        start: -6,
    }
}

async fn hired() -> Model {
    let mut model = Model::new().await;
    model.play(&hire()).await;
    model.rig.minutes(1);
    model
}

/// An hour of reported work on each of the last days.
async fn reported(days: i64) -> Model {
    let model = hired().await;
    for ago in 0..days {
        work(&model, ago, 3600);
    }
    assert!(model.rig.run().await.is_whole());
    assert_eq!(
        held(&model, days),
        vec![Some(3600); usize::try_from(days).unwrap()]
    );
    model
}

fn day(model: &Model, ago: i64) -> jiff::civil::Date {
    let days = jiff::ToSpan::days(ago);
    model.rig.today().checked_sub(days).unwrap()
}

fn work(model: &Model, ago: i64, seconds: i64) {
    let measures = Measures {
        seconds: Some(seconds),
        ..Measures::default()
    };
    model
        .rig
        .floor
        .set("p0", TRAINERS[0], day(model, ago), measures);
}

/// The seconds that are held of each of the last days.
fn held(model: &Model, days: i64) -> Vec<Option<i64>> {
    let of = |ago| model.rig.books.sum(TRAINERS[0], day(model, ago)).seconds;
    (0..days).map(of).collect()
}

fn delete(model: &Model, days: std::ops::Range<i64>) {
    for ago in days {
        model.rig.floor.delete("p0", TRAINERS[0], day(model, ago));
    }
}

#[tokio::test]
async fn a_day_that_two_readings_lack_becomes_zero() {
    let model = reported(3).await;
    delete(&model, 0..1);
    let first = model.rig.run().await;
    assert_eq!((first.missing.len(), first.is_whole()), (1, true));
    assert_eq!(held(&model, 2), [Some(3600), Some(3600)]);
    model.rig.minutes(9);
    model.rig.run().await;
    assert_eq!(held(&model, 1), [Some(3600)], "nine minutes");
    model.rig.minutes(1);
    let second = model.rig.run().await;
    assert_eq!((second.missing.len(), second.is_whole()), (0, true));
    assert_eq!(held(&model, 2), [Some(0), Some(3600)]);
}

#[tokio::test]
async fn an_empty_answer_erases_nothing() {
    let model = reported(3).await;
    model.rig.minutes(11);
    model.rig.floor.answers(&[Answer::Empty, Answer::Empty]);
    model.rig.run().await;
    model.rig.minutes(11);
    model.rig.run().await;
    model.rig.minutes(11);
    model.rig.floor.answers(&[Answer::Empty, Answer::Empty]);
    model.rig.run().await;
    assert_eq!(held(&model, 3), [Some(3600); 3], "never twice in a row");
}

#[tokio::test]
async fn a_reading_with_an_unreadable_row_erases_nothing() {
    let model = reported(3).await;
    delete(&model, 0..3);
    for _ in 0..3 {
        model.rig.minutes(11);
        model.rig.floor.answers(&[Answer::Odd, Answer::Odd]);
        model.rig.run().await;
    }
    assert_eq!(held(&model, 3), [Some(3600); 3]);
}

#[tokio::test]
async fn the_second_reading_is_a_fresh_one() {
    let model = reported(1).await;
    delete(&model, 0..1);
    model.rig.run().await;
    model.rig.floor.asked.lock().unwrap().clear();
    model.rig.minutes(11);
    model.rig.run().await;
    let asked = model.rig.floor.asked.lock().unwrap().clone();
    assert!(asked.contains(&("p0".into(), true)), "{asked:?}");
}

#[tokio::test]
async fn who_has_left_keeps_what_the_tool_forgot() {
    let mut model = reported(3).await;
    let end = Act::End {
        contract: 0,
        last: None,
        late: false,
    };
    model.play(&end).await;
    delete(&model, 0..3);
    for _ in 0..3 {
        model.rig.minutes(11);
        assert!(model.rig.run().await.is_whole());
    }
    assert_eq!(held(&model, 3), [Some(3600); 3]);
}

/// Sets since when the trainer is in.
async fn granted_now(model: &Model, state: AccessState) {
    let ledger = &model.rig.reporter.ledger;
    let id = TRAINERS[0].into();
    let stored = ledger.document(&id).await.unwrap();
    let mut trainer = stored.trainer;
    let access = trainer.access.get_mut(&"p0".into()).unwrap();
    access.state = state;
    access.at = crate::model::clock::Clock::now(&*model.rig.clock);
    ledger
        .put_document(&id, &trainer, stored.expect)
        .await
        .unwrap();
}

#[tokio::test]
async fn who_was_out_at_one_of_the_readings_keeps_their_days() {
    let model = reported(3).await;
    delete(&model, 0..1);
    model.rig.run().await;
    model.rig.minutes(11);
    granted_now(&model, AccessState::Granted).await;
    model.rig.run().await;
    assert_eq!(held(&model, 1), [Some(3600)], "granted again in between");
    model.rig.minutes(11);
    model.rig.run().await;
    assert_eq!(held(&model, 1), [Some(0)], "in during two readings");
}

#[tokio::test]
async fn a_project_that_the_tool_does_not_show_erases_nothing() {
    let model = reported(3).await;
    delete(&model, 0..1);
    model.rig.floor.gone.lock().unwrap().insert("p0".into());
    for _ in 0..3 {
        model.rig.run().await;
        model.rig.minutes(11);
    }
    assert_eq!(held(&model, 1), [Some(3600)]);
}

#[tokio::test]
async fn many_days_at_once_need_an_operator_and_the_rest_is_reported() {
    let mut model = reported(7).await;
    model.rig.reporter.settings.look_back_days = 7;
    delete(&model, 1..7);
    model.rig.run().await;
    model.rig.minutes(11);
    work(&model, 0, 4000);
    let held_up = model.rig.run().await;
    assert!(!held_up.is_whole());
    let project = &held_up.held_projects[0];
    assert_eq!((project.project.as_str(), project.hold.days), ("p0", 6));
    assert_eq!(held(&model, 7)[..2], [Some(4000), Some(3600)]);
    let part = Options {
        from: Some(day(&model, 2)),
        to: Some(day(&model, 1)),
        ..Options::default()
    };
    let part = model.rig.run_with(&part).await;
    assert_eq!(part.held_projects.len(), 1, "a part of what is gone");
    assert_eq!(held(&model, 3), [Some(4000), Some(3600), Some(3600)]);
    assert!(is_held(&model).await);
    let accept = Options {
        accept_deletions: Some("p0".into()),
        ..Options::default()
    };
    assert!(model.rig.run_with(&accept).await.is_whole());
    assert_eq!(held(&model, 4), [Some(4000), Some(0), Some(0), Some(0)]);
    assert!(!is_held(&model).await);
}

async fn is_held(model: &Model) -> bool {
    let ledger = &model.rig.reporter.ledger;
    let usages = ledger.project_usages(&["p0".into()]).await.unwrap();
    usages[0].held.is_some()
}

#[tokio::test]
async fn work_that_is_back_needs_no_operator() {
    let mut model = reported(7).await;
    model.rig.reporter.settings.look_back_days = 7;
    for ago in 0..7 {
        work(&model, ago, 0);
    }
    assert!(!model.rig.run().await.is_whole());
    assert!(is_held(&model).await);
    for ago in 0..7 {
        work(&model, ago, 3600);
    }
    assert!(model.rig.run().await.is_whole());
    assert!(!is_held(&model).await);
}

#[tokio::test]
async fn totals_that_fall_to_zero_at_once_need_an_operator_too() {
    let mut model = reported(7).await;
    for ago in 0..4 {
        work(&model, ago, 0);
    }
    assert!(model.rig.run().await.is_whole(), "four days");
    assert_eq!(held(&model, 4), [Some(0); 4]);
    let seven = reported(7).await;
    model = seven;
    model.rig.reporter.settings.look_back_days = 7;
    for ago in 0..7 {
        work(&model, ago, 0);
    }
    let report = model.rig.run().await;
    assert_eq!(report.held_projects.len(), 1);
    assert_eq!(held(&model, 7), [Some(3600); 7]);
}

/// Runs on several days: the second ones of a day do not read the older days.
#[tokio::test]
async fn a_hold_ends_by_an_operator_or_by_the_work_alone() {
    let mut model = reported(4).await;
    let other = Act::Hire {
        trainer: 1,
        job: 0,
        start: -6,
    };
    model.play(&other).await;
    let hour = Measures {
        seconds: Some(3600),
        ..Measures::default()
    };
    for ago in 0..4 {
        let day = day(&model, ago);
        model.rig.floor.set("p0", TRAINERS[1], day, hour);
    }
    assert!(model.rig.run().await.is_whole());
    let days: Vec<_> = (0..4).map(|ago| day(&model, ago)).collect();
    let sums = |model: &Model| {
        let sum = |trainer: &&str, day| model.rig.books.sum(trainer, day).seconds;
        let of = |trainer| days.iter().map(move |day| sum(trainer, *day));
        let all: i64 = TRAINERS.iter().flat_map(of).flatten().sum();
        all
    };
    let work = model.rig.floor.work.lock().unwrap().clone();
    model.rig.floor.work.lock().unwrap().clear();
    model.rig.run().await;
    for _ in 0..40 {
        for _ in 0..3 {
            model.rig.minutes(11);
            let answer = match (model.rig.today() - days[0]).get_days() {
                7 => Answer::Odd,
                8 => Answer::OlderDown,
                _ => Answer::Whole,
            };
            model.rig.floor.answers(&[answer; 8]);
            let report = model.rig.run().await;
            assert_eq!(sums(&model), 8 * 3600, "{}", model.rig.today());
            assert_eq!(report.days_lost(), 0);
            let age = (model.rig.today() - days[0]).get_days();
            assert!(!report.is_whole() || age > 35, "{age} days");
        }
        model.rig.days(1);
        if (model.rig.today() - days[0]).get_days() == 9 {
            let part = Options {
                contract: Some("ctr_0".into()),
                ..Options::default()
            };
            model.rig.run_with(&part).await;
            assert!(is_held(&model).await, "a part of the work");
        }
    }
    *model.rig.floor.work.lock().unwrap() = work;
}

/// A day before the look-back that is confirmed to be deleted becomes zero, even if a run of the day has read it.
#[tokio::test]
async fn an_operator_ends_a_hold_of_older_days() {
    let model = reported(7).await;
    model.rig.days(5);
    delete(&model, 5..12);
    model.rig.run().await;
    model.rig.days(1);
    assert!(!model.rig.run().await.is_whole());
    assert!(
        !model.rig.run().await.is_whole(),
        "the older days are read once a day"
    );
    let accept = Options {
        accept_deletions: Some("p0".into()),
        ..Options::default()
    };
    assert!(model.rig.run_with(&accept).await.is_whole());
    assert!(model.rig.run().await.is_whole());
    assert_eq!(held(&model, 13)[8..], [Some(0); 5]);
}

#[tokio::test]
async fn seconds_that_fall_to_zero_need_an_operator_although_tasks_stay() {
    let mut model = hired().await;
    model.rig.reporter.settings.look_back_days = 7;
    let all = |model: &Model, seconds| {
        for ago in 0..7 {
            let measures = Measures {
                seconds: Some(seconds),
                tasks: Some(5),
                labels: None,
            };
            let day = day(model, ago);
            model.rig.floor.set("p0", TRAINERS[0], day, measures);
        }
    };
    all(&model, 3600);
    assert!(model.rig.run().await.is_whole());
    all(&model, 0);
    let report = model.rig.run().await;
    assert_eq!(report.held_projects.len(), 1);
    assert_eq!(held(&model, 7), [Some(3600); 7]);
}

/// Fewer than five person-days become zero without an operator. They are reported again when the tool shows them.
#[tokio::test]
async fn work_that_was_set_to_zero_may_come_back_later() {
    for shown in [None, Some(0)] {
        let model = reported(4).await;
        let days: Vec<_> = (0..4).map(|ago| day(&model, ago)).collect();
        for ago in 0..4 {
            match shown {
                None => delete(&model, ago..ago + 1),
                Some(seconds) => work(&model, ago, seconds),
            }
        }
        for _ in 0..2 {
            assert!(model.rig.run().await.is_whole());
            model.rig.minutes(11);
        }
        assert_eq!(held(&model, 4), [Some(0); 4], "{shown:?}");
        for _ in 0..9 {
            model.rig.days(1);
            model.rig.run().await;
        }
        for ago in 9..13 {
            work(&model, ago, 3600);
        }
        model.rig.days(1);
        model.rig.run().await;
        let back = |day: &jiff::civil::Date| model.rig.books.sum(TRAINERS[0], *day).seconds;
        let sums: Vec<_> = days.iter().map(back).collect();
        assert_eq!(sums, [Some(3600); 4], "{shown:?}");
    }
}

/// A day of the look-back may be closed by the second run of a day.
#[tokio::test]
async fn a_closed_day_that_is_deleted_is_read_until_that_is_confirmed() {
    let model = reported(3).await;
    model.rig.days(1);
    for _ in 0..2 {
        model.rig.run().await;
        model.rig.minutes(1);
    }
    delete(&model, 3..4);
    assert_eq!(model.rig.run().await.missing.len(), 1);
    model.rig.days(1);
    model.rig.run().await;
    assert_eq!(held(&model, 5)[4], Some(0));
}
