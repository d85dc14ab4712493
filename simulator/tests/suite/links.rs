//! Endpoints 2 to 5.

use serde_json::{Value, json};
use simulator::{ConsentOptions, JobOptions, Options};

use crate::support::{Api, Scene};

#[tokio::test]
async fn a_link_is_made_read_listed_and_deleted() {
    let scene = Scene::new().await;
    let body = json!({
        "externalProjectId": "project-2",
        "externalProjectName": "Two",
        "externalProjectUrl": "https://tool.example/2",
        "provisioningMode": "MANAGED_ADAPTER",
    });
    let (status, made) = scene.api.post("/project-links", body).await;
    let link = &made["projectLink"];
    assert_eq!(status, 201);
    assert_eq!(link["jobId"], Value::Null);
    assert_eq!(link["provisioningMode"], "MANAGED_ADAPTER");
    let path = format!("/project-links/{}", link["id"].as_str().unwrap());
    assert_eq!(scene.api.get(&path).await, (200, made.clone()));
    let (_, list) = scene.api.get("/project-links").await;
    let ids: Vec<&Value> = list["projectLinks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| &own["id"])
        .collect();
    assert_eq!(ids, [&link["id"], &json!(scene.link)], "newest first");
    let deleted = json!({"projectLink": link, "deleted": true});
    assert_eq!(scene.api.delete(&path).await, (200, deleted));
    assert_eq!(scene.api.get(&path).await.0, 404);
    assert_eq!(scene.api.delete(&path).await.0, 404);
    assert_eq!(scene.opentrain.links().len(), 1);
    scene.assert_no_violations();
}

#[tokio::test]
async fn an_external_project_is_linked_once_per_install() {
    let scene = Scene::new().await;
    let body = json!({"externalProjectId": "project-1"});
    let (status, answer) = scene.api.post("/project-links", body.clone()).await;
    assert_eq!((status, &answer["code"]), (409, &json!("CONFLICT")));
    let grant = scene.opentrain.consent(ConsentOptions::default());
    Api::new(&scene.opentrain, &grant)
        .link("project-1", None)
        .await;
    // Deleting releases the name: there is no update.
    let path = format!("/project-links/{}", scene.link);
    scene.api.delete(&path).await;
    assert_eq!(scene.api.post("/project-links", body).await.0, 201);
}

#[tokio::test]
async fn the_link_limit_is_a_conflict() {
    let options = Options {
        link_limit: 2,
        ..Options::default()
    };
    let scene = Scene::with(options).await;
    let second = scene.api.link("project-2", None).await;
    let body = json!({"externalProjectId": "project-3"});
    assert_eq!(scene.api.post("/project-links", body.clone()).await.0, 409);
    scene.api.delete(&format!("/project-links/{second}")).await;
    assert_eq!(scene.api.post("/project-links", body).await.0, 201);
}

#[tokio::test]
async fn lengths_are_counted_in_characters() {
    let scene = Scene::new().await;
    for (field, limit) in [
        ("externalProjectId", 200),
        ("externalProjectName", 300),
        ("externalProjectUrl", 2048),
    ] {
        for (length, expected) in [(limit, 201), (limit + 1, 400)] {
            let mut body = json!({"externalProjectId": format!("{field}{length}")});
            body[field] = "é".repeat(length).into();
            assert_eq!(
                scene.api.post("/project-links", body).await.0,
                expected,
                "{field}"
            );
        }
    }
    for body in [json!({}), json!({"externalProjectId": ""})] {
        assert_eq!(scene.api.post("/project-links", body).await.0, 400);
    }
    scene.assert_no_violations();
}

#[tokio::test]
async fn a_job_must_be_the_employers() {
    let scene = Scene::new().await;
    let foreign = scene.opentrain.create_job(JobOptions {
        organization: "org_2".to_owned(),
        ..JobOptions::default()
    });
    for job in [foreign.as_str(), "job_99"] {
        let body = json!({"externalProjectId": "project-9", "jobId": job});
        assert_eq!(scene.api.post("/project-links", body).await.0, 404);
    }
    let body = json!({"externalProjectId": "project-9", "provisioningMode": "OTHER"});
    assert_eq!(scene.api.post("/project-links", body).await.0, 400);
}

#[tokio::test]
async fn another_installs_link_is_not_found() {
    let scene = Scene::new().await;
    let grant = scene.opentrain.consent(ConsentOptions::default());
    let other = Api::new(&scene.opentrain, &grant);
    let path = format!("/project-links/{}", scene.link);
    assert_eq!(other.get(&path).await.0, 404);
    assert_eq!(other.delete(&path).await.0, 404);
}
