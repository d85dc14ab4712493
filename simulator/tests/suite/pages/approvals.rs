//! Approvals.

use serde_json::json;

use super::browser::Browser;
use crate::{employer::support::Market, support::text};

/// A hire of 200 dollars that waits for the human. Returns the token, the approval's id and its address.
async fn asked(market: &Market) -> (String, String, String) {
    let token = market.full().await;
    let job = market.job(&token).await;
    let proposal = market.proposal(&job).await;
    let id = market.ask_to_hire(&token, &proposal).await;
    let (_, answer) = market.get(&token, &format!("/approvals/{id}")).await;
    (token, id, text(&answer["approval"]["approvalUrl"]))
}

async fn status(market: &Market, token: &str, id: &str) -> String {
    let (_, answer) = market.get(token, &format!("/approvals/{id}")).await;
    text(&answer["approval"]["status"])
}

#[tokio::test]
async fn a_human_changes_the_milestone_and_hires() {
    let market = Market::new().await;
    let (token, id, url) = asked(&market).await;
    let browser = Browser(&market);
    let page = browser.open(&url).await;
    page.assert_shows(&[
        "Hire a trainer?",
        "Maria S.",
        "Label street scenes",
        "$200.00",
        "$20.00",
        "$9.95",
        "$229.95",
        "Total",
    ]);
    // The button without JavaScript that computes the total of other terms.
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in page.fields("confirmApproval", "") {
        let value = if name == "milestone.amount" {
            "300".to_owned()
        } else {
            value
        };
        query.append_pair(&name, &value);
    }
    let changed = browser.open(&format!("{url}?{}", query.finish())).await;
    changed.assert_shows(&[
        "$339.95",
        "These are not the terms that were asked for: First for $200.00.",
    ]);
    assert!(!page.shows("These are not the terms"));
    assert_eq!(status(&market, &token, &id).await, "pending");
    let done = browser.send(&changed, "confirmApproval", &[]).await;
    done.assert_shows(&["Decided", "You confirmed it"]);
    assert!(!done.has_form("confirmApproval") && !done.has_form("declineApproval"));
    let (_, answer) = market.get(&token, &format!("/approvals/{id}")).await;
    assert_eq!(answer["approval"]["status"], "confirmed");
    let contract = text(&answer["approval"]["result"]["contractId"]);
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    assert_eq!(answer["contract"]["milestones"][0]["amountUsd"], 300);
    market.assert_no_violations();
}

#[tokio::test]
async fn a_human_declines_and_a_late_confirmation_is_refused() {
    let market = Market::new().await;
    let (token, id, url) = asked(&market).await;
    let browser = Browser(&market);
    browser
        .open("/")
        .await
        .assert_shows(&["Approvals that wait for you: 1"]);
    let page = browser.open(&url).await;
    let done = browser.send(&page, "declineApproval", &[]).await;
    assert!(!browser.open("/").await.shows("wait for you"));
    done.assert_shows(&["You declined it. Nothing happened."]);
    assert_eq!(status(&market, &token, &id).await, "declined");
    let late = browser.send(&page, "confirmApproval", &[]).await;
    assert_eq!(late.status, 409);
    late.assert_shows(&["the approval is declined", "let the agent ask again"]);
    let (_, contracts) = market.get(&token, "/contracts").await;
    assert_eq!(contracts["contracts"], json!([]));
}

#[tokio::test]
async fn an_expired_or_unknown_approval_says_what_to_do() {
    let market = Market::new().await;
    let (token, id, url) = asked(&market).await;
    market.advance("PT72H").await;
    let browser = Browser(&market);
    let page = browser.open(&url).await;
    page.assert_shows(&["It has expired", "let the agent ask again"]);
    assert!(!page.has_form("confirmApproval"));
    assert_eq!(status(&market, &token, &id).await, "expired");
    let page = browser.open("/approvals/apr_99").await;
    assert_eq!(page.status, 404);
    page.assert_shows(&["approval not found", "Let the agent ask again"]);
}

#[tokio::test]
async fn funding_payout_and_end_have_pages() {
    let market = Market::new().await;
    let token = market.full().await;
    let contract = market.contract(&token).await;
    let browser = Browser(&market);
    let new = json!({"description": "More", "volume": 5});
    let (_, answer) = market
        .post(&token, &format!("/contracts/{contract}/milestones"), new)
        .await;
    let milestone = text(&answer["milestone"]["id"]);
    for (path, title, shows, end) in [
        (
            format!("/milestones/{milestone}/fund"),
            "Fund a milestone?",
            "$110.00",
            "ACTIVE_FUNDED",
        ),
        (
            format!("/milestones/{milestone}/approve"),
            "Pay a milestone out?",
            "$100.00",
            "PAID",
        ),
        (
            format!("/contracts/{contract}/end"),
            "End a contract?",
            "$200.00",
            "",
        ),
    ] {
        let (status, answer) = market.act(&token, &path).await;
        assert_eq!(status, 202, "{answer}");
        let page = browser
            .open(&text(&answer["approval"]["approvalUrl"]))
            .await;
        page.assert_shows(&[title, shows, "Maria S."]);
        browser
            .send(&page, "confirmApproval", &[])
            .await
            .assert_shows(&["You confirmed it"]);
        let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
        let contract = &answer["contract"];
        match end {
            "" => assert_eq!(contract["status"], "ended"),
            end => assert_eq!(contract["milestones"][1]["status"], end),
        }
    }
}
