//! Where tokens and secrets are kept.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::kit::{Market, mode};

#[tokio::test(flavor = "multi_thread")]
async fn the_environments_token_takes_precedence() {
    let mut market = Market::new().await;
    market.run(&["register"]).await.done();
    assert_eq!(
        market.json(&["me"]).await["account"]["organizationId"],
        "org_2"
    );
    market.token = Some(market.minted(&["jobs:read"]).await);
    let me = market.json(&["me"]).await;
    assert_eq!(me["account"]["organizationId"], "org_1");
    assert_eq!(me["token"]["scopes"], json!(["jobs:read"]));
    let again = market.run(&["register", "--replace"]).await;
    assert!(again.err.contains("takes precedence"), "{}", again.err);
    let blank = market.command(&["me"]);
    let mut blank = blank;
    blank.env("OPENTRAIN_PERSONAL_API_TOKEN", "two words");
    let refused = market.finish(blank).await.failed(2);
    assert!(
        refused.contains("OPENTRAIN_PERSONAL_API_TOKEN"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_does_not_lose_another_account() {
    let market = Market::new().await;
    market.run(&["register"]).await.done();
    let before = market.stored();
    let refused = market.run(&["register"]).await.failed(2);
    assert!(refused.contains("--replace"), "{refused}");
    assert_eq!(market.stored(), before);
    assert_eq!(market.opentrain.public_requests()["registerAgent"], 1);
    market.run(&["register", "--replace"]).await.done();
    assert_ne!(market.stored()["token"], before["token"]);
}

/// A token of the sandbox is not sent to OpenTrain, nor the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn a_stored_token_is_sent_to_its_own_opentrain_only() {
    let market = Market::new().await;
    market.run(&["register"]).await.done();
    let other = Market::new().await;
    for args in [&["me"][..], &["claim", "--email", "a@b.example"]] {
        let mut command = market.command(args);
        command.env("OPENTRAIN_BASE_URL", other.opentrain.base_url());
        let refused = market.finish(command).await.failed(2);
        assert!(refused.contains("has the account at"), "{refused}");
    }
    assert!(other.opentrain.public_requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_or_broken_file_is_refused() {
    let market = Market::new().await;
    market.run(&["register"]).await.done();
    let path = market.path("employer.json");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&path, open).unwrap();
    let refused = market.run(&["me"]).await.failed(2);
    assert!(refused.contains("chmod 600"), "{refused}");
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::write(&path, r#"{"version": 1, "baseUrl": "canary", "token": 5}"#).unwrap();
    std::fs::set_permissions(&path, private).unwrap();
    let refused = market.run(&["me"]).await.failed(2);
    assert!(
        refused.contains("does not hold an employer's token") && !refused.contains("canary"),
        "{refused}"
    );
    std::fs::write(&path, r#"{"version": 2, "baseUrl": "x"}"#).unwrap();
    let newer = market.run(&["me"]).await.failed(2);
    assert!(newer.contains("newer bridge"), "{newer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_beside_the_connections() {
    let market = Market::new().await;
    std::fs::create_dir(market.path("kept")).unwrap();
    let mut command = market.command(&["register"]);
    command.env("BRIDGE_CONNECTIONS", "kept/connections.json");
    market.finish(command).await.done();
    assert_eq!(mode(&market.path("kept/employer.json")), 0o600);
    let mut command = market.command(&["register"]);
    command.env("BRIDGE_CONNECTIONS", "nowhere/connections.json");
    let refused = market.finish(command).await.failed(2);
    assert!(refused.contains("nowhere/employer.json"), "{refused}");
    assert_eq!(market.opentrain.public_requests()["registerAgent"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_tokens_secret_goes_to_a_private_file() {
    let mut market = Market::claimed().await;
    let create = [
        "tokens",
        "create",
        "--name",
        "ci",
        "--scopes",
        "jobs:read",
        "--to",
        "ci-token",
    ];
    let made = market.json(&create).await;
    assert_eq!(made["metadata"]["scopes"], json!(["jobs:read"]));
    let path = market.path("ci-token");
    assert_eq!(mode(&path), 0o600);
    let secret = std::fs::read_to_string(&path).unwrap();
    let again = market.run(&create).await.failed(2);
    assert!(again.contains("Name a new file"), "{again}");
    assert_eq!(market.opentrain.public_requests()["createToken"], 1);
    let unknown = ["tokens", "create", "--scopes", "all", "--to", "other"];
    let refused = market.run(&unknown).await.failed(1);
    assert!(
        refused.contains("Unknown scopes: all. Known: jobs:read"),
        "{refused}"
    );
    assert!(!market.path("other").exists());
    let nowhere = market.run(&["tokens", "create"]).await.failed(2);
    assert!(nowhere.contains("--to"), "{nowhere}");

    let id = made["metadata"]["id"].as_str().unwrap();
    let listed = market.run(&["tokens"]).await.done();
    assert!(listed.contains(id), "{listed}");
    market.run(&["tokens", "revoke", id, "--yes"]).await.done();
    market.token = Some(secret.trim().to_owned());
    market.run(&["jobs"]).await.failed(1);
    market.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_can_be_used_from_now_on() {
    let market = Market::new().await;
    market.run(&["register"]).await.done();
    let before = market.stored();
    let made = market
        .json(&["tokens", "create", "--name", "rotated", "--use"])
        .await;
    assert_ne!(market.stored()["token"], before["token"]);
    assert_eq!(market.stored()["claimToken"], before["claimToken"]);
    let me = market.json(&["me"]).await;
    assert_eq!(me["token"]["id"], made["metadata"]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhooks_secret_goes_to_a_private_file() {
    let market = Market::claimed().await;
    let url = "http://localhost:9/hook";
    let create = [
        "webhooks",
        "create",
        "--url",
        url,
        "--events",
        "contract.created,message.received",
        "--to",
        "hook",
    ];
    let made = market.json(&create).await;
    let id = made["webhook"]["id"].as_str().unwrap();
    assert_eq!(mode(&market.path("hook")), 0o600);
    assert!(
        std::fs::read_to_string(market.path("hook"))
            .unwrap()
            .starts_with("whsec_")
    );
    let listed = market.run(&["webhooks"]).await.done();
    assert!(listed.contains(id) && listed.contains(url), "{listed}");
    market
        .run(&["webhooks", "delete", id, "--yes"])
        .await
        .done();
    assert_eq!(market.json(&["webhooks"]).await["webhooks"], json!([]));
    market.close();
}
