//! The command, the schedule, and the sample of its invocation.

use bridge::operator::{Order, ask};
use serde_json::Value;
use shared::config::Vars;
use shared::progress::unwatched;
use shared::usage::{Options, Report};
use simulator::Work;

use crate::books::{day, held, hired, worked};
use crate::common::world::play;

#[tokio::test]
async fn the_bridge_that_runs_reports_when_it_is_asked() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let database = world.folder.path().join("bridge.db");
        let vars = Vars::default().with("BRIDGE_DB", database.to_str());
        let order = Order::Usage(Options::default());
        let report: Report = ask(&vars, &order, &unwatched).await.unwrap();
        assert_eq!((report.entries(), report.is_whole()), (1, true));
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
    })
    .await;
}

#[test]
fn the_schedules_sample_asks_for_what_is_new() {
    let sample = include_str!("../../../events/schedule/usage.json");
    let sample: Value = serde_json::from_str(sample).unwrap();
    let detail = sample["detail"].as_str().unwrap();
    let options: Options = serde_json::from_str(detail).unwrap();
    assert_eq!(options, Options::default());
}
