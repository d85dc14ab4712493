//! Connections of a stack, as its functions read them.

use std::time::{Duration, Instant};

use aws_local::{Deviations, Fault as AwsFault};
use shared::queue::Depth;
use simulator::Outcome;

use crate::world::World;

/// A cold webhook has loaded no connection. All attempts of one read of the index or of the connection fail. Deliveries
/// are stored a second later.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_read_of_the_connections_that_fails_once_refuses_for_a_second() {
    let world = World::deploy(Deviations::default()).await;
    let failures = [AwsFault::no_secrets(), AwsFault::no_parameters()];
    for (failure, trainer) in failures.into_iter().zip(["usr_ana", "usr_bo"]) {
        world.deployment.function("webhook").unwrap().cool_down();
        let failure = failure.times(3);
        world.deployment.emulator().fail(&[failure]).await.unwrap();
        world.hire(trainer);
        world.opentrain.settle().await.unwrap();
        let delivery = world.opentrain.deliveries().pop().unwrap();
        assert_eq!(delivery.attempts[0].outcome, Outcome::Status(503));
        let refused_at = Instant::now();
        let mut look = tokio::time::interval(Duration::from_millis(400));
        let mut refusals = 1;
        loop {
            look.tick().await;
            world.opentrain.replay(&delivery.id).unwrap();
            world.opentrain.settle().await.unwrap();
            let replayed = world.opentrain.deliveries().pop().unwrap();
            if replayed.attempts.last().unwrap().outcome == Outcome::Status(202) {
                break;
            }
            refusals += 1;
        }
        let took = refused_at.elapsed();
        assert!(took < Duration::from_secs(2), "{took:?}");
        assert!(refusals <= 4, "{refusals}");
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
    assert_eq!(store.migrate().await.unwrap(), Some(1));
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
