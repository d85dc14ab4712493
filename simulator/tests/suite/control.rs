//! Control planes, as used by another process.

use serde_json::{Value, json};
use simulator::{AnnotationPlatform, Cvat, OpenTrain, Options};

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

/// A web page whose name resolves to 127.0.0.1 sends its own name.
#[tokio::test]
async fn a_foreign_host_is_refused_on_every_path() {
    let scene = Scene::new().await;
    let tool = AnnotationPlatform::start("token").await.unwrap();
    let cvat = Cvat::start("token", "org").await.unwrap();
    let opentrain = scene.opentrain.base_url();
    let paths = [
        "/control/state",
        "/sandbox/clock",
        "/desk",
        "/llms.txt",
        "/favicon.ico",
        "/none",
    ];
    let apis = [
        "/api/partner/v1/install",
        "/api/public/v1/jobs",
        "/api/agent/identity",
    ];
    let mut urls: Vec<String> = [&paths[..], &apis]
        .concat()
        .into_iter()
        .map(|path| format!("{opentrain}{path}"))
        .collect();
    urls.extend([tool.control_url(), tool.base_url(), cvat.base_url()]);
    for url in urls {
        let (status, body) = answer_to(&url, "evil.example").await;
        assert_eq!(status, 403, "{url}");
        assert!(body.contains("--allow-host"), "{url}: {body}");
        assert!(body.ends_with("}\n"), "{url}: {body}");
    }
    scene.assert_no_violations();
}

#[tokio::test]
async fn names_of_this_machine_and_allowed_ones_are_served() {
    let options = Options {
        hosts: vec!["host.docker.internal".into()],
        ..Options::default()
    };
    let opentrain = OpenTrain::start_with(options).await.unwrap();
    let url = format!("{}/sandbox/clock", opentrain.base_url());
    for (host, expected) in [
        ("localhost", 200),
        ("LocalHost:8780", 200),
        ("127.0.0.1", 200),
        ("127.1.2.3:80", 200),
        ("[::1]:8780", 200),
        ("Host.Docker.Internal:8780", 200),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("evil.example:127", 403),
        ("0.0.0.0", 403),
        ("169.254.169.254", 403),
        ("", 403),
    ] {
        assert_eq!(answer_to(&url, host).await.0, expected, "{host:?}");
    }
}

async fn answer_to(url: &str, host: &str) -> (u16, String) {
    // The refusal is the server's own, and no document has it.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(url).header("host", host).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// After a call with curl, the prompt of the shell is on its own line.
#[tokio::test]
async fn a_json_answer_ends_with_a_line_break() {
    let scene = Scene::new().await;
    let opentrain = scene.opentrain.base_url();
    for path in [
        "/sandbox/clock",
        "/control/state",
        "/api/public/v1/jobs",
        "/api/partner/v1/install",
    ] {
        let (_, body) = answer_to(&format!("{opentrain}{path}"), "localhost").await;
        assert!(body.ends_with("}\n"), "{path}: {body}");
    }
}
