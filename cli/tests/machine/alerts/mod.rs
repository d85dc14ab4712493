//! Alerts: each is posted once at its start and once at its end.

mod runs;

use std::sync::Arc;
use std::time::Duration;

use bridge::server::AlertWatch;
use serde_json::{Value, json};
use shared::config::Schedule;
use shared::ledger::Access;
use shared::model::clock::{Clock, ManualClock, SystemClock};
use shared::model::failure::Cause;
use shared::model::progress::unwatched;
use shared::opentrain::ProvisioningMode::PartnerWebhook;
use shared::opentrain::{EndpointPatch, EndpointStatus};
use shared::queue::{DeduplicationId, GroupId, Outgoing};
use shared::reconcile::Wish;
use shared::usage::Options;
use simulator::{Fault, On, ToolCall, What, Work};

use crate::common::canaries;
use crate::common::world::{Setup, TOOL_TOKEN, World, play, play_with};
use crate::notices::channel::Channel;
use crate::reconcile::kit::{order, reconcile_as};
use crate::usage::books::{hired, worked};

const HOUR: Duration = Duration::from_secs(3600);

/// A watch whose clock is ahead by these hours.
fn watch_after(w: &World, channel: &Channel, schedule: Schedule, hours: u32) -> AlertWatch {
    let webhook = channel.settings().webhook.unwrap();
    let clock = ManualClock::at(SystemClock.now());
    clock.advance(HOUR * hours);
    AlertWatch::of(&w.bridge, webhook, Arc::new(clock), schedule)
}

fn watch(w: &World, channel: &Channel) -> AlertWatch {
    let schedule = Schedule {
        reconcile_every: Some(HOUR),
        usage_every: Some(HOUR),
    };
    watch_after(w, channel, schedule, 0)
}

/// Kind, state and ids of each post. Asserts what all posts have in common.
fn told(channel: &Channel) -> Vec<(String, String, Value)> {
    let posts = channel.posts();
    for post in &posts {
        canaries::assert_none_in(&post.to_string());
        let text = post["text"].as_str().unwrap();
        assert!(text.starts_with("OpenTrain bridge: "), "{text}");
        let ids = post["subjects"].as_array().unwrap();
        assert_eq!(post["count"], ids.len());
        assert!(ids.iter().all(|id| text.contains(id.as_str().unwrap())));
    }
    let text = |post: &Value, field: &str| post[field].as_str().unwrap().to_owned();
    let one = |post: &Value| {
        (
            text(post, "alert"),
            text(post, "state"),
            post["subjects"].clone(),
        )
    };
    posts.iter().map(one).collect()
}

fn post(alert: &str, state: &str, subject: &str) -> (String, String, Value) {
    (alert.to_owned(), state.to_owned(), json!([subject]))
}

/// Number of posts of an end.
fn ended(channel: &Channel, alert: &str) -> usize {
    let is_end = |it: &&(String, String, Value)| it.0 == alert && it.1 == "ended";
    told(channel).iter().filter(is_end).count()
}

/// A trainer's document that cannot be read.
struct Document {
    db: rusqlite::Connection,
    trainer: String,
    sound: String,
}

impl Document {
    fn damage(w: &World, trainer: &str) -> Self {
        let db = rusqlite::Connection::open(w.file()).unwrap();
        db.busy_timeout(Duration::from_secs(30)).unwrap();
        let sql = "SELECT doc FROM ledger_item WHERE partition_key = ? AND sort_key = 'DOCUMENT'";
        let trainer = format!("TRAINER#{trainer}");
        let sound = db.query_row(sql, [&trainer], |row| row.get(0)).unwrap();
        let document = Self { db, trainer, sound };
        document.write("damaged");
        document
    }

    fn write(&self, text: &str) {
        let sql =
            "UPDATE ledger_item SET doc = ? WHERE partition_key = ? AND sort_key = 'DOCUMENT'";
        let changed = self.db.execute(sql, [text, &self.trainer]).unwrap();
        assert_eq!(changed, 1);
    }

    fn repair(self) {
        self.write(&self.sound);
    }
}

#[tokio::test]
async fn a_restart_repeats_no_alert() {
    play(async |w| {
        let channel = Channel::open().await;
        let job = w.job("streets").await;
        w.tool.set_token("canary-another-token");
        w.hire(&job, &w.trainer("usr_1"));
        w.until_access("usr_1", "streets", |it| it.trouble.is_some())
            .await;
        let first = watch(w, &channel);
        first.look().await.unwrap();
        let started = post("operator-needed", "started", "usr_1 in project streets");
        assert_eq!(told(&channel), std::slice::from_ref(&started));
        first.look().await.unwrap();
        watch(w, &channel).look().await.unwrap();
        assert_eq!(told(&channel).len(), 1);

        w.tool.set_token(TOOL_TOKEN);
        w.idle().await;
        let second = watch(w, &channel);
        second.look().await.unwrap();
        second.look().await.unwrap();
        let ended = post("operator-needed", "ended", "usr_1 in project streets");
        assert_eq!(told(&channel), [started, ended]);
    })
    .await;
}

/// The access still waits when the tool does not answer at all.
#[tokio::test]
async fn a_passing_failure_ends_no_alert() {
    play(async |w| {
        let channel = Channel::open().await;
        let watch = watch(w, &channel);
        let fails_with = async |status, cause| {
            w.tool.clear_faults();
            w.tool
                .fault(Fault::lasting(ToolCall::PutMember, What::status(status)));
            order(w, Wish::default()).await;
            let is_it = |it: &Access| it.trouble.as_ref().is_some_and(|it| it.cause == cause);
            w.until_access("usr_1", "streets", is_it).await;
            watch.look().await.unwrap();
        };
        let job = w.job("streets").await;
        let refused = Fault::lasting(ToolCall::PutMember, What::status(422));
        w.tool.fault(refused);
        w.hire(&job, &w.trainer("usr_1"));
        fails_with(422, Cause::Wrong).await;
        fails_with(503, Cause::Transient).await;
        let started = post("operator-needed", "started", "usr_1 in project streets");
        assert_eq!(told(&channel), [started]);
        w.tool.clear_faults();
        w.idle().await;
        watch.look().await.unwrap();
        assert_eq!(ended(&channel, "operator-needed"), 1);
    })
    .await;
}

/// A message that no version can read.
async fn dead_letter(w: &World) {
    let message = Outgoing {
        body: "canary".to_owned(),
        group: GroupId::new("trainer", "usr_1"),
        deduplication: DeduplicationId::of(&["bad"]),
    };
    w.bridge.queue().send(message).await.unwrap();
    w.until_queue("with a dead letter", |depth| depth.dead == 1)
        .await;
}

#[tokio::test]
async fn a_post_that_fails_is_retried() {
    let setup = Setup {
        dead: 1,
        ..Setup::default()
    };
    play_with(setup, async |w| {
        let channel = Channel::open().await;
        dead_letter(w).await;
        let watch = watch(w, &channel);
        for status in [500, 404] {
            channel.answer(Some(status));
            watch.look().await.unwrap();
        }
        assert_eq!((channel.refused(), told(&channel).len()), (2, 0));
        channel.answer(None);
        watch.look().await.unwrap();
        watch.look().await.unwrap();
        let told = told(&channel);
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].0.as_str(), told[0].1.as_str()),
            ("dead-letter", "started")
        );
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_that_is_disabled_is_an_alert_until_it_is_enabled() {
    play(async |w| {
        let channel = Channel::open().await;
        let watch = watch(w, &channel);
        let platform = &w.customers["default"].platform;
        let endpoints = platform.endpoints().await.unwrap().whole().unwrap();
        let id = &endpoints[0].id;
        for status in [EndpointStatus::Disabled, EndpointStatus::Active] {
            let patch = EndpointPatch {
                status: Some(status),
                ..EndpointPatch::default()
            };
            platform.update_endpoint(id, &patch).await.unwrap();
            reconcile_as(w, Wish::default()).await;
            watch.look().await.unwrap();
            // A list that can't be read ends no alert.
            let list = On::call("GET", "/webhook-endpoints");
            let fault = Fault::lasting(list, What::status(503));
            w.opentrain.fault(fault);
            let outcome = reconcile_as(w, Wish::default()).await;
            assert!(outcome.all_done().is_err());
            watch.look().await.unwrap();
            w.opentrain.clear_faults();
        }
        let subject = format!("webhook endpoint {id}");
        let states = ["started", "ended"].map(|it| post("endpoint-disabled", it, &subject));
        assert_eq!(told(&channel), states);
    })
    .await;
}

#[tokio::test]
async fn removals_that_the_guard_holds_are_an_alert_until_an_operator_decides() {
    play(async |w| {
        let channel = Channel::open().await;
        let watch = watch(w, &channel);
        w.job("other").await;
        let job = w.unlinked_job();
        let link = w.link("default", &job, "streets", PartnerWebhook).await;
        for n in 0..4 {
            w.hire(&job, &w.trainer(&format!("usr_{n}")));
        }
        w.idle().await;
        w.opentrain.lose_events(1);
        w.remove_link("default", &link).await;
        for _ in 0..2 {
            reconcile_as(w, Wish::scheduled()).await;
            watch.look().await.unwrap();
        }
        let started = post("removals-held", "started", "connection default");
        assert_eq!(told(&channel), [started]);
        let force = Wish {
            force: true,
            connection: Some(shared::model::ConnectionName::default()),
            ..Wish::default()
        };
        reconcile_as(w, force).await;
        reconcile_as(w, Wish::scheduled()).await;
        watch.look().await.unwrap();
        assert_eq!(
            told(&channel)[1],
            post("removals-held", "ended", "connection default")
        );
    })
    .await;
}

#[tokio::test]
async fn days_that_are_lost_are_an_alert() {
    play(async |w| {
        let channel = Channel::open().await;
        let run = async || w.bridge.jobs().usage(&Options::default(), &unwatched).await;
        let (_, contract) = hired(w, "usr_maria").await;
        worked(w, "usr_maria", 0, Work::of_seconds(50));
        assert!(run().await.unwrap().is_whole());
        let link = w.opentrain.links()[0].id.clone();
        w.remove_link("default", &link.as_str().into()).await;
        w.idle().await;
        worked(w, "usr_maria", 0, Work::of_seconds(60));
        assert!(!run().await.unwrap().is_whole());
        watch(w, &channel).look().await.unwrap();
        let started = post("usage-lost", "started", &format!("contract {contract}"));
        assert_eq!(told(&channel), std::slice::from_ref(&started));
        // A run that can't read a document does not see all lost days.
        let document = Document::damage(w, "usr_maria");
        run().await.unwrap();
        watch(w, &channel).look().await.unwrap();
        document.repair();
        assert_eq!(ended(&channel, "usage-lost"), 0);
    })
    .await;
}
