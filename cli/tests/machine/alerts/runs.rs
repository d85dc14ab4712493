//! Alerts of jobs: runs that are late, and what a run could not read.

use jiff::SignedDuration;
use shared::config::Schedule;
use shared::ledger::UsageRun;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::ProjectId;
use shared::model::progress::unwatched;
use shared::opentrain::{EndpointPatch, EndpointStatus};
use shared::queue::{DeduplicationId, GroupId, Outgoing};
use shared::reconcile::Wish;
use shared::usage::Options;
use simulator::{Fault, On, What};

use super::{Document, HOUR, ended, post, told, watch, watch_after};
use crate::common::world::{Setup, World, play, play_with};
use crate::notices::channel::Channel;
use crate::reconcile::kit::{reconcile, reconcile_as};

const USAGE: Schedule = Schedule {
    reconcile_every: None,
    usage_every: Some(HOUR),
};

const RECONCILE: Schedule = Schedule {
    reconcile_every: Some(HOUR),
    usage_every: None,
};

async fn report(w: &World) -> bool {
    let options = Options::default();
    let run = w.bridge.jobs().usage(&options, &unwatched);
    run.await.unwrap().is_whole()
}

/// A second run that reports all work ends the alert.
#[tokio::test]
async fn usage_that_is_not_complete_for_three_periods_is_an_alert() {
    play(async |w| {
        let channel = Channel::open().await;
        let job = w.job("streets").await;
        w.hire(&job, &w.trainer("usr_1"));
        w.idle().await;
        assert!(report(w).await);
        let after = async |hours| {
            let watch = watch_after(w, &channel, USAGE, hours);
            watch.look().await.unwrap();
        };
        after(2).await;
        assert_eq!(told(&channel), []);
        after(4).await;
        after(5).await;
        let started = post("usage-late", "started", "usage reports");
        assert_eq!(told(&channel), [started]);
        assert!(report(w).await);
        after(1).await;
        let ended = post("usage-late", "ended", "usage reports");
        assert_eq!(told(&channel)[1], ended);
    })
    .await;
}

/// No run covers a project whose links were removed over 35 days ago.
#[tokio::test]
async fn links_that_were_removed_long_ago_make_no_usage_late() {
    play(async |w| {
        let channel = Channel::open().await;
        let run = UsageRun {
            started_at: SystemClock.now() - SignedDuration::from_hours(36 * 24),
            left: None,
        };
        let ledger = w.bridge.ledger();
        let project = ProjectId::from("streets");
        let was_run = ledger.update_project_usage(&project, |it| it.run = Some(run.clone()));
        assert!(was_run.await.unwrap());
        assert!(report(w).await);
        watch_after(w, &channel, USAGE, 1).look().await.unwrap();
        assert_eq!(told(&channel), []);
    })
    .await;
}

#[tokio::test]
async fn reconciles_that_are_not_complete_for_three_periods_are_an_alert() {
    play(async |w| {
        let channel = Channel::open().await;
        let after = async |hours| {
            let watch = watch_after(w, &channel, RECONCILE, hours);
            watch.look().await.unwrap();
        };
        reconcile(w).await;
        after(2).await;
        assert_eq!(told(&channel), []);
        let list = On::call("GET", "/webhook-endpoints");
        w.opentrain.fault(Fault::lasting(list, What::status(503)));
        let incomplete = reconcile_as(w, Wish::default()).await;
        assert!(incomplete.all_done().is_err());
        after(4).await;
        let started = post("reconcile-late", "started", "reconciles");
        assert_eq!(told(&channel), [started]);
        w.opentrain.clear_faults();
        reconcile(w).await;
        after(1).await;
        let ended = post("reconcile-late", "ended", "reconciles");
        assert_eq!(told(&channel)[1], ended);
    })
    .await;
}

/// The hour of refusals has passed.
async fn refused_for_two_hours(w: &World) {
    let (ledger, name) = (w.bridge.ledger(), ConnectionName::default());
    let mut looks = ledger.looks(&name).await.unwrap();
    let refused = looks.refused.unwrap();
    looks.refused = Some(refused - SignedDuration::from_hours(2));
    ledger.put_looks(&name, &looks).await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_refused_for_an_hour_is_an_alert() {
    play(async |w| {
        let channel = Channel::open().await;
        let watch = watch(w, &channel);
        let install = On::call("GET", "/installs/current");
        w.opentrain
            .fault(Fault::lasting(install, What::status(401)));
        reconcile_as(w, Wish::default()).await;
        watch.look().await.unwrap();
        assert_eq!(told(&channel), []);
        refused_for_two_hours(w).await;
        for _ in 0..2 {
            reconcile_as(w, Wish::default()).await;
            watch.look().await.unwrap();
        }
        let started = post("token-refused", "started", "connection default");
        assert_eq!(told(&channel), [started]);
        w.opentrain.clear_faults();
        reconcile_as(w, Wish::default()).await;
        watch.look().await.unwrap();
        let ended = post("token-refused", "ended", "connection default");
        assert_eq!(told(&channel)[1], ended);
    })
    .await;
}

/// A trainer's document that can't be read hides no endpoint.
#[tokio::test]
async fn an_unrelated_problem_keeps_no_alert() {
    play(async |w| {
        let channel = Channel::open().await;
        let watch = watch(w, &channel);
        let job = w.job("streets").await;
        w.working(&job, "streets", "usr_1").await;
        let document = Document::damage(w, "usr_1");
        let platform = &w.customers["default"].platform;
        let endpoints = platform.endpoints().await.unwrap().whole().unwrap();
        for status in [EndpointStatus::Disabled, EndpointStatus::Active] {
            let patch = EndpointPatch {
                status: Some(status),
                ..EndpointPatch::default()
            };
            let id = &endpoints[0].id;
            platform.update_endpoint(id, &patch).await.unwrap();
            let outcome = reconcile_as(w, Wish::default()).await;
            assert!(outcome.all_done().is_err());
            watch.look().await.unwrap();
        }
        document.repair();
        assert_eq!(ended(&channel, "endpoint-disabled"), 1);
    })
    .await;
}

#[tokio::test]
async fn all_dead_letters_are_counted() {
    const DEAD: u64 = 51;
    let setup = Setup {
        dead: DEAD,
        ..Setup::default()
    };
    play_with(setup, async |w| {
        let channel = Channel::open().await;
        for n in 0..DEAD {
            let message = Outgoing {
                body: "canary".to_owned(),
                group: GroupId::new("trainer", &n.to_string()),
                deduplication: DeduplicationId::of(&["bad", &n.to_string()]),
            };
            w.bridge.queue().send(message).await.unwrap();
        }
        w.until_queue("with dead letters", |depth| depth.dead == DEAD)
            .await;
        watch(w, &channel).look().await.unwrap();
        assert_eq!(channel.posts()[0]["count"], DEAD);
    })
    .await;
}
