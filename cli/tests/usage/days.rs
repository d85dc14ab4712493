//! Which days and which connections a run covers.

use simulator::{ToolCall, Work};

use shared::connection::ConnectionName;
use shared::opentrain::ProvisioningMode;
use shared::progress::unwatched;
use shared::usage::{Options, UsageError};

use crate::books::{PROJECT, began, day, held, hired, posts, report, reporter, run, worked};
use crate::common::world::{Setup, play, play_with};

#[tokio::test]
async fn the_look_back_is_a_setting() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 9).await;
        for ago in [0, 3, 4] {
            worked(world, "usr_maria", ago, Work::of_seconds(60));
        }
        report(world).await;
        assert_eq!(
            held(world, &contract),
            [(day(3), Some(60)), (day(0), Some(60))]
        );
        let mut wider = reporter(world);
        wider.look_back_days = 4;
        run(&wider, &Options::default()).await;
        assert_eq!(held(world, &contract).len(), 3);
    })
    .await;
}

#[tokio::test]
async fn one_day_may_be_asked_for_however_long_ago() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 99).await;
        for ago in [0, 80] {
            worked(world, "usr_maria", ago, Work::of_seconds(60));
        }
        let one = Options {
            day: Some(day(80)),
            ..Options::default()
        };
        let report = run(&reporter(world), &one).await;
        assert_eq!((report.from, report.to), (day(80), day(80)));
        assert_eq!(held(world, &contract), [(day(80), Some(60))]);
    })
    .await;
}

#[tokio::test]
async fn a_day_that_has_not_begun_is_refused() {
    play(async |world| {
        hired(world, "usr_maria").await;
        let tomorrow = Options {
            day: Some(day(-1)),
            ..Options::default()
        };
        let refused = reporter(world).report(&tomorrow, &unwatched).await;
        assert!(matches!(refused, Err(UsageError::FutureDay(..))));
        assert!(!world.tool.requests().contains_key(&ToolCall::Usage));
    })
    .await;
}

#[tokio::test]
async fn one_connection_may_be_asked_for() {
    let setup = Setup {
        connections: &["acme", "zeta"],
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let mut contracts = Vec::new();
        for name in ["acme", "zeta"] {
            let job = world.unlinked_job();
            world
                .link(name, &job, name, ProvisioningMode::PartnerWebhook)
                .await;
            let trainer = world.trainer(&format!("usr_{name}"));
            contracts.push(world.hire(&job, &trainer));
            world
                .tool
                .correct_work(name, &trainer, day(0), Work::of_seconds(60))
                .unwrap();
        }
        world.idle().await;
        let named = |name| Options {
            connection: Some(ConnectionName::parse(name).unwrap()),
            ..Options::default()
        };
        assert_eq!(run(&reporter(world), &named("zeta")).await.entries(), 1);
        assert!(held(world, &contracts[0]).is_empty());
        assert_eq!(held(world, &contracts[1]).len(), 1);
        let unknown = reporter(world).report(&named("nobody"), &unwatched).await;
        assert!(matches!(unknown, Err(UsageError::UnknownConnection(_))));
        assert_eq!(posts(world), 1);
    })
    .await;
}

#[tokio::test]
async fn two_customers_on_one_project_are_told_apart() {
    let setup = Setup {
        connections: &["acme", "zeta"],
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let mut contracts = Vec::new();
        for name in ["acme", "zeta"] {
            let job = world.unlinked_job();
            world
                .link(name, &job, PROJECT, ProvisioningMode::PartnerWebhook)
                .await;
            let trainer = world.trainer(&format!("usr_{name}"));
            contracts.push(world.hire(&job, &trainer));
            worked(world, &trainer, 0, Work::of_seconds(60));
        }
        world.idle().await;
        let connection = Some(ConnectionName::parse("acme").unwrap());
        let named = Options {
            connection,
            ..Options::default()
        };
        assert!(run(&reporter(world), &named).await.is_whole());
        assert_eq!(held(world, &contracts[0]).len(), 1);
        assert!(held(world, &contracts[1]).is_empty());
    })
    .await;
}
