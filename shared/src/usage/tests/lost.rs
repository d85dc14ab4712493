//! Days that can no longer be reported.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::model::{Act, Model, TRAINERS};
use super::rig::{Answer, Reply, Standing};
use crate::ledger::{Measures, WhyLost};
use crate::usage::{Options, Report};

pub(super) const HOUR: Measures = Measures {
    seconds: Some(3600),
    tasks: None,
    labels: None,
};

pub(super) async fn hired() -> Model {
    let mut model = Model::new().await;
    let hire = Act::Hire {
        trainer: 0,
        job: 0,
        start: 0,
    };
    model.play(&hire).await;
    model.rig.minutes(1);
    model
}

pub(super) async fn run(model: &Model, down: bool) -> Report {
    let answer = if down { Answer::Down } else { Answer::Whole };
    model.rig.floor.answers(&[answer; 8]);
    let by_hand = Options {
        by_hand: true,
        ..Options::default()
    };
    model.rig.run_with(&by_hand).await
}

pub(super) fn lost(report: &Report) -> BTreeSet<Date> {
    let new = report.lost.iter().filter(|it| it.is_new);
    let lost = new.filter(|it| it.why == WhyLost::TooOld);
    lost.flat_map(|it| it.days.keys().copied()).collect()
}

#[tokio::test]
async fn a_day_that_was_down_for_five_weeks_is_named_once() {
    let mut model = hired().await;
    let first = model.rig.today();
    for _ in 0..3 {
        let today = model.rig.today();
        model.rig.floor.set("p0", TRAINERS[0], today, HOUR);
        run(&model, true).await;
        model.rig.days(1);
    }
    let end = Act::End {
        contract: 0,
        last: Some(-1),
        late: false,
    };
    model.play(&end).await;
    let mut named = Vec::new();
    for _ in 0..40 {
        let report = run(&model, true).await;
        assert!(!report.is_whole() || model.rig.today() > first.checked_add(38.days()).unwrap());
        assert_eq!(lost(&report).is_empty(), report.days_lost() == 0);
        named.extend(lost(&report));
        named.extend(lost(&run(&model, true).await));
        model.rig.days(1);
    }
    let days: Vec<_> = first.series(1.day()).take(3).collect();
    assert_eq!(named, days, "each of its days, once");
}

/// A reading of a later day has settled the days before the outage.
#[tokio::test]
async fn days_before_an_outage_are_not_lost() {
    let model = hired().await;
    let first = model.rig.today();
    for _ in 0..3 {
        run(&model, false).await;
        model.rig.days(1);
    }
    let mut named = BTreeSet::new();
    for _ in 0..39 {
        for _ in 0..2 {
            named.extend(lost(&run(&model, true).await));
        }
        model.rig.days(1);
    }
    let day = |days: i64| first.checked_add(days.days()).unwrap();
    assert_eq!(named, (1..=5).map(day).collect());
}

#[tokio::test]
async fn an_outage_of_a_month_loses_nothing() {
    let model = hired().await;
    for _ in 0..30 {
        let today = model.rig.today();
        model.rig.floor.set("p0", TRAINERS[0], today, HOUR);
        run(&model, true).await;
        model.rig.days(1);
    }
    let report = run(&model, false).await;
    assert!(report.is_whole(), "{}", report.shortfall());
    for ago in 1..=30 {
        let day = model.rig.today().checked_sub(ago.days()).unwrap();
        assert_eq!(model.rig.books.sum(TRAINERS[0], day), HOUR, "{day}");
    }
}

#[tokio::test]
async fn a_bridge_that_was_off_for_six_weeks_names_what_is_lost() {
    let mut model = hired().await;
    run(&model, false).await;
    let first = model.rig.today();
    model.rig.floor.set("p0", TRAINERS[0], first, HOUR);
    let end = Act::End {
        contract: 0,
        last: Some(0),
        late: false,
    };
    model.play(&end).await;
    model.rig.days(42);
    let report = run(&model, false).await;
    assert!(lost(&report).is_empty(), "the clock may be ahead");
    let report = run(&model, false).await;
    assert!(!report.is_whole());
    assert_eq!(lost(&report), [first].into());
    assert!(run(&model, false).await.is_whole(), "named once");
}

/// Worked days on which the tool did not answer.
pub(super) async fn down_for(model: &Model, days: u16) {
    for _ in 0..days {
        let today = model.rig.today();
        model.rig.floor.set("p0", TRAINERS[0], today, HOUR);
        run(model, true).await;
        model.rig.days(1);
    }
}

/// The days of the last weeks for which OpenTrain's work differs from the tool's.
pub(super) fn unreported(model: &Model, days: i64) -> Vec<Date> {
    let day = |ago: i64| model.rig.today().checked_sub(ago.days()).unwrap();
    let is_short = |day: &Date| model.rig.books.sum(TRAINERS[0], *day) != HOUR;
    (1..=days).map(day).filter(is_short).collect()
}

/// The scheduled runs of one day after an outage: the first one fails in part.
async fn after_an_outage(answers: &[Answer], replies: &[Reply]) {
    let model = hired().await;
    down_for(&model, 8).await;
    model.rig.floor.answers(answers);
    model.rig.books.replies(replies);
    let first = model.rig.run().await;
    assert!(!first.is_whole(), "{answers:?} {replies:?}");
    model.rig.floor.answers(&[]);
    model.rig.books.replies(&[]);
    model.rig.minutes(150);
    let second = model.rig.run().await;
    assert!(second.is_whole(), "{}", second.shortfall());
    assert_eq!(unreported(&model, 8), [], "{answers:?} {replies:?}");
    model.rig.floor.asked.lock().unwrap().clear();
    assert!(model.rig.run().await.is_whole());
    let asked = model.rig.floor.asked.lock().unwrap().len();
    assert_eq!(asked, 2, "older days are read once a day");
}

#[tokio::test]
async fn older_days_that_could_not_be_reported_are_tried_by_the_next_run() {
    after_an_outage(&[], &[Reply::Down]).await;
    after_an_outage(&[], &[Reply::Conflict]).await;
    after_an_outage(&[Answer::OlderDown; 4], &[]).await;
}

/// A run over a part of the work, before a link is deleted or access is revoked, reads all open days. A day whose work
/// was set to zero is open.
#[tokio::test]
async fn a_run_with_a_name_reads_open_days_again() {
    let model = hired().await;
    let day = model.rig.today();
    model.rig.floor.set("p0", TRAINERS[0], day, HOUR);
    model.rig.run().await;
    model.rig.floor.delete("p0", TRAINERS[0], day);
    for _ in 0..2 {
        model.rig.run().await;
        model.rig.minutes(11);
    }
    for _ in 0..5 {
        model.rig.days(1);
        model.rig.run().await;
    }
    model.rig.floor.set("p0", TRAINERS[0], day, HOUR);
    model.rig.run().await;
    assert_eq!(model.rig.books.sum(TRAINERS[0], day).seconds, Some(0));
    let link = Options {
        link: Some("plk_0".into()),
        ..Options::default()
    };
    assert!(model.rig.run_with(&link).await.is_whole());
    assert_eq!(model.rig.books.sum(TRAINERS[0], day), HOUR);
}

/// The first report is sent when the first days can no longer be read.
#[tokio::test]
async fn days_before_a_late_first_run_are_named_once() {
    let model = hired().await;
    let first = model.rig.today();
    model.rig.days(38);
    assert!(lost(&run(&model, false).await).is_empty());
    let named = lost(&run(&model, false).await);
    assert_eq!(named, first.series(1.day()).take(3).collect());
    assert!(run(&model, false).await.is_whole(), "named once");
}

/// The contract's link is removed with days that were not reported, and made again.
#[tokio::test]
async fn a_link_that_is_made_again_reports_what_was_named_as_lost() {
    let mut model = hired().await;
    model.connect(0, Standing::Lives).await;
    down_for(&model, 8).await;
    remove_links(&model, true).await;
    let report = run(&model, false).await;
    assert_eq!(report.days_lost(), 8);
    assert_eq!(run(&model, false).await.days_lost(), 0, "named once");
    model.play(&Act::Move { contract: 0 }).await;
    let report = run(&model, false).await;
    assert!(report.is_whole(), "{}", report.shortfall());
    assert_eq!(unreported(&model, 8), []);
    assert_eq!(run(&model, false).await.lost, []);
}

/// Removes the links of the first job.
async fn remove_links(model: &Model, removed: bool) {
    let ledger = &model.rig.reporter.ledger;
    let connection = crate::model::ConnectionName::parse("c0").unwrap();
    for (id, project) in [("plk_0", "p0"), ("plk_1", "p1")] {
        let link = crate::ledger::Link {
            id: id.into(),
            job: Some("job_0".into()),
            project: Some(project.into()),
            project_name: None,
            managed: false,
            install: None,
            removed,
            absent: false,
            at: crate::model::clock::Clock::now(&*model.rig.clock),
        };
        ledger.record_link(&connection, &link).await.unwrap();
    }
}

/// The last link of a project that can't be read is removed, and its days grow too old to be read.
#[tokio::test]
async fn the_record_of_a_failure_ends_with_the_last_link() {
    let model = hired().await;
    run(&model, true).await;
    let failing = async |model: &Model| {
        let ledger = &model.rig.reporter.ledger;
        let usages = ledger.project_usages(&["p0".into()]).await.unwrap();
        usages[0].failing.is_some()
    };
    assert!(failing(&model).await);
    let ledger = &model.rig.reporter.ledger;
    for connection in ledger.connections().await.unwrap() {
        for link in ledger.links(&connection).await.unwrap() {
            let removed = crate::ledger::Link {
                removed: true,
                ..link
            };
            ledger.record_link(&connection, &removed).await.unwrap();
        }
    }
    run(&model, true).await;
    assert!(failing(&model).await, "its work may still be read");
    model.rig.days(40);
    run(&model, true).await;
    assert!(!failing(&model).await);
}
