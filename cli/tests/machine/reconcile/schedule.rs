//! The schedule of `bridge serve`.

use std::time::Duration;

use shared::config::{JobSettings, Schedule};

use crate::common::wait::until;
use crate::common::world::{Setup, play_with};

const PROJECT: &str = "streets";

#[tokio::test]
async fn a_lost_hire_is_healed_without_being_asked() {
    let period = Duration::from_millis(20);
    let jobs = JobSettings {
        schedule: Schedule {
            reconcile_every: Some(period),
            ..Schedule::default()
        },
        ..JobSettings::default()
    };
    play_with(
        Setup {
            jobs,
            ..Setup::default()
        },
        async |world| {
            let ran = async || world.bridge.ledger().last_reconcile().await.unwrap();
            until("it ran at the start", async || ran().await.is_some()).await;
            let job = world.job(PROJECT).await;
            world.opentrain.lose_events(1);
            world.hire(&job, &world.trainer("usr_maria"));
            until("it heals", async || world.members(PROJECT) == ["usr_maria"]).await;
            let before = ran().await;
            until("it runs again", async || ran().await != before).await;
            world.idle().await;
        },
    )
    .await;
}
