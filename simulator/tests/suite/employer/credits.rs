//! Credits and top-ups.

use serde_json::{Value, json};

use super::support::{Market, ids, reason};
use crate::support::text;

async fn top_up(market: &Market, token: &str, amount: f64) -> String {
    let (status, answer) = market
        .post(token, "/credits/top-ups", json!({"amountUsd": amount}))
        .await;
    assert_eq!(status, 201, "{answer}");
    text(&answer["topUpId"])
}

#[tokio::test]
async fn credits_are_topped_up() {
    let market = Market::new().await;
    let token = market.full().await;
    let (_, empty) = market.get(&token, "/credits").await;
    let zeros =
        json!({"availableCents": 0, "reservedCents": 0, "currency": "usd", "recentEntries": []});
    assert_eq!(empty["credits"], zeros);
    let id = top_up(&market, &token, 500.0).await;
    let path = format!("/credits/top-ups/{id}");
    assert_eq!(
        market.get(&token, &path).await.1["topUp"]["status"],
        "PENDING"
    );
    assert_eq!(
        market.get(&token, "/credits").await.1["credits"],
        zeros,
        "nothing is paid yet"
    );
    market
        .done(&format!("/top-ups/{id}/complete"), json!({}))
        .await;
    assert_eq!(
        market
            .human(&format!("/top-ups/{id}/complete"), json!({}))
            .await
            .0,
        409
    );
    assert_eq!(
        market.get(&token, &path).await.1["topUp"]["status"],
        "COMPLETED"
    );
    let (_, ledger) = market.get(&token, "/credits/ledger").await;
    assert_eq!(ledger["entries"][0]["topUpId"], id.as_str());
    market.assert_no_violations();
}

#[tokio::test]
async fn a_charge_is_held_and_captured() {
    let market = Market::new().await;
    let token = market.full().await;
    let id = top_up(&market, &token, 500.0).await;
    market
        .done(&format!("/top-ups/{id}/complete"), json!({}))
        .await;
    let job = market.job(&token).await;
    let proposal = market.proposal(&job).await;
    let approval = market.ask_to_hire(&token, &proposal).await;
    let method = json!({"paymentMethod": "credits"});
    let answer = market
        .done(&format!("/approvals/{approval}/confirm"), method)
        .await;
    let contract = text(&answer["approval"]["result"]["contractId"]);
    let (_, held) = market.get(&token, "/credits").await;
    let (available, reserved) = (
        &held["credits"]["availableCents"],
        &held["credits"]["reservedCents"],
    );
    assert_eq!(
        (available, reserved),
        (&json!(50_000 - 22_995), &json!(22_995)),
        "200 + 10 % + 9.95"
    );
    let hold = &held["credits"]["recentEntries"][0];
    assert_eq!(
        (&hold["type"], &hold["amountCents"]),
        (&json!("HOLD"), &json!(-22_995))
    );
    assert_eq!(
        (&hold["jobofferId"], &hold["contractId"]),
        (&json!(proposal), &json!(contract))
    );
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    let milestone = text(&answer["contract"]["milestones"][0]["id"]);
    let (_, answer) = market
        .act(&token, &format!("/milestones/{milestone}/approve"))
        .await;
    market.confirm(&text(&answer["approval"]["id"])).await;
    let (_, after) = market.get(&token, "/credits").await;
    assert_eq!(after["credits"]["availableCents"], 27_005);
    assert_eq!(after["credits"]["reservedCents"], 0);
    let (_, ledger) = market.get(&token, "/credits/ledger").await;
    let types = ledger["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| text(&own["type"]));
    assert_eq!(types.collect::<Vec<_>>(), ["CAPTURE", "HOLD", "TOP_UP"]);
    assert_eq!(
        ledger["entries"][0]["holdEntryId"],
        ledger["entries"][1]["id"]
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn the_card_is_the_default_and_costs_no_credits() {
    let market = Market::new().await;
    let token = market.full().await;
    let id = top_up(&market, &token, 500.0).await;
    market
        .done(&format!("/top-ups/{id}/complete"), json!({}))
        .await;
    market.contract(&token).await;
    assert_eq!(
        market.get(&token, "/credits").await.1["credits"]["availableCents"],
        50_000
    );
}

#[tokio::test]
async fn the_ledger_has_pages_and_recent_entries_are_ten() {
    let market = Market::new().await;
    let token = market.full().await;
    for _ in 0..12 {
        let id = top_up(&market, &token, 10.0).await;
        market
            .done(&format!("/top-ups/{id}/complete"), json!({}))
            .await;
    }
    let (_, credits) = market.get(&token, "/credits").await;
    assert_eq!(
        credits["credits"]["recentEntries"]
            .as_array()
            .unwrap()
            .len(),
        10
    );
    let (_, page) = market.get(&token, "/credits/ledger?limit=7").await;
    let cursor = text(&page["nextCursor"]);
    let (_, rest) = market
        .get(&token, &format!("/credits/ledger?limit=7&cursor={cursor}"))
        .await;
    assert_eq!(
        (ids(&rest["entries"]).len(), &rest["nextCursor"]),
        (5, &Value::Null)
    );
    for query in ["limit=0", "limit=101", "limit=x", "cursor=x"] {
        assert_eq!(
            market
                .get(&token, &format!("/credits/ledger?{query}"))
                .await
                .0,
            400
        );
    }
}

#[tokio::test]
async fn top_ups_are_limited_and_expire() {
    let market = Market::new().await;
    let token = market.full().await;
    for (body, expected) in [
        (json!({"amountUsd": 9.99}), 400),
        (json!({"amountUsd": 10_000.01}), 400),
        (json!({"amountUsd": 10, "amount": 10}), 400),
        (json!({}), 400),
        (json!({"amountUsd": 10}), 201),
        (json!({"amount": 10_000}), 201),
    ] {
        let (status, answer) = market.post(&token, "/credits/top-ups", body.clone()).await;
        assert_eq!(status, expected, "{body}");
        if status == 400 {
            assert_eq!(answer["details"]["field"], "amountUsd");
        }
    }
    let id = top_up(&market, &token, 25.0).await;
    let path = format!("/credits/top-ups/{id}");
    market.advance("PT23H59M").await;
    assert_eq!(
        market.get(&token, &path).await.1["topUp"]["status"],
        "PENDING"
    );
    market.advance("PT1M").await;
    assert_eq!(
        market.get(&token, &path).await.1["topUp"]["status"],
        "EXPIRED"
    );
    let (status, answer) = market
        .human(&format!("/top-ups/{id}/complete"), json!({}))
        .await;
    assert_eq!((status, reason(&answer)), (409, "top_up_not_pending"));
    let (status, answer) = market.get(&token, "/credits/top-ups/top_99").await;
    let details = json!({"resource": "credit-top-ups", "topUpId": "top_99"});
    assert_eq!((status, &answer["details"]), (404, &details));
    let (_, other) = market.claimed("ann@acme.example").await;
    assert_eq!(market.get(&other, &path).await.0, 404);
    market.assert_no_violations();
}
