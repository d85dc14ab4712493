//! Many would lose access at once.

use shared::reconcile::{Change, Held, Wish};

use crate::common::world::{World, play};
use crate::kit::{changes, reconcile, reconcile_as, written};

const PROJECT: &str = "streets";

/// So many people with access; their contracts.
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

#[tokio::test]
async fn nothing_is_written_before_somebody_has_looked() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contracts = crowd(world, &job, 20).await;
        reconcile(world).await;
        end_unheard(world, &contracts[..5]);
        // A hire that was lost as well waits too: nothing at all is written.
        world.opentrain.lose_events(1);
        world.hire(&job, &world.trainer("usr_new"));
        let before = written(world).await;
        let outcome = reconcile_as(world, Wish::default()).await;
        assert_eq!(
            outcome.held,
            Some(Held {
                losing: 5,
                live: 20
            })
        );
        let why = outcome.all_done().unwrap_err();
        assert!(why.contains("5 of 20") && why.contains("--force"), "{why}");
        assert_eq!(written(world).await, before);
        assert!(outcome.drift.iter().all(|drift| !drift.repaired));
        let last = world
            .bridge
            .ledger()
            .last_reconcile()
            .await
            .unwrap()
            .unwrap();
        assert!(last.problems[0].contains("5 of 20"), "{last:?}");
        let status = world.status().await;
        let told = status["last_reconcile"]["problems"][0].as_str().unwrap();
        assert!(told.contains("--force"), "{told}");
        let forced = reconcile_as(
            world,
            Wish {
                force: true,
                ..Wish::default()
            },
        )
        .await;
        assert_eq!(forced.all_done(), Ok(()));
        assert_eq!(world.members(PROJECT).len(), 16);
    })
    .await;
}

#[tokio::test]
async fn few_may_lose_access_whatever_their_share() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contracts = crowd(world, &job, 4).await;
        end_unheard(world, &contracts);
        let outcome = reconcile(world).await;
        assert_eq!(
            changes(&outcome)
                .iter()
                .filter(|it| it.0 == Change::Remove)
                .count(),
            4
        );
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_small_share_may_lose_access() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contracts = crowd(world, &job, 25).await;
        end_unheard(world, &contracts[..5]);
        reconcile(world).await;
        assert_eq!(world.members(PROJECT).len(), 20);
    })
    .await;
}
