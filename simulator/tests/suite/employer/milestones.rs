//! Milestones: create, fund, approve.

use serde_json::{Value, json};
use simulator::{JobOptions, PaymentType, TrainerOptions};

use super::{
    contracts::milestone,
    support::{Market, reason},
};
use crate::support::text;

#[tokio::test]
async fn a_milestone_is_created_and_funded() {
    let market = Market::new().await;
    let token = market.full().await;
    let contract = market.contract(&token).await;
    let path = format!("/contracts/{contract}/milestones");
    let body = json!({"description": "Second", "name": "Two", "volume": 5, "amountUsd": 7, "dueDate": "2027-01-31"});
    let (status, answer) = market.post(&token, &path, body).await;
    assert_eq!(status, 201);
    let own = &answer["milestone"];
    assert_eq!(
        (&own["status"], &own["milestoneNumber"]),
        (&json!("NOT_FUNDED"), &json!(2))
    );
    assert_eq!(
        (&own["amountUsd"], &own["dueDate"]),
        (&json!(100), &json!("2027-01-31"))
    );
    let id = text(&own["id"]);
    let volume = || async {
        let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
        answer["contract"]["budget"]["fundedVolume"].clone()
    };
    assert_eq!(volume().await, 10, "an unfunded milestone does not count");
    // Funding.
    let (status, answer) = market.act(&token, &format!("/milestones/{id}/fund")).await;
    assert_eq!(
        (status, &answer["approval"]["type"]),
        (202, &json!("milestone_fund"))
    );
    let approval = text(&answer["approval"]["id"]);
    let (_, again) = market.act(&token, &format!("/milestones/{id}/fund")).await;
    assert_eq!(again["approval"]["id"], approval.as_str());
    let (_, pending) = market.get(&token, "/payments/pending").await;
    assert_eq!(pending["payments"].as_array().unwrap().len(), 1);
    assert_eq!(pending["payments"][0]["status"], "PENDING_FUNDING");
    assert_eq!(pending["payments"][0]["milestone"]["id"], id.as_str());
    let result = market.confirm(&approval).await;
    assert_eq!(result["invoiceId"], pending["payments"][0]["id"]);
    assert!(result["paymentIntentId"].is_string());
    assert_eq!(volume().await, 15);
    let (status, answer) = market.act(&token, &format!("/milestones/{id}/fund")).await;
    assert_eq!((status, reason(&answer)), (409, "milestone_not_fundable"));
    assert_eq!(
        market.updates(&token).await[6..],
        [
            "milestone.status_changed NOT_FUNDED",
            "payment.pending",
            "approval.confirmed confirmed",
            "milestone.status_changed ACTIVE_FUNDED",
        ]
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn a_funded_milestone_is_paid() {
    let market = Market::new().await;
    let token = market.full().await;
    let contract = market.contract(&token).await;
    let id = "mst_1";
    market
        .done(&format!("/milestones/{id}/request-payout"), json!({}))
        .await;
    assert_eq!(
        market
            .human(&format!("/milestones/{id}/request-payout"), json!({}))
            .await
            .0,
        409
    );
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    assert_eq!(answer["contract"]["milestones"][0]["pendingApproval"], true);
    let (_, pending) = market.get(&token, "/payments/pending").await;
    assert_eq!(pending["payments"][0]["status"], "PENDING_PAYOUT");
    let (status, answer) = market
        .act(&token, &format!("/milestones/{id}/approve"))
        .await;
    assert_eq!(
        (status, &answer["approval"]["type"]),
        (202, &json!("milestone_approve"))
    );
    let result = market.confirm(&text(&answer["approval"]["id"])).await;
    assert!(result["payoutTransactionId"].is_string() && result["invoiceId"].is_string());
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    let own = &answer["contract"]["milestones"][0];
    assert_eq!(
        (&own["status"], &own["pendingApproval"]),
        (&json!("PAID"), &json!(false))
    );
    let funded = &answer["contract"]["budget"]["fundedVolume"];
    assert_eq!(*funded, 10, "a paid milestone still counts");
    let (_, pending) = market.get(&token, "/payments/pending").await;
    assert_eq!(pending["payments"], json!([]));
    let (status, answer) = market
        .act(&token, &format!("/milestones/{id}/approve"))
        .await;
    assert_eq!((status, reason(&answer)), (409, "milestone_not_funded"));
    let updates = market.updates(&token).await;
    assert_eq!(
        updates[6..],
        [
            "payment.pending",
            "approval.confirmed confirmed",
            "milestone.status_changed PAID",
        ]
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn a_declined_funding_leaves_no_invoice() {
    let market = Market::new().await;
    let token = market.full().await;
    let contract = market.contract(&token).await;
    let id = milestone(&market, &token, &contract).await;
    let (_, answer) = market.act(&token, &format!("/milestones/{id}/fund")).await;
    let approval = text(&answer["approval"]["id"]);
    market
        .done(&format!("/approvals/{approval}/decline"), json!({}))
        .await;
    let (_, pending) = market.get(&token, "/payments/pending").await;
    assert_eq!(pending["payments"], json!([]));
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    assert_eq!(
        answer["contract"]["milestones"][1]["invoiceId"],
        Value::Null
    );
    assert_eq!(answer["contract"]["milestones"][1]["status"], "NOT_FUNDED");
}

#[tokio::test]
async fn milestones_need_what_their_contract_counts() {
    let market = Market::new().await;
    let token = market.full().await;
    let hourly = market.contract(&token).await;
    let options = TrainerOptions::default();
    let trainer = market.opentrain.create_trainer(options).unwrap();
    let hire = |payment_type| {
        let options = JobOptions {
            payment_type,
            ..JobOptions::default()
        };
        let job = market.opentrain.create_job(options);
        market.opentrain.hire(&job, &trainer).unwrap()
    };
    let fixed = hire(Some(PaymentType::FixedPrice));
    let rateless = hire(Some(PaymentType::PayPerLabel));
    let by_amount = json!({"description": "x", "amountUsd": 5});
    let by_volume = json!({"description": "x", "volume": 5});
    let nothing = json!({"description": "x", "volume": 0});
    for (contract, body, expected, why) in [
        (&hourly, &by_amount, 400, "volume"),
        (&hourly, &nothing, 400, "volume"),
        (&hourly, &json!({"volume": 1}), 400, "description"),
        (&fixed, &by_volume, 400, "amountUsd"),
        (&rateless, &by_volume, 409, "contract_rate_missing"),
        (&fixed, &by_amount, 201, ""),
    ] {
        let path = format!("/contracts/{contract}/milestones");
        let (status, answer) = market.post(&token, &path, body.clone()).await;
        assert_eq!(status, expected, "{body}: {answer}");
        let field = answer["details"]["field"].as_str();
        assert_eq!(field.unwrap_or(reason(&answer)), why, "{body}");
    }
    let (_, answer) = market.get(&token, &format!("/contracts/{fixed}")).await;
    assert_eq!(answer["contract"]["milestones"][0]["volume"], Value::Null);
    assert_eq!(answer["contract"]["budget"]["state"], "OK");
    market.assert_no_violations();
}

#[tokio::test]
async fn contracts_and_milestones_of_others_are_not_found() {
    let market = Market::new().await;
    let token = market.full().await;
    let contract = market.contract(&token).await;
    let (organization, _) = market.claimed("ann@acme.example").await;
    let other = market.token_of(&organization, &["payments:write"]).await;
    for (token, contract, milestone) in [
        (&other, contract.as_str(), "mst_1"),
        (&token, "ctr_99", "mst_99"),
    ] {
        let body = json!({"description": "x", "volume": 5});
        let path = format!("/contracts/{contract}/milestones");
        assert_eq!(market.post(token, &path, body).await.0, 404);
        for path in [
            format!("/contracts/{contract}/end"),
            format!("/milestones/{milestone}/fund"),
            format!("/milestones/{milestone}/approve"),
        ] {
            assert_eq!(market.act(token, &path).await.0, 404, "{path}");
        }
    }
    market.assert_no_violations();
}
