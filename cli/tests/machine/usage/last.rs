//! The last reading before access is revoked.

use std::time::{Duration, Instant};

use shared::opentrain::ProvisioningMode;
use shared::usage::Options;
use simulator::{Fault, On, ToolCall, What, Work};

use crate::common::world::play;
use crate::usage::books::{PROJECT, day, held, hired, posts, report, reporter, run, worked};

#[tokio::test]
async fn the_last_totals_are_reported_before_access_goes() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        world.end(&contract);
        world.idle().await;
        assert!(world.members(PROJECT).is_empty());
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
        assert_eq!(
            report(world).await.entries(),
            0,
            "and they are known to be accepted"
        );
    })
    .await;
}

#[tokio::test]
async fn a_removal_does_not_wait_for_a_report_and_the_look_back_catches_up() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let stuck = What::Delay(Duration::from_secs(60));
        world.tool.fault(Fault::lasting(ToolCall::Usage, stuck));
        let ended = Instant::now();
        world.end(&contract);
        world.idle().await;
        assert!(world.members(PROJECT).is_empty());
        assert!(
            ended.elapsed() < Duration::from_secs(30),
            "{:?}",
            ended.elapsed()
        );
        assert!(held(world, &contract).is_empty());
        world.tool.clear_faults();
        assert!(report(world).await.is_whole());
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
    })
    .await;
}

/// A scheduled run has read the totals, and waits for another project of the job. Meanwhile more work is done, the
/// contract ends, and the last reading reports the work.
#[tokio::test]
async fn a_slow_run_does_not_replace_the_last_reading() {
    play(async |world| {
        let (job, contract) = hired(world, "usr_maria").await;
        world
            .link(
                "default",
                &job,
                "zzz-slow",
                ProvisioningMode::PartnerWebhook,
            )
            .await;
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(3600));
        let on = On::call("GET", "/projects/zzz-slow/usage");
        let slow = What::Delay(Duration::from_secs(3));
        world.tool.fault(Fault::times(1, on, slow));
        let slow = reporter(world);
        let options = Options::default();
        let end = async {
            tokio::time::sleep(Duration::from_millis(800)).await;
            worked(world, "usr_maria", 0, Work::of_seconds(7200));
            world.end(&contract);
            world.idle().await;
        };
        tokio::join!(run(&slow, &options), end);
        assert!(world.members(PROJECT).is_empty());
        assert_eq!(held(world, &contract), [(day(0), Some(7200))]);
    })
    .await;
}

#[tokio::test]
async fn the_last_reading_is_taken_once_for_all_who_leave() {
    play(async |world| {
        let (job, first) = hired(world, "usr_0").await;
        let mut contracts = vec![first];
        for number in 1..12 {
            let trainer = world.trainer(&format!("usr_{number}"));
            contracts.push(world.hire(&job, &trainer));
        }
        world.idle().await;
        for number in 0..12 {
            worked(world, &format!("usr_{number}"), 0, Work::of_seconds(60));
        }
        let slow = What::Delay(Duration::from_secs(2));
        world.tool.fault(Fault::lasting(ToolCall::Usage, slow));
        let before = world.tool.requests().get(&ToolCall::Usage).copied();
        for contract in &contracts {
            world.end(contract);
        }
        world.idle().await;
        world.tool.clear_faults();
        assert!(world.members(PROJECT).is_empty());
        let read = world.tool.requests()[&ToolCall::Usage] - before.unwrap_or_default();
        assert!(read <= 4, "{read} readings for 12 people");
        for contract in &contracts {
            assert_eq!(held(world, contract), [(day(0), Some(60))]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_removal_that_is_tried_again_reads_no_more() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        let down = Fault::times(3, ToolCall::DeleteMember, What::status(503));
        world.tool.fault(down);
        world.end(&contract);
        world.idle().await;
        assert!(world.members(PROJECT).is_empty());
        assert_eq!(world.tool.requests()[&ToolCall::Usage], 1);
        assert_eq!(posts(world), 0, "there was nothing to report");
    })
    .await;
}
