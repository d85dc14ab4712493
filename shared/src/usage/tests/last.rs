//! The last reading before access is revoked.

use std::collections::BTreeMap;
use std::time::Duration;

use super::model::{Act, Model, TRAINERS};
use super::rig::Rig;
use crate::ledger::{Measures, UsageLease};
use crate::model::clock::Clock;
use crate::model::ids::TrainerId;
use crate::usage::LastReadings;

const SOON: Duration = Duration::from_millis(10);

async fn hired(is_shared: bool) -> Model {
    let mut model = Model::on(Rig::new(is_shared)).await;
    let hire = Act::Hire {
        trainer: 0,
        job: 0,
        start: 0,
    };
    model.play(&hire).await;
    model.rig.minutes(1);
    model
}

fn work(model: &Model, seconds: i64) {
    let measures = Measures {
        seconds: Some(seconds),
        ..Measures::default()
    };
    let today = model.rig.today();
    model.rig.floor.set("p0", TRAINERS[0], today, measures);
}

/// Another report of the projects is under way.
async fn other(model: &Model) -> UsageLease {
    let projects = ["p0".into(), "p1".into()].into();
    let lease = model.rig.reporter.ledger.lease_usage(projects, SOON);
    lease.await.unwrap().unwrap()
}

async fn read_last(model: &Model) {
    read_last_of(model, &LastReadings::default(), 0).await;
}

async fn read_last_of(model: &Model, shared: &LastReadings, trainer: usize) {
    let id: TrainerId = TRAINERS[trainer].into();
    let ledger = &model.rig.reporter.ledger;
    let trainer = ledger.trainer(&id).await.unwrap();
    let environment = ledger.environment_of(&trainer).await.unwrap();
    let project = "p0".into();
    let reporter = &model.rig.reporter;
    reporter
        .last_reading(shared, &id, &trainer, &environment, &project)
        .await;
}

fn asked(model: &Model) -> usize {
    model.rig.floor.asked.lock().unwrap().len()
}

/// The last reading waits for another report, which has read more meanwhile.
#[tokio::test]
async fn a_last_reading_that_is_older_than_another_report_is_taken_again() {
    for is_shared in [false, true] {
        let model = hired(is_shared).await;
        work(&model, 3600);
        let lease = other(&model).await;
        let end = async {
            while asked(&model) < 2 {
                tokio::task::yield_now().await;
            }
            model.rig.minutes(1);
            work(&model, 7200);
            let now = model.rig.clock.now();
            let read = BTreeMap::from([("p0".into(), now), ("p1".into(), now)]);
            let ledger = &model.rig.reporter.ledger;
            ledger
                .release_usage(lease, &read, &Default::default())
                .await
                .unwrap();
        };
        tokio::join!(read_last(&model), end);
        let held = model.rig.books.sum(TRAINERS[0], model.rig.today());
        assert_eq!(held.seconds, Some(7200), "shared: {is_shared}");
    }
}

#[tokio::test]
async fn a_last_reading_with_nothing_new_waits_for_no_other_report() {
    let model = hired(true).await;
    work(&model, 3600);
    assert!(model.rig.run().await.is_whole());
    let _lease = other(&model).await;
    let posts = *model.rig.books.posts.lock().unwrap();
    let read = tokio::time::timeout(Duration::from_secs(2), read_last(&model));
    assert!(read.await.is_ok());
    assert_eq!(*model.rig.books.posts.lock().unwrap(), posts);
}

/// A person who leaves may need days that another person does not need.
#[tokio::test]
async fn a_reading_that_is_shared_covers_all_days_that_are_needed() {
    let mut model = hired(false).await;
    let hire = Act::Hire {
        trainer: 1,
        job: 0,
        start: -8,
    };
    model.play(&hire).await;
    let day = model
        .rig
        .today()
        .checked_sub(jiff::ToSpan::days(7))
        .unwrap();
    let measures = Measures {
        seconds: Some(60),
        ..Measures::default()
    };
    model.rig.floor.set("p0", TRAINERS[1], day, measures);
    work(&model, 3600);
    let shared = LastReadings::default();
    read_last_of(&model, &shared, 0).await;
    read_last_of(&model, &shared, 1).await;
    assert_eq!(model.rig.books.sum(TRAINERS[1], day), measures);
    let calls = asked(&model);
    read_last_of(&model, &shared, 0).await;
    assert_eq!(asked(&model), calls, "the wider one serves both");
}

#[tokio::test(start_paused = true)]
async fn a_second_removal_soon_after_the_first_has_time_left() {
    let shared = LastReadings::default();
    let id = TRAINERS[0].into();
    let left = |shared: &LastReadings| {
        let now = tokio::time::Instant::now();
        (shared.until(&id, now) - now).as_secs()
    };
    for (waits, expected) in [(0, 25), (40, 24), (40, 23), (61, 25)] {
        tokio::time::advance(Duration::from_secs(waits)).await;
        assert_eq!(left(&shared), expected);
        let begun = tokio::time::Instant::now();
        tokio::time::advance(Duration::from_secs(1)).await;
        shared.spend(&id, begun);
    }
}
