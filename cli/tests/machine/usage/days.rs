//! Days and connections that a run covers.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use simulator::{Fault, On, ToolCall, What, Work};

use shared::model::ConnectionName;
use shared::model::progress::unwatched;
use shared::opentrain::ProvisioningMode;
use shared::usage::{Options, UsageError, WhyLost};

use crate::common::world::{Setup, play, play_with};
use crate::usage::books::{
    Ahead, Behind, PROJECT, began, day, held, hired, posts, report, reporter, reporter_at, run,
    started, worked,
};

#[tokio::test]
async fn the_look_back_is_a_setting() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 9).await;
        for _ in 0..2 {
            assert!(report(world).await.is_whole(), "all days are closed");
        }
        for ago in [0, 3, 4] {
            worked(world, "usr_maria", ago, Work::of_seconds(60));
        }
        report(world).await;
        assert_eq!(
            held(world, &contract),
            [(day(3), Some(60)), (day(0), Some(60))]
        );
        let mut wider = reporter(world);
        wider.settings.look_back_days = 4;
        run(&wider, &Options::default()).await;
        assert_eq!(held(world, &contract).len(), 3);
    })
    .await;
}

/// Nothing could be reported for a week: OpenTrain was down, or the token was invalid.
#[tokio::test]
async fn an_outage_longer_than_the_look_back_loses_no_day() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 9).await;
        let earlier = Arc::new(Behind(Duration::from_secs(7 * 86_400)));
        let earlier = reporter_at(world, earlier);
        assert!(run(&earlier, &Options::default()).await.is_whole());
        for ago in 0..7 {
            worked(world, "usr_maria", ago, Work::of_seconds(3600));
        }
        let outage = On::call("POST", "/contracts/*/usage");
        let down = Fault::lasting(outage, What::status(503));
        world.opentrain.fault(down);
        assert!(!report(world).await.is_whole());
        world.opentrain.clear_faults();
        // Older days are tried once a day, and were tried today.
        let tomorrow = Arc::new(Ahead(Duration::from_secs(86_400)));
        let tomorrow = reporter_at(world, tomorrow);
        let report = run(&tomorrow, &Options::default()).await;
        assert!(report.is_whole(), "{report:?}");
        assert_eq!(held(world, &contract).len(), 7);
    })
    .await;
}

#[tokio::test]
async fn days_that_fall_out_of_the_window_are_named_once() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.trainer("usr_maria");
        world.opentrain.lose_events(1);
        let contract = world.hire(&job, "usr_maria");
        // The ledger has known the contract since then.
        started(world, 899, &contract, "usr_maria", 60).await;
        began(world, 900, &contract, "usr_maria", 60).await;
        for ago in [41, 40] {
            let early = Arc::new(Behind(Duration::from_secs(ago * 86_400)));
            let early = reporter_at(world, early);
            assert!(run(&early, &Options::default()).await.is_whole());
        }
        let first = report(world).await;
        assert!(first.lost.is_empty(), "the clock may be ahead");
        let late = report(world).await;
        // The two days before the last run but one were settled; 35 days are still read.
        let lost: Vec<_> = late.lost[0].days.keys().copied().collect();
        assert_eq!(lost, (36..=41).rev().map(day).collect::<Vec<_>>());
        assert_eq!(late.lost[0].why, WhyLost::TooOld);
        assert!(
            late.shortfall()
                .contains("6 days that can no longer be reported")
        );
        let again = report(world).await;
        assert!(again.is_whole(), "{}", again.shortfall());
        assert_eq!(again.contracts[0].lost, 6);
        assert!(!again.lost[0].is_new && again.lost[0].days == late.lost[0].days);
    })
    .await;
}

#[tokio::test]
async fn one_contract_and_one_trainer_may_be_asked_for() {
    play(async |world| {
        let (job, contract) = hired(world, "usr_maria").await;
        let ben = world.hire(&job, &world.trainer("usr_ben"));
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(61));
        worked(world, "usr_ben", 0, Work::of_seconds(62));
        let one = Options {
            contract: Some(contract.as_str().into()),
            ..Options::default()
        };
        assert!(run(&reporter(world), &one).await.is_whole());
        assert_eq!(held(world, &contract), [(day(0), Some(61))]);
        assert!(held(world, &ben).is_empty());
        let other = Options {
            trainer: Some("usr_ben".into()),
            ..Options::default()
        };
        let report = run(&reporter(world), &other).await;
        assert_eq!(report.contracts.len(), 1);
        assert_eq!(held(world, &ben), [(day(0), Some(62))]);
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
        let one = of_day(day(80));
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
        let tomorrow = of_day(day(-1));
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
        let unknown = reporter(world).report(&named("unknown"), &unwatched).await;
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

/// A run over one UTC day.
fn of_day(day: Date) -> Options {
    Options {
        from: Some(day),
        to: Some(day),
        ..Options::default()
    }
}
