//! Many links and contracts are fast.

use std::collections::BTreeSet;

use serde_json::json;
use simulator::JobOptions;

use crate::support::{Receiver, Scene, text};

const LINKS: usize = 500;
const CONTRACTS_PER_LINK: usize = 20;

#[tokio::test]
async fn ten_thousand_contracts_over_five_hundred_links() {
    let scene = Scene::new().await;
    let mut links = Vec::new();
    for number in 0..LINKS {
        let job = scene.opentrain.create_job(JobOptions::default());
        links.push(scene.api.link(&format!("p{number}"), Some(&job)).await);
        for _ in 0..CONTRACTS_PER_LINK {
            scene.opentrain.hire(&job, &scene.trainer).unwrap();
        }
    }
    let mut seen = BTreeSet::new();
    for link in &links {
        let path = format!("/contracts?projectLinkId={link}&status=active&limit=200");
        let (_, list) = scene.api.get(&path).await;
        let contracts = list["contracts"].as_array().unwrap();
        seen.extend(contracts.iter().map(|own| text(&own["id"])));
    }
    assert_eq!(seen.len(), LINKS * CONTRACTS_PER_LINK);
    let entries = json!({"entries": [{"workDate": "2026-01-05", "totalSeconds": 60}]});
    for contract in seen.iter().take(200) {
        let path = format!("/contracts/{contract}/usage");
        assert_eq!(scene.api.post(&path, entries.clone()).await.0, 200);
    }
}

#[tokio::test]
async fn a_thousand_deliveries_settle() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    scene.api.subscribe(&receiver).await;
    for _ in 0..1000 {
        scene.hire();
    }
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.received().len(), 1000);
}
