//! Faults.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use simulator::{Endpoint, Fault, On, OpenTrain, What};

use crate::support::Scene;

#[tokio::test]
async fn a_status_fault_is_used_the_given_number_of_times() {
    let scene = Scene::new().await;
    let on = On::call("GET", "/contracts/*/budget");
    scene
        .opentrain
        .fault(Fault::times(2, on, What::rate_limited(7)));
    let path = format!("/contracts/{}/budget", scene.hire());
    for _ in 0..2 {
        assert_eq!(
            scene.api.get("/contracts").await.0,
            200,
            "others are spared"
        );
        let response = scene.api.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "7");
        let body: serde_json::Value = response.json().await.unwrap();
        assert_eq!(body["code"], "RATE_LIMITED");
    }
    assert_eq!(scene.api.get(&path).await.0, 200);
    assert_eq!(scene.opentrain.requests()[&Endpoint::Budget], 3);
}

#[tokio::test]
async fn a_status_writes_nothing_and_lasts_until_cleared() {
    let scene = Scene::new().await;
    let fault = Fault::lasting(Endpoint::CreateLink, What::status(503));
    scene.opentrain.fault(fault);
    let body = json!({"externalProjectId": "project-2"});
    for _ in 0..3 {
        let (status, answer) = scene.api.post("/project-links", body.clone()).await;
        assert_eq!((status, &answer["code"]), (503, &json!("INTERNAL_ERROR")));
    }
    assert_eq!(scene.opentrain.links().len(), 1);
    scene.opentrain.clear_faults();
    assert_eq!(scene.api.post("/project-links", body).await.0, 201);
}

#[tokio::test]
async fn a_dropped_connection_has_written() {
    let scene = Scene::new().await;
    let what = What::DropConnectionAfterWrite;
    scene
        .opentrain
        .fault(Fault::times(1, Endpoint::CreateLink, what));
    let body = json!({"externalProjectId": "project-2"});
    let request = scene
        .api
        .request(Method::POST, "/project-links")
        .json(&body);
    let error = request.send().await.unwrap_err();
    assert!(!error.is_timeout() && !error.is_connect());
    assert_eq!(scene.opentrain.links().len(), 2);
    assert_eq!(scene.api.post("/project-links", body).await.0, 409);
}

#[tokio::test]
async fn a_slow_answer_has_written_too() {
    let scene = Scene::new().await;
    let what = What::Delay(Duration::from_secs(3600));
    scene
        .opentrain
        .fault(Fault::times(1, On::method("DELETE"), what));
    let path = format!("/project-links/{}", scene.link);
    let request = scene.api.request(Method::DELETE, &path);
    let error = request.timeout(Duration::from_millis(50)).send().await;
    assert!(error.unwrap_err().is_timeout());
    assert!(scene.opentrain.links().is_empty());
}

#[tokio::test]
async fn garbage_is_html_with_200() {
    let scene = Scene::new().await;
    scene
        .opentrain
        .fault(Fault::times(1, On::any(), What::Garbage));
    let request = scene.api.request(Method::GET, "/contracts");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .starts_with("<!doctype html>")
    );
}

#[tokio::test]
async fn a_stopped_server_closes_open_connections() {
    let scene = Scene::new().await;
    assert_eq!(scene.api.get("/contracts").await.0, 200);
    let url = scene.opentrain.base_url();
    scene.opentrain.shutdown().await;
    assert!(reqwest::get(&url).await.unwrap_err().is_connect());
    assert!(
        scene
            .api
            .request(Method::GET, "/contracts")
            .send()
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_dropped_handle_stops_a_slow_answer() {
    let opentrain = OpenTrain::start().await.unwrap();
    let what = What::Delay(Duration::from_secs(3600));
    opentrain.fault(Fault::lasting(On::any(), what));
    let url = format!("{}/api/partner/v1/contracts", opentrain.base_url());
    let request = tokio::spawn(reqwest::get(url));
    opentrain
        .until(|own| !own.requests().is_empty())
        .await
        .unwrap();
    drop(opentrain);
    assert_eq!(request.await.unwrap().unwrap().status(), 401);
}
