//! The contract to which work is attributed.

use simulator::Work;

use serde_json::json;

use crate::common::events;
use crate::common::world::{World, play};
use crate::usage::books::{
    Ahead, PROJECT, began, day, ended, held, hired, link, report, reporter, reporter_at, run,
    worked,
};
use shared::connection::{Connection, Connections};
use shared::usage::{Options, Reporter, Skip};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn the_newest_contract_has_the_day_and_no_work_counts_twice() {
    play(async |world| {
        let (job, first) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(3600));
        report(world).await;
        assert_eq!(held(world, &first), [(day(0), Some(3600))]);
        let second = world.hire(&job, "usr_maria");
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(5400));
        assert!(report(world).await.is_whole());
        assert_eq!(held(world, &second), [(day(0), Some(5400))]);
        assert_eq!(held(world, &first), [(day(0), Some(0))], "taken back");
        assert_eq!(report(world).await.entries(), 0, "and that is that");
    })
    .await;
}

#[tokio::test]
async fn each_day_goes_to_the_contract_that_was_live_then() {
    play(async |world| {
        let (job, old) = hired(world, "usr_maria").await;
        began(world, 900, &old, "usr_maria", 2).await;
        let new = world.hire(&job, "usr_maria");
        world.idle().await;
        for ago in 0..=3 {
            worked(
                world,
                "usr_maria",
                ago,
                Work::of_seconds(100 + ago.unsigned_abs()),
            );
        }
        let report = report(world).await;
        assert_eq!(
            held(world, &old),
            [(day(2), Some(102)), (day(1), Some(101))]
        );
        assert_eq!(held(world, &new), [(day(0), Some(100))]);
        assert_eq!(
            report.skipped.get(&Skip::Unattributed),
            Some(&1),
            "before the first day"
        );
        assert!(report.is_whole(), "{report:?}");
    })
    .await;
}

/// Maria's contracts with Acme and with Zeta, both at the same project.
async fn hired_by_two(world: &World) -> (String, String) {
    let mode = shared::opentrain::ProvisioningMode::PartnerWebhook;
    let jobs = [world.unlinked_job(), world.unlinked_job()];
    world.link("acme", &jobs[0], PROJECT, mode.clone()).await;
    world.link("zeta", &jobs[1], PROJECT, mode).await;
    world.trainer("usr_maria");
    let acme = world.hire(&jobs[0], "usr_maria");
    let zeta = world.hire(&jobs[1], "usr_maria");
    world.idle().await;
    (acme, zeta)
}

#[tokio::test]
async fn two_customers_are_never_told_of_the_same_day() {
    let setup = crate::common::world::Setup {
        connections: &["acme", "zeta"],
        ..Default::default()
    };
    crate::common::world::play_with(setup, async |world| {
        let (acme, zeta) = hired_by_two(world).await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let report = report(world).await;
        assert!(report.is_whole());
        assert_eq!(held(world, &zeta), [(day(0), Some(60))]);
        assert!(held(world, &acme).is_empty());
        let usage = world.tool.requests()[&simulator::ToolCall::Usage];
        assert_eq!(usage, 1, "a project's totals are read once in a run");
        assert_eq!(report.sent[0].of.connection.as_str(), "zeta");
    })
    .await;
}

/// `streets` belongs to Acme. Zeta's contract is newer, and has no day there.
#[tokio::test]
async fn another_customers_contract_has_no_day() {
    let setup = crate::common::world::Setup {
        connections: &["acme", "zeta"],
        projects: &[("acme", &[PROJECT]), ("zeta", &["roads"])],
        ..Default::default()
    };
    crate::common::world::play_with(setup, async |world| {
        let (acme, zeta) = hired_by_two(world).await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        // Until now all customers could use all projects.
        let mut before = reporter(world);
        before.connections = all_may_use_all(&before).await;
        assert!(run(&before, &Options::default()).await.is_whole());
        assert_eq!(held(world, &zeta), [(day(0), Some(60))]);
        worked(world, "usr_maria", 0, Work::of_seconds(90));
        assert!(report(world).await.is_whole());
        assert_eq!(held(world, &acme), [(day(0), Some(90))]);
        assert_eq!(held(world, &zeta), [(day(0), Some(0))], "taken back");
    })
    .await;
}

async fn all_may_use_all(reporter: &Reporter) -> Connections {
    let connections = reporter.connections.all().await.unwrap();
    let connection = |it: Arc<Connection>| Connection {
        name: it.name.clone(),
        secrets: it.secrets.clone(),
        platform: it.platform.clone(),
        projects: None,
    };
    connections.into_iter().map(connection).collect()
}

#[tokio::test]
async fn a_contract_that_ended_is_reported_for_the_look_back_and_no_longer() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        world.end(&contract);
        world.idle().await;
        assert_eq!(
            held(world, &contract),
            [(day(0), Some(60))],
            "the last read"
        );
        worked(world, "usr_maria", 0, Work::of_seconds(90));
        let at = |days: u64| {
            let clock = Arc::new(Ahead(Duration::from_secs(days * 86_400)));
            reporter_at(world, clock)
        };
        let late = run(&at(3), &Options::default()).await;
        assert_eq!((late.entries(), late.is_whole()), (1, true));
        assert_eq!(
            held(world, &contract),
            [(day(0), Some(90))],
            "corrected after the end"
        );
        // The next run agrees on the time, and closes the day.
        assert!(run(&at(3), &Options::default()).await.is_whole());
        worked(world, "usr_maria", 0, Work::of_seconds(95));
        let closed = run(&at(4), &Options::default()).await;
        assert_eq!(closed.entries(), 0, "its days are closed");
    })
    .await;
}

#[tokio::test]
async fn work_before_the_start_date_belongs_to_the_contract() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", -1).await;
        assert_eq!(world.members(PROJECT), ["usr_maria"], "access is granted");
        worked(world, "usr_maria", 0, Work::of_seconds(3600));
        assert!(report(world).await.is_whole());
        assert_eq!(held(world, &contract), [(day(0), Some(3600))]);
    })
    .await;
}

#[tokio::test]
async fn the_end_date_counts_and_not_the_day_of_the_event() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 5).await;
        for ago in 0..=3 {
            worked(world, "usr_maria", ago, Work::of_seconds(60));
        }
        report(world).await;
        assert_eq!(held(world, &contract).len(), 4);
        let mut event = events::ended(901, &contract, "usr_maria", &link(world));
        event["data"]["contract"]["endDate"] = json!(day(2).to_string());
        world.deliver("default", &event).await;
        world.idle().await;
        assert!(report(world).await.is_whole());
        let seconds: Vec<_> = held(world, &contract).iter().map(|it| it.1).collect();
        let expected = [Some(60), Some(60), Some(0), Some(0)];
        assert_eq!(seconds, expected, "the days after it are taken back");
    })
    .await;
}

#[tokio::test]
async fn the_days_after_the_end_belong_to_no_contract() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 5).await;
        for ago in 0..=3 {
            worked(world, "usr_maria", ago, Work::of_seconds(60));
        }
        ended(world, 901, &contract, "usr_maria", 2).await;
        assert_eq!(
            held(world, &contract),
            [(day(3), Some(60)), (day(2), Some(60))]
        );
        let report = report(world).await;
        assert_eq!(report.skipped.get(&Skip::Unattributed), Some(&2));
        assert_eq!((report.entries(), report.unchanged), (0, 2));
    })
    .await;
}
