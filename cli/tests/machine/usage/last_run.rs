//! What `bridge status` shows of the last usage run.

use serde_json::json;
use shared::usage::Options;
use simulator::{Fault, On, What, Work};

use crate::common::world::play;
use crate::usage::books::{PROJECT, hired, report, reporter, run, worked};

#[tokio::test]
async fn status_shows_the_last_run_and_what_it_left() {
    play(async |world| {
        hired(world, "usr_maria").await;
        assert!(world.status().await["lastUsage"].is_null());
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let usage = On::call("POST", "/contracts/*/usage");
        let down = Fault::lasting(usage, What::status(503));
        world.opentrain.fault(down);
        assert!(!report(world).await.is_whole());
        let last = world.status().await["lastUsage"].clone();
        assert_eq!(last["whole"], false);
        assert!(last["left"][PROJECT].is_string(), "{last}");

        world.opentrain.clear_faults();
        assert!(report(world).await.is_whole());
        let last = world.status().await["lastUsage"].clone();
        assert_eq!((&last["whole"], &last["left"]), (&json!(true), &json!({})));

        // A run for one trainer does not cover the others.
        let of_one = Options {
            trainer: Some("usr_maria".into()),
            ..Options::default()
        };
        run(&reporter(world), &of_one).await;
        assert_eq!(world.status().await["lastUsage"], last);
    })
    .await;
}
