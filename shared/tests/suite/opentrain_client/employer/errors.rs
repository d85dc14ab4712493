//! Errors of the Public API name the fix.

use shared::opentrain::public::{Hire, HireMilestone};

use super::*;

/// Each answer to a hire has an error with this text.
async fn told(cases: Vec<(u16, Value, &str)>) {
    let hire = Hire {
        milestone: HireMilestone::default(),
        despite_not_a_fit: false,
    };
    for (code, details, told) in cases {
        let server = always(refused(code, &details)).await;
        let error = client(&server.uri()).hire(&"p".into(), &hire).await;
        let text = error.unwrap_err().to_string();
        assert!(
            text.contains(told) && text.contains("req_7"),
            "{told}: {text}"
        );
    }
}

#[tokio::test]
async fn an_error_of_a_request_names_what_to_correct() {
    let missing =
        json!([{ "field": "dataType", "updateKeys": ["dataType"], "prompt": "?" }, "jobTitle"]);
    let issue = json!({ "path": ["dueDate"], "message": "must be a day" });
    told(vec![
        (
            400,
            json!({ "validation": { "missingFields": missing } }),
            "`dataType`, `jobTitle`",
        ),
        (400, json!({ "field": "amountUsd" }), "`amountUsd`"),
        (400, json!({ "issues": [issue] }), "`dueDate` must be a day"),
        (
            400,
            json!({ "supportedStatuses": ["OPEN", "DRAFT"] }),
            "OPEN, DRAFT",
        ),
        (
            400,
            json!({ "unknownScopes": ["a:b"], "supportedScopes": ["jobs:read"] }),
            "Known: jobs:read",
        ),
        (404, Value::Null, "no such proposal"),
        (
            429,
            json!({ "limit": 20, "windowHours": 24 }),
            "20 of these calls in 24 hours",
        ),
        (429, json!({ "retryAfterSeconds": 17 }), "in 17 s"),
    ])
    .await;
}

#[tokio::test]
async fn an_error_of_rights_names_how_to_get_them() {
    let scope = json!({ "requiredScopes": ["payments:write"], "grantedScopes": ["jobs:read"] });
    let blocked = json!({ "reason": "moderation_blocked", "reasons": ["spam"] });
    told(vec![
        (401, Value::Null, "bridge employer register"),
        (
            403,
            scope,
            "the scope payments:write. Only a human can make a token with it",
        ),
        (
            403,
            json!({ "requiredScopes": ["messages:write"] }),
            "bridge employer claim",
        ),
        (
            403,
            json!({ "featureKey": "public_api_hiring" }),
            "public_api_hiring is not enabled",
        ),
        (
            403,
            json!({ "reason": "account_claim_required" }),
            "bridge employer claim --email",
        ),
        (403, blocked, "blocks the job (spam)"),
        (403, Value::Null, "another account"),
    ])
    .await;
}

#[tokio::test]
async fn an_error_of_state_names_the_next_step() {
    let payment = json!({ "reason": "payment_method_required", "billingUrl": "https://h/billing" });
    let draft = json!({ "status": "DRAFT", "requiredStatus": "OPEN" });
    told(vec![
        (409, payment, "https://h/billing"),
        (409, json!({ "reason": "contract_ended" }), "ended for good"),
        (409, draft, "is DRAFT, and has to be OPEN"),
        (409, json!({ "reason": "new_one" }), "The reason is new_one"),
    ])
    .await;
}

#[tokio::test]
async fn no_error_quotes_a_token_or_an_address() {
    let quote = "ot_pat_9_canary, ot_clm_canary;whsec_canary of canary@x.example";
    let details = json!({
        "reason": quote, "reasons": [quote], "policy": quote, "field": quote, "billingUrl": quote,
        "issues": [{ "path": [quote], "message": quote }], "requiredScopes": [quote], "sent": quote,
        "validation": { "missingFields": [{ "field": quote, "prompt": quote }] }, "status": quote,
    });
    for code in [400, 401, 403, 404, 409, 429, 500] {
        let body = json!({ "error": quote, "code": quote, "requestId": quote, "details": details });
        let server = always(ResponseTemplate::new(code).set_body_json(body)).await;
        let error = client(&server.uri()).me().await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains("canary"), "{code}: {text}");
    }
}
