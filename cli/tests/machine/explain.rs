//! `bridge explain`, next to a running bridge.

use crate::common::command::bridge;
use crate::common::events::email;
use crate::common::world::play;

const PROJECT: &str = "streets";

#[tokio::test]
async fn access_is_explained() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let address = email("usr_maria");
        for what in ["usr_maria", &contract, &address] {
            let explained = bridge(world, &["explain", what, "--json"]).await.json();
            assert_eq!(explained["schemaVersion"], 1);
            assert_eq!(explained["trainer"], "usr_maria");
            assert_eq!(explained["verdict"], "in", "{explained}");
            assert!(explained["reason"].as_str().unwrap().contains(&contract));
        }
        world.ended(&contract, PROJECT, "usr_maria").await;
        let explained = bridge(world, &["explain", &contract, "--json"])
            .await
            .json();
        assert_eq!(explained["verdict"], "not-in", "{explained}");
        assert!(explained["next"]["at"].is_string(), "a look is to come");
        let timeline = explained["timeline"].as_array().unwrap();
        let times: Vec<_> = timeline
            .iter()
            .map(|it| {
                it["at"]
                    .as_str()
                    .unwrap()
                    .parse::<jiff::Timestamp>()
                    .unwrap()
            })
            .collect();
        assert!(times.is_sorted(), "{times:?}");
        let named: Vec<_> = timeline
            .iter()
            .filter_map(|it| it["event"].as_str())
            .collect();
        assert!(named.contains(&"access.removal-proven"), "{named:?}");
        let text = bridge(world, &["explain", "usr_maria"]).await.done();
        assert!(
            text.contains("not in") && text.contains("Timeline"),
            "{text}"
        );
        let unknown = bridge(world, &["explain", "usr_unknown"]).await.failed(2);
        assert!(unknown.contains("bridge status"), "{unknown}");
    })
    .await;
}
