//! Undocumented requests are answered with an error, and recorded.

use reqwest::Method;
use serde_json::json;

use crate::support::Scene;

#[tokio::test]
async fn unknown_paths_methods_and_parameters() {
    let scene = Scene::new().await;
    let cases = [
        (Method::GET, "/jobs", 404),
        (Method::GET, "/contracts/", 404),
        (Method::GET, "/contracts/ctr_1", 404),
        (Method::GET, "/contracts//budget", 404),
        (Method::PUT, "/project-links/plk_1", 405),
        (Method::GET, "/contracts?cursor=x", 400),
        (Method::GET, "/contracts?limit=1&limit=2", 400),
        (Method::GET, "/project-links?limit=1", 400),
        (Method::GET, "/installs/current?x=1", 400),
    ];
    for (at, (method, path, expected)) in cases.into_iter().enumerate() {
        let (status, body) = scene.api.send(method, path, None).await;
        assert_eq!(status, expected, "{path}");
        assert!(body["code"].is_string() && body["requestId"].is_string());
        assert_eq!(scene.opentrain.violations().len(), at + 1, "{path}");
    }
    let outside = crate::support::client()
        .get(format!("{}/contracts", scene.opentrain.base_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(outside.status(), 404);
    let last = scene.opentrain.violations().pop().unwrap();
    assert_eq!(
        (last.method.as_str(), last.path.as_str()),
        ("GET", "/contracts")
    );
}

#[tokio::test]
async fn unknown_fields_and_wrong_types() {
    let scene = Scene::new().await;
    let usage = format!("/contracts/{}/usage", scene.hire());
    let cases = [
        (
            "/project-links",
            json!({"externalProjectId": "x", "name": "y"}),
        ),
        ("/project-links", json!({"externalProjectId": 7})),
        (
            "/project-links",
            json!({"externalProjectId": "x", "jobId": null}),
        ),
        ("/project-links", json!([])),
        (
            &usage,
            json!({"entries": [{"workDate": "2026-01-05", "hours": 1}]}),
        ),
        (
            &usage,
            json!({"entries": [{"workDate": "2026-01-05", "totalSeconds": "1"}]}),
        ),
        (&usage, json!({"entries": {}})),
        (
            "/webhook-endpoints",
            json!({"url": "https://x.example", "secret": "s"}),
        ),
        (
            "/webhook-endpoints",
            json!({"url": "https://x.example", "eventTypes": [1]}),
        ),
    ];
    for (at, (path, body)) in cases.into_iter().enumerate() {
        assert_eq!(scene.api.post(path, body.clone()).await.0, 400, "{body}");
        assert_eq!(scene.opentrain.violations().len(), at + 1, "{body}");
    }
}

#[tokio::test]
async fn bodies_that_are_not_json() {
    let scene = Scene::new().await;
    let post = || scene.api.request(Method::POST, "/project-links");
    let json = "application/json";
    let good = r#"{"externalProjectId":"x"}"#;
    let requests = [
        post().header("content-type", json).body("{"),
        post().header("content-type", json),
        post().header("content-type", "text/plain").body(good),
        post().body(good),
        scene.api.request(Method::GET, "/contracts").body("{}"),
        scene
            .api
            .request(Method::DELETE, "/project-links/plk_1")
            .body("{}"),
    ];
    for (at, request) in requests.into_iter().enumerate() {
        assert_eq!(request.send().await.unwrap().status(), 400, "{at}");
        assert_eq!(scene.opentrain.violations().len(), at + 1);
    }
    let charset = post()
        .header("content-type", "application/json; charset=utf-8")
        .body(good);
    assert_eq!(charset.send().await.unwrap().status(), 201);
}
