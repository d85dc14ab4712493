//! Claims.

use serde_json::json;

use super::browser::Browser;
use crate::{employer::support::Market, support::text};

/// A started claim: claim token, code and address.
async fn started(market: &Market) -> (String, String, String) {
    let names = json!({"agent_name": "Helper <b>bot</b>", "organization_name": "Acme & Sons"});
    let (_, answer) = market.agent("/identity", names).await;
    let claim_token = text(&answer["claim_token"]);
    let claim = json!({"claim_token": claim_token, "email": "ann@acme.example"});
    let (status, answer) = market.agent("/identity/claim", claim).await;
    assert_eq!(status, 200, "{answer}");
    (
        claim_token,
        text(&answer["user_code"]),
        text(&answer["verification_uri"]),
    )
}

#[tokio::test]
async fn a_human_claims_the_account_with_e_mail_and_code() {
    let market = Market::new().await;
    let (claim_token, code, url) = started(&market).await;
    let browser = Browser(&market);
    let page = browser.open(&url).await;
    page.assert_shows(&["Did you start this?", "Helper <b>bot</b>", "Acme & Sons"]);
    assert!(
        !page.html.contains("<b>bot"),
        "names of strangers are escaped"
    );
    assert!(!page.html.contains(&code), "the human types the code");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let email = ("email", "ann@acme.example");
    for (fields, status, advice) in [
        (
            [("userCode", wrong), email],
            404,
            "let the agent start the claim again",
        ),
        (
            [("userCode", &code), ("email", "eve@acme.example")],
            403,
            "Use exactly the e-mail",
        ),
        ([("userCode", ""), email], 400, "userCode: is required"),
    ] {
        let failed = browser.send(&page, "confirmClaim", &fields).await;
        assert_eq!(failed.status, status);
        failed.assert_shows(&[advice]);
    }
    assert_eq!(
        market.poll(&claim_token).await.1["error"],
        "authorization_pending"
    );
    let done = browser
        .send(&page, "confirmClaim", &[("userCode", &code), email])
        .await;
    done.assert_shows(&["Account claimed", "The account is yours"]);
    market.advance("PT5S").await;
    let (status, answer) = market.poll(&claim_token).await;
    assert_eq!(status, 200, "{answer}");
    let (_, me) = market.get(&text(&answer["access_token"]), "/auth/me").await;
    assert_eq!(me["actor"]["email"], "ann@acme.example");
    browser
        .open(&url)
        .await
        .assert_shows(&["This account is claimed already"]);
    market.assert_no_violations();
}

#[tokio::test]
async fn an_expired_or_unknown_link_says_what_to_do() {
    let market = Market::new().await;
    let (_, _, url) = started(&market).await;
    let browser = Browser(&market);
    market.advance("PT30M").await;
    let page = browser.open(&url).await;
    page.assert_shows(&[
        "This link has expired",
        "Let the agent start the claim again",
    ]);
    assert!(!page.has_form("confirmClaim"));
    let page = browser.open("/claim?attempt=ot_cat_unknown").await;
    page.assert_shows(&["This link is not known"]);
}

#[tokio::test]
async fn the_address_of_a_refused_call_leads_to_the_claim() {
    let market = Market::new().await;
    let (claim_token, code, _) = started(&market).await;
    let token = market.full().await;
    market.opentrain.set_claimed("org_1", false);
    let (status, refused) = market
        .post(&token, "/team/invites", json!({"email": "b@acme.example"}))
        .await;
    assert_eq!(status, 403, "{refused}");
    let browser = Browser(&market);
    let page = browser.open(&text(&refused["details"]["claimUrl"])).await;
    let fields = [("userCode", code.as_str()), ("email", "ann@acme.example")];
    browser
        .send(&page, "confirmClaim", &fields)
        .await
        .assert_shows(&["Account claimed"]);
    assert_eq!(market.poll(&claim_token).await.0, 200);
}
