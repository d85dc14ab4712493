//! Reconciles by which many trainers would lose access at once.

use shared::model::ConnectionName;
use shared::model::ids::LinkId;
use shared::opentrain::ProvisioningMode::PartnerWebhook;
use shared::reconcile::{Waits, What, Wish};

use crate::common::world::{Setup, World, play, play_with};
use crate::reconcile::kit::{drift, reconcile, reconcile_as};

const PROJECT: &str = "streets";

/// Hires `count` trainers, who get access. Returns their contracts.
async fn crowd(world: &World, job: &str, count: usize) -> Vec<String> {
    let hire = |n| world.hire(job, &world.trainer(&format!("usr_{n:02}")));
    let contracts = (0..count).map(hire).collect();
    world.idle().await;
    assert_eq!(world.members(PROJECT).len(), count);
    contracts
}

fn end_unheard(world: &World, contracts: &[String]) {
    world
        .opentrain
        .lose_events(u32::try_from(contracts.len()).unwrap());
    contracts.iter().for_each(|contract| world.end(contract));
}

/// A crowd on a link that is removed without an event; the customer has another link.
async fn link_lost(world: &World, count: usize) -> LinkId {
    world.job("other").await;
    let job = world.unlinked_job();
    let link = world.link("default", &job, PROJECT, PartnerWebhook).await;
    crowd(world, &job, count).await;
    world.opentrain.lose_events(1);
    world.remove_link("default", &link).await;
    link
}

#[tokio::test]
async fn ends_that_the_lists_state_are_never_held() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contracts = crowd(world, &job, 19).await;
        end_unheard(world, &contracts[..9]);
        reconcile(world).await;
        assert_eq!(world.members(PROJECT).len(), 10);
    })
    .await;
}

#[tokio::test]
async fn most_ends_at_once_count_at_the_second_look() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contracts = crowd(world, &job, 12).await;
        end_unheard(world, &contracts);
        let first = reconcile_as(world, Wish::default()).await;
        assert_eq!(drift(&first).len(), 12);
        let ends = first.drift.iter();
        let mut ends = ends.filter(|it| matches!(it.what, What::HireEnded(_)));
        assert!(ends.all(|drift| !drift.repaired));
        assert_eq!(world.members(PROJECT).len(), 12);
        reconcile(world).await;
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_few_may_lose_access_by_absence() {
    play(async |world| {
        link_lost(world, 2).await;
        reconcile(world).await;
        assert_eq!(drift(&reconcile(world).await), ["link gone"]);
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_last_link_counts_over_all_connections() {
    play(async |world| {
        let job = world.unlinked_job();
        let link = world.link("default", &job, PROJECT, PartnerWebhook).await;
        crowd(world, &job, 5).await;
        world.opentrain.lose_events(1);
        world.remove_link("default", &link).await;
        reconcile(world).await;
        let outcome = reconcile_as(world, Wish::default()).await;
        // Over all connections, all trainers would lose access, so the removals are held.
        assert_eq!(outcome.held.len(), 1, "{:?}", outcome.held);
        assert_eq!(world.members(PROJECT).len(), 5);
    })
    .await;
}

#[tokio::test]
async fn removals_by_absence_are_held_and_all_else_is_done() {
    play(async |world| {
        let roads = world.job("roads").await;
        let link = link_lost(world, 5).await;
        reconcile(world).await;
        world.opentrain.lose_events(1);
        world.hire(&roads, &world.trainer("usr_new"));
        let outcome = reconcile_as(world, Wish::default()).await;
        let [held] = outcome.held.as_slice() else {
            panic!("{:?}", outcome.held)
        };
        assert_eq!((held.losing, held.live), (5, 5));
        assert_eq!(held.trainers.len(), 5, "they are named");
        let waits: Vec<_> = outcome.drift.iter().filter_map(|it| it.waits).collect();
        assert_eq!(waits, [Waits::Operator]);
        let why = outcome.all_done().unwrap_err();
        assert!(
            why.contains("5 of 5") && why.contains("--force --connection default"),
            "{why}"
        );
        assert_eq!(drift(&outcome), ["link gone", "usr_new hired"]);
        assert_eq!(world.members(PROJECT).len(), 5);
        assert_eq!(world.members("roads"), ["usr_new"]);
        let status = world.status().await;
        let told = status["lastReconcile"]["problems"][0].as_str().unwrap();
        assert!(told.contains("--force"), "{told}");

        // The hold states its start, and lasts.
        let again = reconcile_as(world, Wish::default()).await;
        assert_eq!(again.held[0].since, held.since);

        let forced = Wish {
            force: true,
            connection: Some(ConnectionName::default()),
            ..Wish::default()
        };
        let forced = reconcile_as(world, forced).await;
        assert_eq!(forced.all_done(), Ok(()));
        assert!(world.members(PROJECT).is_empty(), "{link}");
        assert!(!forced.notes.iter().any(|it| it.about == "hold"));

        let wish = Wish {
            force: true,
            connection: Some(ConnectionName::default()),
            ..Wish::default()
        };
        let again = reconcile_as(world, wish).await;
        assert!(again.notes.iter().any(|it| it.about == "hold"), "{again:?}");
    })
    .await;
}

/// Each connection alone would lose too few people for a hold.
#[tokio::test]
async fn runs_of_single_connections_count_over_all_of_them() {
    let setup = Setup {
        connections: &["acme", "zeta"],
        ..Setup::default()
    };
    play_with(setup, async |world| {
        for (connection, project) in [("acme", "roads"), ("zeta", "signs")] {
            let job = world.unlinked_job();
            let link = world.link(connection, &job, project, PartnerWebhook).await;
            for n in 0..2 {
                world.hire(&job, &world.trainer(&format!("usr_{project}_{n}")));
            }
            world.idle().await;
            assert_eq!(world.members(project).len(), 2);
            world.opentrain.lose_events(1);
            world.remove_link(connection, &link).await;
        }
        let alone = async |connection: &str| {
            let wish = Wish {
                connection: ConnectionName::parse(connection).ok(),
                ..Wish::default()
            };
            reconcile_as(world, wish).await
        };
        alone("acme").await;
        alone("zeta").await;
        for connection in ["acme", "zeta"] {
            let outcome = alone(connection).await;
            assert_eq!(outcome.held.len(), 1, "{outcome:?}");
        }
        assert_eq!(
            world.members("roads").len() + world.members("signs").len(),
            4
        );
        let status = world.status().await;
        let problems = status["lastReconcile"]["problems"].as_array().unwrap();
        assert_eq!(problems.len(), 2, "both runs are shown: {status}");
    })
    .await;
}
