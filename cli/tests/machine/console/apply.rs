//! The plan of a reconcile is applied by its hash.

use crate::common::world::{World, play};
use crate::console::kit::{Console, start};

const PROJECT: &str = "streets";

/// Two trainers at work whose contracts can end without an event.
async fn two(world: &World) -> [String; 2] {
    let job = world.job(PROJECT).await;
    let maria = world.working(&job, PROJECT, "usr_maria").await;
    let ben = world.working(&job, PROJECT, "usr_ben").await;
    [maria, ben]
}

/// Reads the plan. Returns the address of its application.
async fn planned(console: &Console, losing: &[&str]) -> String {
    assert_eq!(
        console.post("/reconcile/plan", &[]).await.next(),
        "/reconcile"
    );
    let page = console.ended("/reconcile").await.has(&["Removals"]);
    let page = page.has(losing);
    page.values("href", "/reconcile/apply").remove(0)
}

#[tokio::test]
async fn it_is_applied_as_it_was_shown() {
    play(async |world| {
        let [maria, _] = two(world).await;
        world.opentrain.lose_events(1);
        world.end(&maria);
        let console = start(world, &["--allow-writes"]).await;
        let apply = planned(&console, &["usr_maria", "1 to remove, 0 to grant"]).await;
        let asked = console.page(&apply).await;
        let asked = asked.has(&["1 person loses access", "usr_maria"]);
        let hash = asked
            .values("value", "")
            .into_iter()
            .find(|it| it.len() == 64);
        let hash = hash.unwrap();
        let wrong = [("plan", hash.as_str()), ("people", "2")];
        let refused = console.post("/reconcile/apply", &wrong).await.is(400);
        refused.has(&["nothing was changed"]);
        assert_eq!(world.members(PROJECT).len(), 2);
        let right = [("plan", hash.as_str()), ("people", "1")];
        assert_eq!(
            console.post("/reconcile/apply", &right).await.next(),
            "/reconcile"
        );
        let done = console.ended("/reconcile").await;
        done.has(&["applied", "1 change of access was queued"]);
        world.until_removed(PROJECT, "usr_maria").await;
        assert_eq!(world.members(PROJECT), ["usr_ben"]);
        let again = console.post("/reconcile/apply", &right).await.is(404);
        again.has(&["no longer the last one"]);
    })
    .await;
}

#[tokio::test]
async fn a_plan_whose_state_has_moved_changes_nothing_and_shows_the_difference() {
    play(async |world| {
        let [maria, ben] = two(world).await;
        world.opentrain.lose_events(2);
        world.end(&maria);
        let console = start(world, &["--allow-writes"]).await;
        let apply = planned(&console, &["usr_maria"]).await;
        let (_, hash) = apply.split_once("plan=").unwrap();
        world.end(&ben);
        let fields = [("plan", hash), ("people", "1")];
        console.post("/reconcile/apply", &fields).await;
        let moved = console.ended("/reconcile").await;
        let moved = moved.has(&[
            "not applied",
            "The state has changed since the plan was read",
        ]);
        let moved = moved.has(&["new: revoke access of usr_ben to project streets"]);
        assert_eq!(world.members(PROJECT).len(), 2, "nothing was changed");
        let apply = moved.values("href", "/reconcile/apply").remove(0);
        let (_, hash) = apply.split_once("plan=").unwrap();
        console
            .post("/reconcile/apply", &[("plan", hash), ("people", "2")])
            .await;
        console.ended("/reconcile").await.has(&["applied"]);
        world.until_removed(PROJECT, "usr_maria").await;
        world.until_removed(PROJECT, "usr_ben").await;
    })
    .await;
}
