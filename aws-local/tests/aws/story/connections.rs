//! Connections of a stack, as its functions read them.

use aws_local::{Deviations, Fault as AwsFault};
use shared::connection::StoreError;
use shared::queue::Depth;
use simulator::Outcome;

use crate::story::world::World;

/// A cold webhook has loaded no connection. All attempts of one read of the index or of the connection fail: the
/// delivery waits for the next read. If that fails too, only this delivery is refused.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn reads_of_the_connections_that_fail_refuse_one_delivery_at_most() {
    let world = World::deploy(Deviations::default()).await;
    let failures = [AwsFault::no_secrets(), AwsFault::no_parameters()];
    let trainers = ["usr_ana", "usr_bo", "usr_cy", "usr_di"];
    let cases = failures
        .into_iter()
        .flat_map(|it| [(it.clone(), 1), (it, 2)]);
    for ((failure, reads), trainer) in cases.zip(trainers) {
        world.deployment.function("webhook").unwrap().cool_down();
        let failure = failure.times(3 * reads);
        world.deployment.emulator().fail(&[failure]).await.unwrap();
        world.hire(trainer);
        world.opentrain.settle().await.unwrap();
        let delivery = world.opentrain.deliveries().pop().unwrap();
        if reads == 2 {
            assert_eq!(delivery.attempts[0].outcome, Outcome::Status(503));
            world.opentrain.replay(&delivery.id).unwrap();
            world.opentrain.settle().await.unwrap();
        }
        let delivery = world.opentrain.deliveries().pop().unwrap();
        let last = &delivery.attempts.last().unwrap().outcome;
        assert_eq!(*last, Outcome::Status(202), "{reads}");
        assert_eq!(delivery.attempts.len(), usize::try_from(reads).unwrap());
        world.until_all_in(&[trainer]).await;
        world.until_queue_is(Depth::default()).await;
    }
}

/// No delivery is refused before or after the migration, and scheduled runs continue.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn connections_of_an_earlier_version_are_served_and_migrated_during_deliveries() {
    let world = World::deploy(Deviations::default()).await;
    world.store_as_before().await;
    for name in ["webhook", "provisioner"] {
        world.deployment.function(name).unwrap().cool_down();
    }
    world.hire("usr_ana");
    world.until_all_in(&["usr_ana"]).await;
    let store = world.deployment.connections().unwrap();
    assert_eq!(
        store.migrate(|_| Ok::<_, StoreError>(())).await.unwrap(),
        Some(1)
    );
    world.hire("usr_bo");
    world.until_all_in(&["usr_bo"]).await;
    for name in ["webhook", "provisioner"] {
        world.deployment.function(name).unwrap().cool_down();
    }
    world.hire("usr_cy");
    world.until_all_in(&["usr_cy"]).await;
    for name in ["usage-report", "reconciler"] {
        world.deployment.run(name).await.unwrap();
    }
    world.until_queue_is(Depth::default()).await;
    for delivery in world.opentrain.deliveries() {
        let outcomes: Vec<_> = delivery.attempts.iter().map(|it| &it.outcome).collect();
        assert_eq!(outcomes, [&Outcome::Status(202)]);
    }
    world.assert_nothing_leaks();
}
