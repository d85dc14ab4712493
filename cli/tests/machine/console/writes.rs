//! Pages that change something.

use crate::common::command::bridge;
use crate::common::world::{Setup, World, play, play_with};
use crate::console::kit::start;
use crate::operate::dead_letters::bury;
use crate::operate::kit::{PROJECT, hired};

async fn dead(world: &World) -> u64 {
    world.bridge.queue().depth().await.unwrap().dead
}

#[tokio::test]
async fn without_the_flag_nothing_can_be_changed() {
    let setup = Setup {
        dead: 1,
        ..Setup::default()
    };
    play_with(setup, async |world| {
        world.project(PROJECT);
        bury(world, 901, "usr_maria", "OpenTrain answers 503");
        let console = start(world, &[]).await;
        let page = console.page("/dead-letters").await;
        page.has(&["Read-only", "901"]).lacks(&["Drop", "checkbox"]);
        for path in [
            "/dead-letters/redrive?id=901",
            "/dead-letters/drop?id=901",
            "/people/retry?trainer=usr_maria",
            "/reconcile/apply?plan=x",
        ] {
            console.get(path).await.is(403).has(&["--allow-writes"]);
        }
        let fields = [("id", "901"), ("reason", "test"), ("trainer", "usr_maria")];
        for path in [
            "/dead-letters/redrive",
            "/dead-letters/drop",
            "/people/retry",
            "/reconcile/apply",
        ] {
            console.post(path, &fields).await.is(403);
        }
        assert_eq!(dead(world).await, 1);
    })
    .await;
}

#[tokio::test]
async fn dead_letters_are_dropped_after_a_confirmation() {
    play(async |world| {
        world.project(PROJECT);
        for id in 901..=903 {
            bury(
                world,
                id,
                "usr_maria",
                &format!("OpenTrain answers 503 (request req_{id})"),
            );
        }
        let console = start(world, &["--allow-writes"]).await;
        let page = console.page("/dead-letters").await;
        let page = page.has(&["Changes are allowed", "901", "Drop all"]);
        let shown = console.page("/dead-letters/of?id=901").await;
        shown.has(&["ctr_901", "usr_maria"]);
        let asked = console.page("/dead-letters/drop?id=901").await;
        asked.has(&["1 dead letter", "restored", "name=\"reason\""]);
        assert_eq!(dead(world).await, 3, "the question changes nothing");
        let unreasoned = console.post("/dead-letters/drop", &[("id", "901")]).await;
        unreasoned.is(400).has(&["reason"]);
        let fields = [("id", "901"), ("reason", "a test")];
        let done = console.post("/dead-letters/drop", &fields).await;
        console
            .page(done.next())
            .await
            .has(&["1 dead letter was dropped"]);
        assert_eq!(dead(world).await, 2);
        let all = page.values("href", "/dead-letters/drop?kind").remove(0);
        let asked = console.page(&all).await.has(&["Their number (2)"]);
        let cause = asked.values("value", "OpenTrain answers").remove(0);
        let of = |count: &'static str, reason: &'static str| {
            [
                ("kind", "contract.started"),
                ("cause", cause.as_str()),
                ("count", count),
                ("reason", reason),
            ]
        };
        let wrong = console.post("/dead-letters/drop", &of("3", "a test")).await;
        wrong
            .is(400)
            .has(&["2 dead letters", "nothing was changed"]);
        assert_eq!(dead(world).await, 2);
        let done = console.post("/dead-letters/drop", &of("2", "a test")).await;
        console
            .page(done.next())
            .await
            .has(&["2 dead letters were dropped", "No dead letters"]);
        assert_eq!(dead(world).await, 0);
        let audit = bridge(world, &["audit", "--json"]).await.done();
        assert!(audit.contains("operator.dead-letters"), "{audit}");
        assert!(audit.contains("901 contract.started"), "{audit}");
    })
    .await;
}

#[tokio::test]
async fn a_trainer_is_retried() {
    play(async |world| {
        hired(world, &["usr_maria"]).await;
        let console = start(world, &["--allow-writes"]).await;
        let person = console.page("/people/of?what=usr_maria").await;
        let link = person.values("href", "/people/retry").remove(0);
        console.page(&link).await.has(&["harmless"]);
        let done = console
            .post("/people/retry", &[("trainer", "usr_maria")])
            .await;
        console
            .page(done.next())
            .await
            .has(&["Requested. No work was due"]);
        world.idle().await;
        let audit = bridge(world, &["audit", "--json"]).await.done();
        assert!(audit.contains("operator.retry"), "{audit}");
        let unknown = console
            .post("/people/retry", &[("trainer", "usr_none")])
            .await;
        assert!(unknown.status >= 400, "{}", unknown.body);
    })
    .await;
}
