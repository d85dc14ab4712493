//! A dry run shows everything and writes nothing.

use bridge::control::{Order, ask};
use shared::config::Vars;
use shared::model::progress::unwatched;
use shared::reconcile::{Change, Outcome, Wish};

use crate::common::world::{World, play};
use crate::reconcile::kit::{changes, drift, order, reconcile, written};
use shared::opentrain::ProvisioningMode::PartnerWebhook;

const PROJECT: &str = "streets";

/// Something of everything that could be repaired; what a run would do about access.
async fn disorder(world: &World) {
    let job = world.job(PROJECT).await;
    let contract = world.working(&job, PROJECT, "usr_gone").await;
    world.hire(&job, &world.trainer_with("usr_waits", None));
    world.idle().await;
    world.opentrain.lose_events(4);
    world.end(&contract);
    world.hire(&job, &world.trainer("usr_new"));
    world.link("default", &job, "lanes", PartnerWebhook).await;
}

fn as_expected(outcome: &Outcome) {
    assert!(outcome.dry_run && outcome.drift.iter().all(|drift| !drift.repaired));
    let found = [
        "link found",
        "usr_gone ended",
        "usr_new hired",
        "usr_new hired",
        "usr_waits hired",
    ];
    assert_eq!(drift(outcome), found);
    let mut who: Vec<_> = changes(outcome).into_iter().collect();
    who.dedup();
    let grant = |who: &str| (Change::Grant, who.to_owned());
    assert_eq!(
        who,
        [
            (Change::Remove, "usr_gone".to_owned()),
            grant("usr_new"),
            grant("usr_waits")
        ]
    );
}

#[tokio::test]
async fn it_shows_what_would_be_done_and_writes_nothing() {
    play(async |world| {
        disorder(world).await;
        let before = written(world).await;
        let outcome = order(
            world,
            Wish {
                dry_run: true,
                ..Wish::default()
            },
        )
        .await;
        world.idle().await;
        as_expected(&outcome);
        assert_eq!(written(world).await, before);
        assert_eq!(world.bridge.ledger().last_reconcile().await.unwrap(), None);
        assert_eq!(
            changes(&reconcile(world).await),
            changes(&outcome),
            "it does what was foretold"
        );
    })
    .await;
}

/// The console compares plans first; this is the run's own check, for a change in between.
#[tokio::test]
async fn a_run_that_is_bound_to_another_plan_writes_nothing() {
    play(async |world| {
        disorder(world).await;
        let dry = Wish {
            dry_run: true,
            ..Wish::default()
        };
        let plan = order(world, dry.clone()).await.plan();
        assert_eq!(order(world, dry).await.plan(), plan, "it has no times");
        let bound = |plan: String| {
            Order::Reconcile(Wish {
                plan: Some(plan),
                ..Wish::default()
            })
        };
        let before = written(world).await;
        let vars = Vars::default().with("BRIDGE_DB", world.file().to_str());
        let refused = ask::<Outcome>(&vars, &bound("other".to_owned()), &unwatched).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("nothing was changed"), "{refused}");
        assert_eq!(written(world).await, before);
        let done: Outcome = ask(&vars, &bound(plan), &unwatched).await.unwrap();
        assert!(!done.drift.is_empty());
        world.idle().await;
    })
    .await;
}

#[tokio::test]
async fn it_enables_no_endpoint() {
    play(async |world| {
        let platform = &world.customers["default"].platform;
        let off = shared::opentrain::EndpointPatch {
            status: Some(shared::opentrain::EndpointStatus::Disabled),
            ..Default::default()
        };
        let endpoint = platform
            .endpoints()
            .await
            .unwrap()
            .whole()
            .unwrap()
            .remove(0);
        platform.update_endpoint(&endpoint.id, &off).await.unwrap();
        let before = written(world).await;
        order(
            world,
            Wish {
                dry_run: true,
                ..Wish::default()
            },
        )
        .await;
        assert_eq!(written(world).await, before);
    })
    .await;
}
