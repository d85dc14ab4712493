//! One report of a project at a time.

use std::time::Duration;

use super::rig::Rig;

const SOON: Duration = Duration::from_millis(10);

#[tokio::test]
async fn a_project_is_reported_by_one_process_at_a_time() {
    for is_shared in [false, true] {
        let rig = Rig::new(is_shared);
        let ledger = &rig.reporter.ledger;
        let take = async |projects: &[&str]| {
            let projects = projects.iter().map(|it| (*it).into()).collect();
            ledger.lease_usage(projects, SOON).await.unwrap()
        };
        let lease = take(&["p0", "p1"]).await.unwrap();
        assert!(take(&["p1", "p2"]).await.is_none(), "shared: {is_shared}");
        let other = take(&["p2"]).await.unwrap();
        ledger
            .release_usage(other, &Default::default(), &Default::default())
            .await
            .unwrap();
        ledger
            .release_usage(lease, &Default::default(), &Default::default())
            .await
            .unwrap();
        assert!(take(&["p1", "p2"]).await.is_some());
    }
}

/// Another process, which shares only the table.
fn other_process(rig: &Rig) -> crate::ledger::Ledger {
    let store = std::sync::Arc::clone(&rig.store);
    let claims = std::sync::Arc::new(super::rig::Store::default());
    let clock = std::sync::Arc::clone(&rig.clock);
    crate::ledger::Ledger::new(store, claims, clock)
}

#[tokio::test]
async fn a_process_that_is_gone_holds_no_project_for_long() {
    let rig = Rig::new(true);
    let gone = other_process(&rig);
    let lease = gone.lease_usage(["p0".into()].into(), SOON).await.unwrap();
    drop(lease);
    let ledger = &rig.reporter.ledger;
    let take = async || {
        ledger
            .lease_usage(["p0".into()].into(), SOON)
            .await
            .unwrap()
    };
    assert!(take().await.is_none());
    rig.minutes(3);
    assert!(take().await.is_some());
}

#[tokio::test]
async fn a_lease_that_was_taken_over_ends_the_work() {
    let rig = Rig::new(true);
    let (slow, other) = (&rig.reporter.ledger, other_process(&rig));
    let projects = || ["p0".into()].into();
    let lease = slow.lease_usage(projects(), SOON).await.unwrap().unwrap();
    rig.minutes(3);
    let _taken = other.lease_usage(projects(), SOON).await.unwrap().unwrap();
    let endless = std::future::pending::<()>();
    let work = slow.renewing(&lease, SOON, endless);
    assert!(work.await.unwrap().is_none());
}

#[tokio::test]
async fn a_lease_that_is_renewed_stays() {
    let rig = Rig::new(true);
    let (own, other) = (&rig.reporter.ledger, other_process(&rig));
    let projects = || ["p0".into()].into();
    let lease = own.lease_usage(projects(), SOON).await.unwrap().unwrap();
    let work = async {
        for _ in 0..10 {
            rig.minutes(1);
            tokio::time::sleep(SOON * 4).await;
            let taken = other.lease_usage(projects(), SOON).await.unwrap();
            assert!(taken.is_none());
        }
    };
    assert!(own.renewing(&lease, SOON, work).await.unwrap().is_some());
}

/// Found by the simulation: the process stops for longer than its lease, and another one reports meanwhile.
#[tokio::test]
async fn a_process_that_stood_still_does_not_continue_with_what_it_read() {
    for is_released in [true, false] {
        let rig = Rig::new(true);
        let (slow, other) = (&rig.reporter.ledger, other_process(&rig));
        let projects = || ["p0".into()].into();
        let lease = slow.lease_usage(projects(), SOON).await.unwrap().unwrap();
        let has_continued = std::cell::Cell::new(false);
        let work = async {
            rig.minutes(3);
            let taken = other.lease_usage(projects(), SOON).await.unwrap().unwrap();
            if is_released {
                let read = Default::default();
                other
                    .release_usage(taken, &read, &Default::default())
                    .await
                    .unwrap();
            }
            tokio::task::yield_now().await;
            has_continued.set(true);
        };
        let hour = Duration::from_secs(3600);
        let done = slow.renewing(&lease, hour, work).await.unwrap();
        assert_eq!((done, has_continued.get()), (None, false), "{is_released}");
    }
}

/// The same, and no other process reports meanwhile: the work continues.
#[tokio::test]
async fn a_process_that_stood_still_alone_continues() {
    let rig = Rig::new(true);
    let ledger = &rig.reporter.ledger;
    let lease = ledger.lease_usage(["p0".into()].into(), SOON).await;
    let work = async {
        rig.minutes(3);
        tokio::task::yield_now().await;
    };
    let hour = Duration::from_secs(3600);
    let done = ledger.renewing(&lease.unwrap().unwrap(), hour, work).await;
    assert_eq!(done.unwrap(), Some(()));
}

/// A moment that was recorded while a clock was ahead does not make later readings look old.
#[tokio::test]
async fn a_reading_of_the_future_is_not_the_newest() {
    for is_shared in [false, true] {
        let rig = Rig::new(is_shared);
        let ledger = &rig.reporter.ledger;
        let take = async || {
            ledger
                .lease_usage(["p0".into()].into(), SOON)
                .await
                .unwrap()
        };
        let now = crate::model::clock::Clock::now(&*rig.clock);
        let tomorrow = now + jiff::SignedDuration::from_hours(24);
        for (read, newest) in [(tomorrow, None), (now, Some(now))] {
            let lease = take().await.unwrap();
            let read = [("p0".into(), read)].into();
            ledger
                .release_usage(lease, &read, &Default::default())
                .await
                .unwrap();
            let lease = take().await.unwrap();
            assert_eq!(lease.newest_reading(), newest, "shared: {is_shared}");
            ledger
                .release_usage(lease, &Default::default(), &Default::default())
                .await
                .unwrap();
        }
    }
}
