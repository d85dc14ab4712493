//! Personal API tokens.

use serde_json::json;

use super::support::Market;
use crate::support::text;

#[tokio::test]
async fn a_token_makes_others_with_its_own_scopes() {
    let market = Market::new().await;
    let token = market.token(&["jobs:write", "payments:read"]).await;
    let (status, answer) = market.act(&token, "/tokens").await;
    assert_eq!((status, &answer["tokenType"]), (201, &json!("bearer")));
    assert_eq!(answer["metadata"]["name"], "API token");
    assert_eq!(
        answer["metadata"]["scopes"],
        json!(["jobs:write", "payments:read"])
    );
    let body = json!({"name": "reader", "scopes": ["jobs:read"]});
    let (_, answer) = market.post(&token, "/tokens", body).await;
    let secret = text(&answer["token"]);
    let record = &answer["metadata"];
    let preview = text(&record["preview"]);
    assert!(preview.contains("********") && secret.starts_with(preview.split('*').next().unwrap()));
    assert!(secret.ends_with(preview.split('*').next_back().unwrap()));
    assert_eq!(record["lastUsedAt"], json!(null));
    assert_eq!(market.get(&secret, "/jobs/mine").await.0, 200);
    let (_, list) = market.get(&token, "/tokens").await;
    let used = list["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .find(|own| own["id"] == record["id"]);
    assert!(used.unwrap()["lastUsedAt"].is_string());
    assert!(!list.to_string().contains(&secret));
    // No token grants more than it has.
    let body = json!({"scopes": ["webhooks:manage"]});
    let (status, answer) = market.post(&token, "/tokens", body).await;
    assert_eq!(status, 403);
    assert_eq!(
        answer["details"]["requiredScopes"],
        json!(["webhooks:manage"])
    );
    assert_eq!(
        answer["details"]["grantedScopes"],
        json!(["jobs:write", "payments:read"])
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn bad_tokens_are_not_made() {
    let market = Market::new().await;
    let token = market.full().await;
    let (status, answer) = market
        .post(&token, "/tokens", json!({"scopes": ["jobs:all"]}))
        .await;
    assert_eq!(
        (status, &answer["details"]["unknownScopes"]),
        (400, &json!(["jobs:all"]))
    );
    assert_eq!(
        answer["details"]["supportedScopes"]
            .as_array()
            .unwrap()
            .len(),
        11
    );
    for (field, body) in [
        ("name", json!({"name": "x".repeat(121)})),
        ("expiresAt", json!({"expiresAt": "2020-01-01T00:00:00Z"})),
        ("expiresAt", json!({"expiresAt": "tomorrow"})),
        ("scopes", json!({"scopes": []})),
    ] {
        let (status, answer) = market.post(&token, "/tokens", body).await;
        assert_eq!((status, &answer["details"]["field"]), (400, &json!(field)));
    }
    assert_eq!(
        market
            .post(&token, "/tokens", json!({"name": "x".repeat(120)}))
            .await
            .0,
        201
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn revoked_and_expired_tokens_are_refused() {
    let market = Market::new().await;
    let token = market.full().await;
    let expires = market.opentrain.now() + std::time::Duration::from_secs(3600);
    let body = json!({"expiresAt": expires.to_string()});
    let (_, brief) = market.post(&token, "/tokens", body).await;
    let (_, other) = market.act(&token, "/tokens").await;
    let path = format!("/tokens/{}", text(&other["metadata"]["id"]));
    for _ in 0..2 {
        let (status, answer) = market.delete(&token, &path).await;
        assert_eq!(
            (status, &answer["token"]["status"]),
            (200, &json!("revoked"))
        );
    }
    assert_eq!(market.get(&text(&other["token"]), "/auth/me").await.0, 401);
    assert_eq!(market.get(&text(&brief["token"]), "/auth/me").await.0, 200);
    market.advance("PT1H").await;
    let (status, answer) = market.get(&text(&brief["token"]), "/auth/me").await;
    assert_eq!((status, &answer["code"]), (401, &json!("UNAUTHORIZED")));
    let (_, list) = market.get(&token, "/tokens").await;
    let states: Vec<String> = list["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| text(&own["status"]))
        .collect();
    assert_eq!(states, ["revoked", "expired", "active"]);
    let (status, answer) = market.delete(&token, "/tokens/pat_99").await;
    assert_eq!(
        (status, &answer["details"]["tokenId"]),
        (404, &json!("pat_99"))
    );
}

#[tokio::test]
async fn an_account_has_at_most_25_active_tokens() {
    let market = Market::new().await;
    let token = market.full().await;
    let mut last = String::new();
    for _ in 1..25 {
        let (status, answer) = market.act(&token, "/tokens").await;
        assert_eq!(status, 201);
        last = text(&answer["metadata"]["id"]);
    }
    assert_eq!(market.act(&token, "/tokens").await.0, 409);
    market.delete(&token, &format!("/tokens/{last}")).await;
    assert_eq!(market.act(&token, "/tokens").await.0, 201);
}

#[tokio::test]
async fn tokens_of_others_are_not_found() {
    let market = Market::new().await;
    let (_, other) = market.claimed("ann@acme.example").await;
    let own = market.full().await;
    let (_, list) = market.get(&own, "/tokens").await;
    let id = text(&list["tokens"][0]["id"]);
    assert_eq!(market.delete(&other, &format!("/tokens/{id}")).await.0, 404);
    assert_eq!(market.get(&own, "/auth/me").await.0, 200);
}
