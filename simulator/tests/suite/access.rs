//! Tokens, installs, scopes and the app.

use reqwest::Method;
use serde_json::{Value, json};
use simulator::{ConsentOptions, DEFAULT_ORGANIZATION, Endpoint, Grant, OpenTrain, Scope};

use crate::support::{Api, Receiver, Scene, text};

#[tokio::test]
async fn current_install_contains_the_granted_scopes() {
    let scene = Scene::new().await;
    let (status, body) = scene.api.get("/installs/current").await;
    let install = &body["install"];
    assert_eq!(status, 200);
    assert_eq!(install["id"], scene.grant.install_id);
    assert_eq!(install["status"], "ACTIVE");
    assert_eq!(install["piiConsent"], true);
    assert_eq!(install["organizationId"], DEFAULT_ORGANIZATION);
    assert_eq!(install["scopes"].as_array().unwrap().len(), 7);
    assert_eq!(install["token"]["scopes"], install["scopes"]);
    assert!(text(&install["partnerApp"]["id"]).starts_with("ptnapp_"));
    assert!(scene.grant.token.starts_with("ot_ptk_"));
}

#[tokio::test]
async fn errors_come_in_the_documented_envelope() {
    let scene = Scene::new().await;
    let (status, body) = scene.api.get("/project-links/plk_99").await;
    assert_eq!((status, &body["code"]), (404, &json!("NOT_FOUND")));
    assert!(body["error"].is_string() && text(&body["requestId"]).starts_with("req_"));
    scene.assert_no_violations();
}

#[tokio::test]
async fn a_wrong_token_is_unauthorized_and_no_violation() {
    let scene = Scene::new().await;
    for token in ["ot_ptk_wrong", "another"] {
        let grant = Grant {
            install_id: String::new(),
            token: token.to_owned(),
        };
        let (status, body) = Api::new(&scene.opentrain, &grant).get("/contracts").await;
        assert_eq!((status, &body["code"]), (401, &json!("UNAUTHORIZED")));
    }
    scene.assert_no_violations();
}

#[tokio::test]
async fn no_credential_at_all_is_a_violation() {
    let scene = Scene::new().await;
    let url = format!("{}/api/partner/v1/contracts", scene.opentrain.base_url());
    assert_eq!(
        crate::support::client()
            .get(url)
            .send()
            .await
            .unwrap()
            .status(),
        401
    );
    assert_eq!(scene.opentrain.violations().len(), 1);
}

/// The endpoints that accept `scopes`, found by calling each of the 15.
async fn open_to(scopes: &[Scope]) -> Vec<Endpoint> {
    let opentrain = OpenTrain::start().await.unwrap();
    let grant = opentrain.consent(ConsentOptions {
        scopes: scopes.to_vec(),
        ..ConsentOptions::default()
    });
    let api = Api::new(&opentrain, &grant);
    let mut open = Vec::new();
    for endpoint in Endpoint::ALL {
        let (method, path) = endpoint.call();
        let method: Method = method.parse().unwrap();
        let body = (method == "POST" || method == "PATCH").then(|| json!({}));
        let (status, _) = api.send(method, &path.replace('*', "x_1"), body).await;
        if status != 403 {
            open.push(endpoint);
        }
    }
    open
}

#[tokio::test]
async fn each_scope_opens_its_endpoints_and_no_others() {
    use Endpoint::*;
    let expected: [(Scope, &[Endpoint]); 6] = [
        (Scope::ProjectLinksRead, &[ListLinks, ReadLink]),
        (
            Scope::ProjectLinksWrite,
            &[CreateLink, ListLinks, ReadLink, DeleteLink],
        ),
        (Scope::ContractsRead, &[ListContracts, Budget]),
        (Scope::ParticipantsRead, &[Participants]),
        (Scope::ParticipantsEmail, &[]),
        (Scope::UsageWrite, &[Usage]),
    ];
    for (scope, endpoints) in expected {
        let all = [&[CurrentInstall], endpoints].concat();
        assert_eq!(open_to(&[scope]).await, all, "{scope:?}");
    }
    assert_eq!(open_to(&[Scope::WebhooksManage]).await.len(), 7);
    assert_eq!(open_to(&[]).await, [CurrentInstall]);
}

#[tokio::test]
async fn work_email_needs_the_scope_and_the_consent() {
    let scene = Scene::new().await;
    let contract = scene.hire();
    let without: Vec<Scope> = Scope::ALL
        .into_iter()
        .filter(|scope| *scope != Scope::ParticipantsEmail)
        .collect();
    let cases = [
        (Scope::ALL.to_vec(), true, true),
        (Scope::ALL.to_vec(), false, false),
        (without, true, false),
    ];
    for (at, (scopes, pii_consent, seen)) in cases.into_iter().enumerate() {
        let grant = scene.opentrain.consent(ConsentOptions {
            scopes,
            pii_consent,
            ..ConsentOptions::default()
        });
        let api = Api::new(&scene.opentrain, &grant);
        api.link(&format!("pii-{at}"), Some(&scene.job)).await;
        let path = format!("/contracts/{contract}/participants");
        let (status, body) = api.get(&path).await;
        let participant = &body["participants"][0];
        assert_eq!(status, 200);
        assert_eq!(participant["opentrainUserId"], scene.trainer);
        assert_eq!(participant.get("workEmail").is_some(), seen);
    }
}

#[tokio::test]
async fn work_email_may_be_added_later_and_revoked() {
    let scene = Scene::new().await;
    let path = format!("/contracts/{}/participants", scene.hire());
    let trainer = &scene.trainer;
    let set = |email| scene.opentrain.set_work_email(trainer, email);
    for (email, seen) in [
        (None, Value::Null),
        (Some("m2@opentrain.work"), json!("m2@opentrain.work")),
    ] {
        set(email).unwrap();
        let (_, body) = scene.api.get(&path).await;
        assert_eq!(body["participants"][0]["workEmail"], seen);
    }
    assert!(set(Some("m@example.com")).is_err());
}

#[tokio::test]
async fn a_revoked_install_gets_its_event_and_is_then_refused() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    scene.api.subscribe(&receiver).await;
    let install = &scene.grant.install_id;
    scene.opentrain.revoke_install(install).unwrap();
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.types(), ["install.revoked"]);
    let event = receiver.received()[0].json();
    assert_eq!(event["resourceId"], *install);
    assert_eq!(event["jobId"], Value::Null);
    assert_eq!(scene.api.get("/installs/current").await.0, 401);
    assert!(scene.opentrain.revoke_install(install).is_err());
    // Reconnecting creates another install, with another token and none of the old links.
    let grant = scene.opentrain.consent(ConsentOptions::default());
    let api = Api::new(&scene.opentrain, &grant);
    assert_ne!(grant.install_id, *install);
    assert_eq!(
        api.get("/project-links").await.1,
        json!({"projectLinks": []})
    );
}

#[tokio::test]
async fn a_revoked_token_an_inactive_app_and_a_disabled_feature_are_refused() {
    let scene = Scene::new().await;
    let ask = || async { scene.api.get("/installs/current").await.0 };
    scene.opentrain.set_app_active(false);
    assert_eq!(ask().await, 403);
    scene.opentrain.set_app_active(true);
    scene
        .opentrain
        .set_feature_enabled(DEFAULT_ORGANIZATION, false);
    assert_eq!(ask().await, 403);
    scene
        .opentrain
        .set_feature_enabled(DEFAULT_ORGANIZATION, true);
    assert_eq!(ask().await, 200);
    scene
        .opentrain
        .revoke_token(&scene.grant.install_id)
        .unwrap();
    assert_eq!(ask().await, 401);
    scene.assert_no_violations();
}

#[tokio::test]
async fn debug_output_holds_no_token_and_no_email() {
    let scene = Scene::new().await;
    let trainer = simulator::TrainerOptions {
        work_email: Some("canary@opentrain.work".to_owned()),
        ..Default::default()
    };
    let text = format!("{:?} {:?} {:?}", scene.grant, scene.opentrain, trainer);
    assert!(!text.contains(&scene.grant.token) && !text.contains("canary"));
}
