//! Documents that stop no other trainer, and links whose contracts are adopted one by one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shared::ledger::{Expect, Item, Key, SqliteTable, Table};
use shared::opentrain::ProvisioningMode::PartnerWebhook;
use shared::reconcile::Wish;
use simulator::{Endpoint, Fault, On, What};

use crate::common::wait::{until, until_within};
use crate::common::world::{Setup, play, play_with};
use crate::reconcile::kit::order;

const PROJECT: &str = "roads";

/// A document that a later version wrote is named, and the others are repaired.
#[tokio::test]
async fn an_unreadable_document_stops_no_other_trainer() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.working(&job, PROJECT, "usr_newer").await;
        let table: Arc<dyn Table> = Arc::new(SqliteTable::new(world.database.clone()));
        let key = Key::new("TRAINER#usr_newer", "DOCUMENT");
        let known = table.get(&key).await.unwrap().unwrap();
        let newer = Item {
            doc: known.doc.replace("\"v\":1", "\"v\":99"),
            ..known.clone()
        };
        let put = table.put(newer, Expect::Version(known.version));
        put.await.unwrap();
        world.opentrain.lose_events(1);
        world.end(&contract);
        let outcome = order(world, Wish::default()).await;
        world.idle().await;
        assert!(!world.reads_back(PROJECT, "usr_maria").await);
        assert!(world.reads_back(PROJECT, "usr_newer").await);
        let named = outcome.problems.iter();
        let named = named.filter(|it| it.about == "trainer usr_newer");
        assert_eq!(named.count(), 1, "{:?}", outcome.problems);
        let status = world.status().await;
        let reason = status["unreadable"]["usr_newer"].as_str().unwrap();
        assert!(reason.contains("version 99"), "{reason}");
    })
    .await;
}

/// One contract of a new link whose participants the API cannot return delays no other contract; once the API does,
/// only that contract is asked for again.
#[tokio::test]
async fn a_new_link_adopts_its_contracts_one_by_one() {
    play(async |world| {
        let job = world.unlinked_job();
        let hire = |n: usize| world.hire(&job, &world.trainer(&format!("usr_{n:02}")));
        let contracts: Vec<_> = (0..20).map(hire).collect();
        let asked = |n: usize| format!("/contracts/{}/participants", contracts[n]);
        let broken = On::call("GET", &asked(7));
        world
            .opentrain
            .fault(Fault::lasting(broken, What::status(503)));
        world.link("default", &job, PROJECT, PartnerWebhook).await;
        until("all others are in", async || {
            world.members(PROJECT).len() == 19
        })
        .await;
        let before = world.opentrain.requests()[&Endpoint::Participants];
        world.opentrain.clear_faults();
        world.idle().await;
        assert_eq!(world.members(PROJECT).len(), 20);
        let after = world.opentrain.requests()[&Endpoint::Participants];
        assert!(after - before < 19, "known contracts were asked for again");
    })
    .await;
}

/// The most contracts that OpenTrain lists, at 0.4 s a call: adopted eight at a time, each granted as soon as it is known.
#[tokio::test]
async fn two_hundred_contracts_are_adopted_within_half_a_minute() {
    let setup = Setup {
        tool_timeout: Duration::from_secs(5),
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let job = world.unlinked_job();
        for n in 0..200 {
            world.hire(&job, &world.trainer(&format!("usr_{n:03}")));
        }
        let slow = What::Delay(Duration::from_millis(400));
        world
            .opentrain
            .fault(Fault::lasting(On::method("GET"), slow));
        let begun = Instant::now();
        world.link("default", &job, PROJECT, PartnerWebhook).await;
        until_within(Duration::from_secs(60), "the first is in", async || {
            !world.members(PROJECT).is_empty()
        })
        .await;
        let first = begun.elapsed();
        until_within(Duration::from_secs(60), "all are in", async || {
            world.members(PROJECT).len() == 200
        })
        .await;
        let all = begun.elapsed();
        println!("200 contracts at 0.4 s a call: the first after {first:?}, all after {all:?}");
        assert!(first < Duration::from_secs(5), "{first:?}");
        assert!(all < Duration::from_secs(30), "{all:?}");
        world.opentrain.clear_faults();
        world.idle().await;
    })
    .await;
}
