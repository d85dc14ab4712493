//! Card, credits and checkout.

use serde_json::json;

use super::browser::Browser;
use crate::{employer::support::Market, support::text};

async fn top_up(market: &Market, token: &str) -> (String, String) {
    let (status, answer) = market
        .post(token, "/credits/top-ups", json!({"amountUsd": 500}))
        .await;
    assert_eq!(status, 201, "{answer}");
    (text(&answer["topUpId"]), text(&answer["checkoutUrl"]))
}

#[tokio::test]
async fn a_human_pays_a_top_up_once() {
    let market = Market::new().await;
    let token = market.full().await;
    let (id, url) = top_up(&market, &token).await;
    let browser = Browser(&market);
    let page = browser.open(&url).await;
    page.assert_shows(&[
        "Top up credits",
        "$500.00",
        "Sandbox Employer",
        "No real money moves",
    ]);
    let done = browser.send(&page, "completeTopUp", &[]).await;
    done.assert_shows(&["Paid.", "Credits now $500.00"]);
    let (_, answer) = market.get(&token, &format!("/credits/top-ups/{id}")).await;
    assert_eq!(answer["topUp"]["status"], "COMPLETED");
    let (_, answer) = market.get(&token, "/credits").await;
    assert_eq!(answer["credits"]["availableCents"], 50_000);
    let again = browser.send(&page, "completeTopUp", &[]).await;
    assert_eq!(again.status, 409);
    again.assert_shows(&["Nothing was charged"]);
    let (_, answer) = market.get(&token, "/credits").await;
    assert_eq!(answer["credits"]["availableCents"], 50_000);
}

#[tokio::test]
async fn an_expired_or_unknown_top_up_says_what_to_do() {
    let market = Market::new().await;
    let token = market.full().await;
    let (_, url) = top_up(&market, &token).await;
    market.advance("P1D").await;
    let browser = Browser(&market);
    let page = browser.open(&url).await;
    page.assert_shows(&["This top-up has expired", "Let the agent create a new one"]);
    assert!(!page.has_form("completeTopUp"));
    assert_eq!(browser.open("/checkout/top_99").await.status, 404);
}

#[tokio::test]
async fn without_a_way_to_pay_the_human_adds_a_card() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let proposal = market.proposal(&job).await;
    let approval = market.ask_to_hire(&token, &proposal).await;
    market
        .done("/organizations/org_1", json!({"cardOnFile": false}))
        .await;
    let (_, refused) = market
        .post(
            &token,
            &format!("/proposals/{proposal}/hire"),
            json!({"milestone": {"name": "x", "amount": 9}}),
        )
        .await;
    let browser = Browser(&market);
    let page = browser.open(&format!("/approvals/{approval}")).await;
    page.assert_shows(&["There is no card on file", "Card on file (none)"]);
    let failed = browser.send(&page, "confirmApproval", &[]).await;
    assert_eq!(failed.status, 409);
    failed.assert_shows(&["Go to billing"]);
    let billing = browser.open(&text(&refused["details"]["billingUrl"])).await;
    billing.assert_shows(&["Billing", "Card on file No"]);
    browser
        .send(&billing, "updateOrganization", &[])
        .await
        .assert_shows(&["Card on file Yes"]);
    let page = browser.open(&format!("/approvals/{approval}")).await;
    browser
        .send(&page, "confirmApproval", &[])
        .await
        .assert_shows(&["You confirmed it"]);
    assert_eq!(
        browser.open("/billing?organizationId=org_99").await.status,
        404
    );
}

#[tokio::test]
async fn a_hire_is_paid_by_credits() {
    let market = Market::new().await;
    let token = market.full().await;
    let (id, _) = top_up(&market, &token).await;
    market
        .done(&format!("/top-ups/{id}/complete"), json!({}))
        .await;
    let job = market.job(&token).await;
    let proposal = market.proposal(&job).await;
    let approval = market.ask_to_hire(&token, &proposal).await;
    let browser = Browser(&market);
    let page = browser.open(&format!("/approvals/{approval}")).await;
    page.assert_shows(&["Credits ($500.00 available)"]);
    browser
        .send(&page, "confirmApproval", &[("paymentMethod", "credits")])
        .await;
    let (_, answer) = market.get(&token, "/credits").await;
    assert_eq!(answer["credits"]["reservedCents"], 22_995);
    let billing = browser.open("/billing").await;
    billing.assert_shows(&["Credits reserved $229.95", "HOLD", "-$229.95"]);
}
