//! Control planes, as used by another process.

use serde_json::{Value, json};
use simulator::AnnotationPlatform;

use crate::support::{Receiver, Scene};

async fn post(url: String, body: Value) -> (u16, Value) {
    let client = crate::support::client();
    let response = client.post(url).json(&body).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

async fn state(url: &str) -> Value {
    let response = crate::support::client()
        .get(format!("{url}/state"))
        .send()
        .await
        .unwrap();
    response.json().await.unwrap()
}

#[tokio::test]
async fn opentrain_is_run_by_hand() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    receiver.answer_next(&[500]);
    scene.api.subscribe(&receiver).await;
    let url = format!("{}/control", scene.opentrain.base_url());
    let act = |verb: &str, body: Value| post(format!("{url}/{verb}"), body);
    let hire = json!({"jobId": scene.job, "displayName": "Ana P."});
    let (status, hired) = act("hire", hire).await;
    assert_eq!(status, 200, "{hired}");
    scene.opentrain.settle().await.unwrap();
    assert_eq!(act("skip", json!({"seconds": 60})).await.0, 200);
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.types(), ["contract.started", "contract.started"]);
    let freelancer = &receiver.received()[1].json()["data"]["freelancer"];
    assert_eq!(freelancer["displayName"], "Ana P.");
    assert!(freelancer["workEmail"].is_string());
    let contract = &hired["contractId"];
    let fund = json!({"contractId": contract, "volume": 10, "amountUsd": 99.5});
    assert_eq!(act("fund", fund).await.0, 200);
    assert_eq!(act("end", json!({"contractId": contract})).await.0, 200);
    assert_eq!(act("end", json!({"contractId": contract})).await.0, 409);
    assert_eq!(act("end", json!({"contractId": "ctr_99"})).await.0, 404);
    assert_eq!(act("dance", json!({})).await.0, 404);
    let state = state(&url).await;
    assert_eq!(state["contracts"][0]["status"], "ended");
    assert_eq!(state["contracts"][0]["budget"]["fundedAmountUsd"], 99.5);
    assert_eq!(state["links"][0]["jobId"], state["jobs"][0]["id"]);
    assert_eq!(state["deliveries"][0]["status"], "DELIVERED");
    assert_eq!(state["endpoints"].as_array().unwrap().len(), 1);
    let text = state.to_string();
    for secret in ["whsec_", "ot_ptk_", "@opentrain.work"] {
        assert!(!text.contains(secret));
    }
    scene.assert_no_violations();
}

#[tokio::test]
async fn the_tool_is_run_by_hand() {
    let tool = AnnotationPlatform::start("token").await.unwrap();
    let url = tool.control_url();
    let act = |verb: &str, body: Value| post(format!("{url}/{verb}"), body);
    let project = json!({"id": "streets", "name": "Street scenes"});
    assert_eq!(act("projects", project).await.0, 200);
    let work = json!({"projectId": "streets", "trainerId": "usr_1", "workDate": "2026-01-05",
        "totalSeconds": 60});
    assert_eq!(act("work", work.clone()).await.0, 409, "there is no member");
    crate::tool::put(&tool, "streets", "usr_1").await;
    assert_eq!(act("work", work).await.0, 200);
    let state = state(&url).await;
    let project = &state["projects"][0];
    assert_eq!(project["members"][0]["trainerId"], "usr_1");
    assert_eq!(project["work"][0]["totalSeconds"], 60);
    assert_eq!(project["notice"], Value::Null);
    assert_eq!(tool.violations(), []);
}

#[tokio::test]
async fn a_foreign_host_is_refused() {
    let scene = Scene::new().await;
    let url = format!("{}/control/state", scene.opentrain.base_url());
    let request = crate::support::client()
        .get(url)
        .header("host", "evil.example");
    assert_eq!(request.send().await.unwrap().status(), 403);
}
