//! Errors name the fix.

use serde_json::json;

use super::kit::Market;

#[tokio::test(flavor = "multi_thread")]
async fn an_unclaimed_account_is_sent_to_the_claim() {
    let market = Market::new().await;
    let none = market.run(&["jobs"]).await.failed(2);
    assert!(
        none.contains("bridge employer register") && none.contains("OPENTRAIN_PERSONAL_API_TOKEN"),
        "{none}"
    );
    market.run(&["register"]).await.done();
    let job = market.json(&["draft", "--text", "Cats"]).await["jobId"]
        .as_str()
        .unwrap()
        .to_owned();
    let open = market.run(&["publish", &job]).await.failed(1);
    assert!(
        open.contains("Missing: `dataType`, `experienceLevel`, `paymentType`"),
        "{open}"
    );
    // The scope is checked first. The claim grants it.
    let scope = market
        .run(&["invite-trainer", &job, "usr_1"])
        .await
        .failed(1);
    assert!(
        scope.contains("the scope proposals:write. Run `bridge employer claim"),
        "{scope}"
    );
    let status = market.run(&["jobs", "--status", "SHUT"]).await.failed(1);
    assert!(status.contains("DRAFT, PENDING_APPROVAL, OPEN"), "{status}");
    let code = market
        .run(&["hire", "prp_1", "--amount", "0", "--milestone", "x"])
        .await
        .failed(2);
    assert!(code.contains("positive number"), "{code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_the_missing_right() {
    let mut market = Market::claimed().await;
    let (job, proposal) = market.applied().await;
    let full = market.token.clone();
    market.opentrain.set_claimed("org_1", false);
    let hire = ["hire", &proposal, "--amount", "1", "--milestone", "x"];
    let unclaimed = market.run(&hire).await.failed(1);
    assert!(
        unclaimed.contains("bridge employer claim --email"),
        "{unclaimed}"
    );
    market.opentrain.set_claimed("org_1", true);

    let off = json!({ "feature": "public_api_hiring", "mode": "ALLOWLIST" });
    market.human("/features", off).await;
    let feature = market.run(&hire).await.failed(1);
    assert!(
        feature.contains("public_api_hiring is not enabled"),
        "{feature}"
    );
    let shown = market.run(&["capabilities"]).await.done();
    assert!(shown.contains("not enabled for this account"), "{shown}");

    market.token = Some(market.minted(&["jobs:read"]).await);
    let scope = market.run(&["proposals", &job]).await.failed(1);
    assert!(
        scope.contains("the scope proposals:read") && scope.contains("The token has jobs:read"),
        "{scope}"
    );
    let feed = market.run(&["updates"]).await.failed(1);
    assert!(feed.contains("one of the scopes"), "{feed}");
    market.token = full;
    let unknown = market.run(&["proposal", "prp_99"]).await.failed(1);
    assert!(unknown.contains("no such proposal"), "{unknown}");
    let unknown = market.run(&["approvals", "apr_99"]).await.failed(1);
    assert!(unknown.contains("only the account's owner"), "{unknown}");
    market.token = Some("ot_pat_sandbox_gone".into());
    let dead = market.run(&["me"]).await.failed(1);
    assert!(dead.contains("invalid, expired or revoked"), "{dead}");
}

/// A read is repeated; a change that may have been executed is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_failure_is_repeated_for_reads_only() {
    let market = Market::claimed().await;
    let fault = json!({ "api": "public", "kind": "status", "status": 503, "times": 2 });
    market.human("/faults", fault.clone()).await;
    market.run(&["jobs"]).await.done();
    market.human("/faults", fault).await;
    let failed = market.run(&["top-up", "50"]).await.failed(1);
    assert!(failed.contains("check the current state"), "{failed}");
    assert_eq!(market.opentrain.public_requests()["createTopUp"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installs_token_is_named_as_one() {
    let mut market = Market::new().await;
    market.token = Some("ot_ptk_sandbox_0123456789abcdef".into());
    let error = market.run(&["me"]).await.failed(2);
    for part in ["install's token", "ot_pat_…", "Settings → API keys"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}
