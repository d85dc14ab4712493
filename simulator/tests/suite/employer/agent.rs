//! Registration, claim, polling and revocation.

use reqwest::Method;
use serde_json::json;

use super::support::{GRANT_TYPE, Market};
use crate::support::text;

#[tokio::test]
async fn an_agent_registers_with_its_own_scopes() {
    let market = Market::new().await;
    let names =
        json!({"identity_type": "anonymous", "agent_name": "bot", "organization_name": "Acme"});
    let (status, answer) = market.agent("/identity", names).await;
    assert_eq!(status, 200);
    assert_eq!(answer["identity_type"], "anonymous");
    assert_eq!(answer["token_type"], "bearer");
    assert_eq!(answer["grant_type"], GRANT_TYPE);
    assert!(text(&answer["access_token"]).starts_with("ot_pat_"));
    assert!(text(&answer["claim_token"]).starts_with("ot_clm_"));
    let scopes = [
        "jobs:read",
        "jobs:write",
        "proposals:read",
        "messages:read",
        "payments:read",
        "team:read",
    ];
    assert_eq!(answer["scopes"], json!(scopes));
    let token = text(&answer["access_token"]);
    let (status, me) = market.get(&token, "/auth/me").await;
    assert_eq!(status, 200);
    assert_eq!(me["token"]["scopes"], json!(scopes));
    assert_eq!(me["account"]["kind"], "employer_organization");
    assert_eq!(
        me["account"]["organizationId"],
        me["token"]["ownerOrganizationId"]
    );
    assert_eq!(me["actor"]["email"], json!(null));
    let bare = market.request(Method::POST, "/api/agent/identity");
    assert_eq!(
        bare.send().await.unwrap().status(),
        200,
        "no body is an empty object"
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn a_human_claims_the_account_and_the_agent_gets_its_token_once() {
    let market = Market::new().await;
    let (old, claim_token) = market.register().await;
    let job = market.job(&old).await;
    assert_eq!(
        market.poll(&claim_token).await.1["error"],
        "authorization_pending"
    );
    let claim = json!({"claim_token": claim_token, "email": "ann@acme.example"});
    let (status, first) = market.agent("/identity/claim", claim.clone()).await;
    assert_eq!(
        (status, &first["interval"], &first["expires_in"]),
        (200, &json!(5), &json!(1800))
    );
    let uri = text(&first["verification_uri"]);
    assert!(uri.starts_with(&market.opentrain.base_url()) && uri.contains("ot_cat_"));
    // Another start has another code, and the first one is void.
    let (_, second) = market.agent("/identity/claim", claim).await;
    let code = |answer: &serde_json::Value| text(&answer["user_code"]);
    assert_eq!(code(&second).len(), 6);
    let path = |code: &str| format!("/claims/{code}/confirm");
    if code(&first) != code(&second) {
        assert_eq!(market.human(&path(&code(&first)), json!({})).await.0, 404);
    }
    let wrong = json!({"email": "eve@acme.example"});
    assert_eq!(market.human(&path(&code(&second)), wrong).await.0, 403);
    let right = json!({"email": "ann@acme.example"});
    market.done(&path(&code(&second)), right).await;
    assert_eq!(market.poll(&claim_token).await.1["error"], "slow_down");
    assert_eq!(
        market.get(&old, "/auth/me").await.0,
        200,
        "the old token lasts until the new one"
    );
    market.advance("PT5S").await;
    let (status, answer) = market.poll(&claim_token).await;
    assert_eq!(status, 200, "{answer}");
    let scopes: Vec<&str> = answer["scopes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|own| own.as_str())
        .collect();
    assert!(scopes.contains(&"proposals:write") && scopes.contains(&"team:write"));
    assert!(!scopes.contains(&"payments:write") && !scopes.contains(&"webhooks:manage"));
    let new = text(&answer["access_token"]);
    assert_eq!(market.get(&old, "/auth/me").await.0, 401);
    let (_, me) = market.get(&new, "/auth/me").await;
    assert_eq!(me["actor"]["email"], "ann@acme.example");
    let (_, mine) = market.get(&new, "/jobs/mine").await;
    assert_eq!(mine["jobs"][0]["id"], job.as_str(), "its jobs stay");
    market.advance("PT5S").await;
    assert_eq!(market.poll(&claim_token).await.1["error"], "invalid_grant");
    market.assert_no_violations();
}

#[tokio::test]
async fn a_token_of_the_human_outlives_the_claim() {
    let market = Market::new().await;
    let (_, claim_token) = market.register().await;
    let claim = json!({"claim_token": claim_token, "email": "ann@acme.example"});
    let (_, answer) = market.agent("/identity/claim", claim).await;
    let path = format!("/claims/{}/confirm", text(&answer["user_code"]));
    let organization = text(&market.done(&path, json!({})).await["organizationId"]);
    let human = market.token_of(&organization, &["payments:write"]).await;
    assert_eq!(market.poll(&claim_token).await.0, 200);
    assert_eq!(market.get(&human, "/auth/me").await.0, 200);
}

#[tokio::test]
async fn claims_expire() {
    let market = Market::new().await;
    let (_, claim_token) = market.register().await;
    let claim = json!({"claim_token": claim_token, "email": "ann@acme.example"});
    let (_, answer) = market.agent("/identity/claim", claim.clone()).await;
    market.advance("PT30M").await;
    let path = format!("/claims/{}/confirm", text(&answer["user_code"]));
    assert_eq!(
        market.human(&path, json!({})).await.0,
        404,
        "the attempt is over"
    );
    assert_eq!(
        market.poll(&claim_token).await.1["error"],
        "authorization_pending"
    );
    market.advance("PT23H30M").await;
    let (status, answer) = market.poll(&claim_token).await;
    assert_eq!((status, &answer["error"]), (400, &json!("expired_token")));
    let (status, answer) = market.agent("/identity/claim", claim).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")));
}

#[tokio::test]
async fn errors_have_the_form_of_oauth() {
    let market = Market::new().await;
    market.claimed("ann@acme.example").await;
    let (_, claim_token) = market.register().await;
    let kind = json!({"identity_type": "email"});
    let (status, answer) = market.agent("/identity", kind).await;
    assert_eq!(
        (status, &answer["error"]),
        (400, &json!("unsupported_identity_type"))
    );
    assert!(answer["error_description"].is_string() && answer["code"].is_null());
    for body in [
        json!({"claim_token": "ot_clm_x", "email": "bob@acme.example"}),
        json!({"claim_token": claim_token}),
        json!({"claim_token": claim_token, "email": "bob"}),
        json!({"email": "bob@acme.example"}),
        json!({"claim_token": claim_token, "email": "ANN@acme.example"}),
    ] {
        let (status, answer) = market.agent("/identity/claim", body.clone()).await;
        assert_eq!(
            (status, &answer["error"]),
            (400, &json!("invalid_request")),
            "{body}"
        );
    }
    let taken = json!({"claim_token": claim_token, "email": "ann@acme.example"});
    let (_, answer) = market.agent("/identity/claim", taken).await;
    assert_eq!(answer["error_description"], "email_already_registered");
    let wrong = [
        ("grant_type", "password"),
        ("claim_token", claim_token.as_str()),
    ];
    let (status, answer) = market.form("/oauth/token", &wrong).await;
    assert_eq!(
        (status, &answer["error"]),
        (400, &json!("unsupported_grant_type"))
    );
    assert_eq!(market.poll("ot_clm_x").await.1["error"], "invalid_grant");
    market
        .done("/registration", json!({"enabled": false}))
        .await;
    let (status, answer) = market.agent("/identity", json!({})).await;
    assert_eq!(
        (status, &answer["error"]),
        (403, &json!("anonymous_not_enabled"))
    );
    market.assert_no_violations();
    let fault = json!({"api": "agent", "kind": "status", "status": 429, "times": 1});
    market.done("/faults", fault).await;
    let (status, answer) = market.agent("/identity", json!({})).await;
    assert_eq!(
        (status, &answer["error"]),
        (429, &json!("rate_limit_exceeded"))
    );
}

#[tokio::test]
async fn undocumented_requests_are_refused() {
    let market = Market::new().await;
    assert_eq!(market.agent("/identity", json!({"name": "x"})).await.0, 400);
    assert_eq!(
        market.agent("/identity", json!({"agent_name": 1})).await.0,
        400
    );
    assert_eq!(market.agent("/identity?x=1", json!({})).await.0, 400);
    assert_eq!(
        market.agent("/oauth/token", json!({})).await.0,
        400,
        "it is a form"
    );
    assert_eq!(
        market
            .form("/oauth/revoke", &[("token", "x"), ("hint", "y")])
            .await
            .0,
        400
    );
    assert_eq!(market.agent("/identity/revoke", json!({})).await.0, 404);
    assert_eq!(market.opentrain.violations().len(), 6);
}

#[tokio::test]
async fn revocation_answers_alike_for_known_and_unknown_tokens() {
    let market = Market::new().await;
    let (token, _) = market.register().await;
    for token in ["ot_pat_unknown", &token, &token] {
        let (status, answer) = market.form("/oauth/revoke", &[("token", token)]).await;
        assert_eq!((status, answer), (200, json!({})));
    }
    assert_eq!(market.get(&token, "/auth/me").await.0, 401);
    let (status, answer) = market.form("/oauth/revoke", &[]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")));
}

#[tokio::test]
async fn two_claims_cannot_share_an_address() {
    let market = Market::new().await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        let (_, claim_token) = market.register().await;
        let claim = json!({"claim_token": claim_token, "email": "ann@acme.example"});
        let (_, answer) = market.agent("/identity/claim", claim).await;
        codes.push(text(&answer["user_code"]));
    }
    market
        .done(&format!("/claims/{}/confirm", codes[0]), json!({}))
        .await;
    let second = format!("/claims/{}/confirm", codes[1]);
    assert_eq!(market.human(&second, json!({})).await.0, 409);
}

#[tokio::test]
async fn discovery_names_the_endpoints() {
    let market = Market::new().await;
    let origin = market.opentrain.base_url();
    for (name, member, value) in [
        (
            "oauth-protected-resource",
            "resource",
            format!("{origin}/api/public/v1"),
        ),
        (
            "oauth-authorization-server",
            "token_endpoint",
            format!("{origin}/api/agent/oauth/token"),
        ),
    ] {
        let request = market.request(Method::GET, &format!("/.well-known/{name}"));
        let document: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(document[member], value);
    }
    market.assert_no_violations();
}
