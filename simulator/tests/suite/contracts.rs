//! Endpoints 6 and 7.

use serde_json::{Value, json};
use simulator::JobOptions;

use crate::support::{Scene, text};

fn ids(list: &Value) -> Vec<String> {
    let contracts = list["contracts"].as_array().unwrap();
    contracts.iter().map(|own| text(&own["id"])).collect()
}

#[tokio::test]
async fn contracts_come_newest_first_with_their_links() {
    let scene = Scene::new().await;
    let first = scene.hire();
    let second = scene.hire();
    let link = scene.api.link("project-2", Some(&scene.job)).await;
    let (status, list) = scene.api.get("/contracts").await;
    assert_eq!(status, 200);
    assert_eq!(ids(&list), [second, first]);
    let contract = &list["contracts"][0];
    assert_eq!(contract["status"], "active");
    assert_eq!(contract["jobId"], scene.job);
    assert_eq!(contract["endDate"], Value::Null);
    assert_eq!(contract["projectLinkIds"], json!([scene.link, link]));
    assert!(contract["startDate"].is_string() && contract["createdAt"].is_string());
}

#[tokio::test]
async fn the_list_is_filtered_by_link_and_status() {
    let scene = Scene::new().await;
    let other_job = scene.opentrain.create_job(JobOptions::default());
    let other_link = scene.api.link("project-2", Some(&other_job)).await;
    let empty = scene.api.link("project-3", None).await;
    let ended = scene.hire();
    let active = scene.hire();
    let other = scene.opentrain.hire(&other_job, &scene.trainer).unwrap();
    scene.opentrain.end_contract(&ended).unwrap();
    let link = &scene.link;
    let cases = [
        (format!("projectLinkId={link}"), vec![&active, &ended]),
        (format!("projectLinkId={link}&status=ended"), vec![&ended]),
        (format!("projectLinkId={other_link}"), vec![&other]),
        (format!("projectLinkId={empty}"), vec![]),
        ("status=active".to_owned(), vec![&other, &active]),
        ("limit=1".to_owned(), vec![&other]),
    ];
    for (query, expected) in cases {
        let (_, list) = scene.api.get(&format!("/contracts?{query}")).await;
        assert_eq!(ids(&list).iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let (status, _) = scene.api.get("/contracts?projectLinkId=plk_99").await;
    assert_eq!(status, 404);
    assert!(scene.opentrain.end_contract(&ended).is_err());
    scene.assert_no_violations();
}

#[tokio::test]
async fn the_list_is_cut_off_at_its_limit() {
    let scene = Scene::new().await;
    for _ in 0..201 {
        scene.hire();
    }
    for (query, length) in [("", 50), ("?limit=1", 1), ("?limit=200", 200)] {
        let (_, list) = scene.api.get(&format!("/contracts{query}")).await;
        assert_eq!(ids(&list).len(), length);
        assert_eq!(list.as_object().unwrap().len(), 1, "there is no cursor");
    }
    for limit in ["0", "201", "-1", "x", ""] {
        let (status, _) = scene.api.get(&format!("/contracts?limit={limit}")).await;
        assert_eq!(status, 400, "{limit}");
    }
    assert_eq!(scene.api.get("/contracts?status=over").await.0, 400);
    scene.assert_no_violations();
}

#[tokio::test]
async fn a_contract_of_an_unlinked_job_is_not_found() {
    let scene = Scene::new().await;
    let contract = scene.hire();
    scene
        .api
        .delete(&format!("/project-links/{}", scene.link))
        .await;
    let (_, list) = scene.api.get("/contracts").await;
    assert_eq!(list, json!({"contracts": []}));
    for rest in ["participants", "budget"] {
        let (status, _) = scene
            .api
            .get(&format!("/contracts/{contract}/{rest}"))
            .await;
        assert_eq!(status, 404);
        assert_eq!(scene.api.get(&format!("/contracts/x/{rest}")).await.0, 404);
    }
}

#[tokio::test]
async fn a_contract_without_a_trainer_has_no_participants() {
    let scene = Scene::new().await;
    let contract = scene
        .opentrain
        .contract_without_trainer(&scene.job)
        .unwrap();
    let (_, body) = scene
        .api
        .get(&format!("/contracts/{contract}/participants"))
        .await;
    assert_eq!(body, json!({"contractId": contract, "participants": []}));
}

#[tokio::test]
async fn names_change() {
    let scene = Scene::new().await;
    let path = format!("/contracts/{}/participants", scene.hire());
    scene
        .opentrain
        .rename_trainer(&scene.trainer, "M. S.")
        .unwrap();
    let (_, body) = scene.api.get(&path).await;
    assert_eq!(body["participants"][0]["displayName"], "M. S.");
}

#[tokio::test]
async fn a_profile_is_a_page_of_the_sandbox() {
    let scene = Scene::new().await;
    scene.hire();
    let (_, list) = scene.api.get("/contracts").await;
    let path = format!(
        "/contracts/{}/participants",
        text(&list["contracts"][0]["id"])
    );
    let (_, found) = scene.api.get(&path).await;
    let url = text(&found["participants"][0]["profileUrl"]);
    assert!(url.starts_with(&scene.opentrain.base_url()), "{url}");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(
        client.get(&url).send().await.unwrap().status(),
        200,
        "{url}"
    );
}
