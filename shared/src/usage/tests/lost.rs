//! Days that can no longer be reported.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::model::{Act, Model, TRAINERS};
use super::rig::Answer;
use crate::ledger::{Measures, WhyLost};
use crate::usage::{Options, Report};

const HOUR: Measures = Measures {
    seconds: Some(3600),
    tasks: None,
    labels: None,
};

async fn hired() -> Model {
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

async fn run(model: &Model, down: bool) -> Report {
    let answer = if down { Answer::Down } else { Answer::Whole };
    model.rig.floor.answers(&[answer; 8]);
    let by_hand = Options {
        by_hand: true,
        ..Options::default()
    };
    model.rig.run_with(&by_hand).await
}

fn lost(report: &Report) -> BTreeSet<Date> {
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
