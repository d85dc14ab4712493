//! Gates of every call: token, scope, feature, claim.

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{FULL, Market, reason};

/// Calls with the scope and the feature that they need, and whether the account must be claimed.
const CALLS: [(&str, &str, &str, &str, bool); 31] = [
    ("POST", "/job-drafts", "jobs:write", "job_drafting", false),
    (
        "PATCH",
        "/job-drafts/x",
        "jobs:write",
        "job_drafting",
        false,
    ),
    (
        "POST",
        "/jobs/x/publish",
        "jobs:write",
        "job_publishing",
        false,
    ),
    ("PATCH", "/jobs/x", "jobs:write", "job_publishing", false),
    (
        "POST",
        "/jobs/x/close",
        "jobs:write",
        "job_publishing",
        false,
    ),
    ("GET", "/jobs/mine", "jobs:read", "", false),
    ("POST", "/jobs/x/invites", "proposals:write", "hiring", true),
    ("GET", "/jobs/x/proposals", "proposals:read", "", false),
    ("GET", "/proposals/x", "proposals:read", "", false),
    ("GET", "/proposals/x/interview", "proposals:read", "", false),
    (
        "POST",
        "/proposals/x/conversation",
        "messages:write",
        "messaging_writes",
        true,
    ),
    (
        "POST",
        "/proposals/x/hire",
        "proposals:write",
        "hiring",
        true,
    ),
    ("GET", "/freelancers/x", "proposals:read", "", false),
    ("GET", "/messages", "messages:read", "", false),
    (
        "POST",
        "/messages",
        "messages:write",
        "messaging_writes",
        true,
    ),
    ("GET", "/approvals/x", "payments:read", "", false),
    ("GET", "/contracts", "payments:read", "", false),
    ("GET", "/contracts/x", "payments:read", "", false),
    (
        "POST",
        "/contracts/x/milestones",
        "payments:write",
        "payments_write",
        true,
    ),
    (
        "POST",
        "/milestones/x/fund",
        "payments:write",
        "payments_write",
        true,
    ),
    (
        "POST",
        "/milestones/x/approve",
        "payments:write",
        "payments_write",
        true,
    ),
    (
        "POST",
        "/contracts/x/end",
        "payments:write",
        "payments_write",
        true,
    ),
    ("GET", "/credits", "payments:read", "credits", false),
    ("GET", "/credits/ledger", "payments:read", "credits", false),
    (
        "POST",
        "/credits/top-ups",
        "payments:write",
        "credits",
        true,
    ),
    (
        "GET",
        "/credits/top-ups/x",
        "payments:read",
        "credits",
        false,
    ),
    ("GET", "/payments/pending", "payments:read", "", false),
    ("GET", "/team", "team:read", "team", false),
    ("POST", "/team/invites", "team:write", "team", true),
    ("POST", "/webhooks", "webhooks:manage", "webhooks", false),
    ("GET", "/webhooks/x", "webhooks:manage", "webhooks", false),
];

async fn call(market: &Market, token: &str, method: &str, path: &str) -> (u16, Value) {
    let method: Method = method.parse().unwrap();
    market.call(method, token, path, None).await
}

#[tokio::test]
async fn every_call_needs_a_live_token() {
    let market = Market::new().await;
    for (method, path, ..) in CALLS {
        let (status, answer) = call(&market, "ot_pat_wrong", method, path).await;
        assert_eq!(
            (status, &answer["code"]),
            (401, &json!("UNAUTHORIZED")),
            "{path}"
        );
        assert!(answer["requestId"].is_string() && answer["error"].is_string());
    }
    market.assert_no_violations();
    assert_eq!(call(&market, "", "GET", "/contracts").await.0, 401);
    assert_eq!(
        market.opentrain.violations().len(),
        1,
        "a missing credential is a fault of the client"
    );
}

#[tokio::test]
async fn every_call_needs_its_scope() {
    let market = Market::new().await;
    for (method, path, scope, ..) in CALLS {
        let needed = scope.split(':').next().unwrap();
        let others: Vec<&str> = FULL
            .into_iter()
            .filter(|own| !own.starts_with(needed))
            .collect();
        let token = market.token(&others).await;
        let (status, answer) = call(&market, &token, method, path).await;
        assert_eq!(status, 403, "{method} {path}");
        assert_eq!(
            answer["details"]["requiredScopes"],
            json!([scope]),
            "{method} {path}"
        );
        assert_eq!(
            answer["details"]["grantedScopes"].as_array().unwrap().len(),
            others.len()
        );
        // A reader's token is not sufficient to write.
        if let Some(area) = scope.strip_suffix(":write") {
            let reader = market.token(&[&format!("{area}:read")]).await;
            assert_eq!(
                call(&market, &reader, method, path).await.0,
                403,
                "{method} {path}"
            );
        }
        market.done("/reset", json!({})).await;
    }
}

#[tokio::test]
async fn every_flagged_call_needs_its_feature() {
    let market = Market::new().await;
    let token = market.full().await;
    let calls = CALLS.into_iter().filter(|own| !own.3.is_empty());
    for (method, path, _, feature, _) in calls {
        let key = format!("public_api_{feature}");
        let off = json!({"feature": key, "mode": "ALLOWLIST"});
        market.done("/features", off).await;
        let (status, answer) = call(&market, &token, method, path).await;
        assert_eq!(
            (status, &answer["details"]["featureKey"]),
            (403, &json!(key)),
            "{path}"
        );
        let own = json!({"feature": key, "mode": "ALLOWLIST", "organizationIds": ["org_1"]});
        market.done("/features", own).await;
        assert_ne!(
            call(&market, &token, method, path).await.0,
            403,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn some_calls_need_a_claimed_account() {
    let market = Market::new().await;
    let (unclaimed, _) = market.register().await;
    for (method, path, scope, feature, claimed) in CALLS {
        // The scopes of writing are never granted before the claim, so that the scope is refused first.
        let (status, answer) = call(&market, &unclaimed, method, path).await;
        let (_, me) = market.get(&unclaimed, "/auth/me").await;
        let granted = me["token"]["scopes"].as_array().unwrap();
        let has = granted.iter().any(|own| own == scope);
        assert_eq!(
            status == 403,
            !has || claimed,
            "{method} {path} {feature}: {answer}"
        );
    }
}

#[tokio::test]
async fn the_claim_gate_stands_behind_the_scope() {
    let market = Market::new().await;
    let (organization, token) = market.claimed("ann@acme.example").await;
    market.opentrain.set_claimed(&organization, false);
    let claimed = CALLS
        .into_iter()
        .filter(|own| own.4 && own.2 != "payments:write");
    for (method, path, ..) in claimed {
        let (status, answer) = call(&market, &token, method, path).await;
        assert_eq!(
            (status, reason(&answer)),
            (403, "account_claim_required"),
            "{path}"
        );
        assert!(
            answer["details"]["claimUrl"].is_string() && answer["details"]["action"].is_string()
        );
    }
    assert_eq!(
        call(&market, &token, "GET", "/team").await.0,
        200,
        "reading the team needs no claim"
    );
}

#[tokio::test]
async fn undocumented_requests_are_refused_and_recorded() {
    let market = Market::new().await;
    let token = market.full().await;
    let cases = [
        (Method::GET, "/job-drafts/job_1", None, 405),
        (Method::GET, "/openapi.yaml", None, 404),
        (Method::PUT, "/jobs/job_1", None, 405),
        (
            Method::PATCH,
            "/jobs/mine",
            Some(json!({"jobTitle": "x"})),
            405,
        ),
        (Method::GET, "/contracts//", None, 404),
        (Method::GET, "/contracts?limit=5", None, 400),
        (Method::GET, "/updates?limit=5&limit=6", None, 400),
        (Method::GET, "/auth/me", Some(json!({})), 400),
        (Method::POST, "/job-drafts", None, 400),
        (Method::POST, "/job-drafts", Some(json!([])), 400),
        (Method::POST, "/job-drafts", Some(json!({"text": "x"})), 400),
        (
            Method::POST,
            "/job-drafts",
            Some(json!({"rawJobDescription": 1})),
            400,
        ),
        (
            Method::POST,
            "/job-drafts",
            Some(json!({"rawJobDescription": null})),
            400,
        ),
        (
            Method::POST,
            "/tokens",
            Some(json!({"scopes": "jobs:read"})),
            400,
        ),
        (
            Method::POST,
            "/webhooks",
            Some(json!({"url": "https://x.example", "eventTypes": [1]})),
            400,
        ),
        (Method::POST, "/jobs/job_1/publish", Some(json!({})), 400),
    ];
    for (at, (method, path, body, expected)) in cases.into_iter().enumerate() {
        let (status, answer) = market.call(method, &token, path, body).await;
        assert_eq!(status, expected, "{path}: {answer}");
        assert_eq!(
            market.opentrain.violations().len(),
            at + 1,
            "{path}: {answer}"
        );
    }
}
