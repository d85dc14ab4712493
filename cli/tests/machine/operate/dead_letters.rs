//! `bridge dead-letters` and `bridge invitations`.

use serde_json::json;
use shared::ledger::Written;
use shared::model::clock::{Clock, SystemClock};
use shared::model::event::read;
use shared::model::ids::TrainerId;
use shared::model::invitation::Invitation;
use shared::queue::{EventMessage, Message};

use crate::common::command::{bridge, command, run, run_showing};
use crate::common::events::{Link, started};
use crate::common::world::{Setup, World, play, play_with};
use crate::operate::kit::PROJECT;

/// Stores a dead letter with the start of a contract.
pub(crate) fn bury(world: &World, id: i64, trainer: &str, reason: &str) {
    let link = Link::new("link_1", PROJECT);
    let event = started(
        u64::try_from(id).unwrap(),
        &format!("ctr_{id}"),
        trainer,
        &link,
    );
    let message = Message::Event(EventMessage {
        connection: shared::model::ConnectionName::default(),
        delivery: None,
        received_at: "2026-06-12T10:00:00Z".parse().unwrap(),
        handed_on: None,
        event: read(event.to_string().as_bytes()).unwrap(),
    });
    let message = message.encode();
    let db = rusqlite::Connection::open(world.file()).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    db.execute(
        "INSERT INTO queue_dead (seq, group_name, sent_at, died_at, receives, reason, body) VALUES (?, ?, 1, ?, 3, ?, ?)",
        (id, message.group.as_str(), SystemClock.now().as_millisecond() + id, reason, message.body),
    )
    .unwrap();
}

async fn world_with_two(test: impl AsyncFnOnce(&World)) {
    play_with(Setup::default(), async |world: &World| {
        world.project(PROJECT);
        bury(
            world,
            901,
            "usr_maria",
            "OpenTrain answers 503 (request req_1)",
        );
        bury(
            world,
            902,
            "usr_ben",
            "OpenTrain answers 503 (request req_2)",
        );
        test(world).await;
    })
    .await;
}

#[tokio::test]
async fn dead_letters_are_grouped_by_cause_and_shown_without_personal_data() {
    world_with_two(async |world| {
        let listed = bridge(world, &["dead-letters", "--json"]).await.json();
        assert_eq!(listed["count"], 2);
        assert_eq!(listed["causes"][0]["count"], 2, "{listed}");
        assert_eq!(listed["causes"][0]["kind"], "contract.started");
        assert_eq!(listed["causes"][0]["ids"], json!(["901", "902"]));
        let shown = bridge(world, &["dead-letters", "show", "901"]).await.done();
        for plain in ["usr_maria", "ctr_901", "req_1"] {
            assert!(shown.contains(plain), "{shown}");
        }
        assert!(!shown.contains('@'), "{shown}");
        let unknown = bridge(world, &["dead-letters", "show", "17"]).await;
        assert!(
            unknown
                .misused()
                .contains("`bridge dead-letters` lists them")
        );
        let drop = [
            "dead-letters",
            "drop",
            "--all",
            "2",
            "--reason",
            "a test",
            "--yes",
        ];
        bridge(world, &drop).await.done();
    })
    .await;
}

#[tokio::test]
async fn a_dead_letter_is_redriven_once() {
    world_with_two(async |world| {
        let all = |count| ["dead-letters", "redrive", "--all", count];
        let refused = bridge(world, &all("3")).await.misused();
        assert!(
            refused.contains("there are 2 dead letters, not 3"),
            "{refused}"
        );
        bridge(world, &["dead-letters", "redrive", "901"])
            .await
            .done();
        world.idle().await;
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
        let again = bridge(world, &["dead-letters", "redrive", "901"]).await;
        assert_eq!(again.code, Some(1), "{}", again.out);
        assert!(again.err.contains("901"), "{}", again.err);
        bridge(world, &all("1")).await.done();
        world.idle().await;
        assert_eq!(world.members(PROJECT).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_dead_letter_is_dropped_with_a_reason_and_consent() {
    world_with_two(async |world| {
        let drop = ["dead-letters", "drop", "901", "902", "--reason"];
        let with = |rest: &[&'static str]| [&drop[..], rest].concat();
        let no_reason = bridge(world, &with(&[" "])).await.misused();
        assert!(no_reason.contains("`--reason` is empty"), "{no_reason}");
        let asked = bridge(world, &with(&["a test"])).await;
        assert!(asked.out.contains("contract.started"), "{}", asked.out);
        assert!(asked.misused().contains("`--yes`"));
        let dry = bridge(world, &with(&["a test", "--dry-run"])).await.done();
        assert!(dry.contains("2 dead letters are deleted"), "{dry}");
        assert_eq!(world.status().await["queue"]["dead"], 2);
        let copy = world.copy();
        let stopped = run(command(world, &copy, &with(&["a test", "--yes"]))).await;
        assert!(stopped.err.contains("reason: a test"), "{}", stopped.err);
        stopped.done();
        let logged = bridge(world, &with(&["a test", "--yes"])).await;
        assert!(!logged.err.contains("a test"), "{}", logged.err);
        logged.done();
        assert_eq!(world.status().await["queue"]["dead"], 0);
        let audit = bridge(world, &["audit", "--json"]).await.json();
        let rows = audit["entries"].as_array().unwrap();
        let dropped = rows
            .iter()
            .find(|it| it["event"] == "operator.dead-letters");
        let target = dropped.unwrap()["target"].as_str().unwrap();
        let group = "901 contract.started in group trainer:usr_maria";
        let reason = "(OpenTrain answers 503 (request req_1))";
        assert!(
            target.contains(group) && target.contains(reason),
            "{target}"
        );
        world.idle().await;
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

/// The ids alone are longer than the control socket accepts.
#[tokio::test]
async fn more_dead_letters_are_dropped_than_one_order_can_name() {
    play(async |world| {
        const COUNT: i64 = 5_000;
        let mut db = rusqlite::Connection::open(world.file()).unwrap();
        db.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        let all = db.transaction().unwrap();
        for n in 0..COUNT {
            all.execute(
                "INSERT INTO queue_dead (seq, group_name, sent_at, died_at, receives, reason, body) VALUES (?, 'g', 1, ?, 3, 'r', '{}')",
                (1_000_000_000_000_i64 + n, SystemClock.now().as_millisecond()),
            )
            .unwrap();
        }
        all.commit().unwrap();
        let count = COUNT.to_string();
        let drop = ["dead-letters", "drop", "--all", &count, "--reason", "r", "--yes"];
        let done = bridge(world, &drop).await.done();
        assert!(done.contains("Dropped 5000 dead letters"), "{done}");
        assert_eq!(world.status().await["queue"]["dead"], 0);
    })
    .await;
}

#[tokio::test]
async fn invitation_links_are_shown_on_request_only() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.tool.set_invites(true);
        world.hire(&job, &world.trainer("usr_maria"));
        world.idle().await;
        let (id, ledger) = (TrainerId::from("usr_maria"), world.bridge.ledger());
        let mut stored = ledger.document(&id).await.unwrap();
        let access = stored.trainer.access.get_mut(&PROJECT.into()).unwrap();
        let link = "https://tool.example/canary-link";
        access.invitation = Some(Invitation::new(link.to_owned()));
        let put = ledger.put_document(&id, &stored.trainer, stored.expect);
        assert!(matches!(put.await.unwrap(), Written::Stored(_)));
        let refused = bridge(world, &["invitations"]).await.misused();
        assert!(refused.contains("`--show`"), "{refused}");
        let exposed = ["invitations", "--json"];
        let exposed = run_showing(command(world, &world.file(), &exposed)).await;
        assert!(exposed.err.contains("is a secret"), "{}", exposed.err);
        let exposed = exposed.json();
        assert_eq!(exposed["invitations"][0]["link"], link);
        assert_eq!(exposed["invitations"][0]["projects"], json!([PROJECT]));
        assert_eq!(exposed["invitations"][0]["trainer"], "usr_maria");
    })
    .await;
}
