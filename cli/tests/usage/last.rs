//! The last read before access goes.

use std::time::{Duration, Instant};

use simulator::{Fault, ToolCall, What, Work};

use crate::books::{PROJECT, day, held, hired, posts, report, worked};
use crate::common::world::play;

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
            ended.elapsed() < Duration::from_secs(9),
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
