//! Contracts and milestones: fund, approve, end.

use serde_json::{Value, json};
use simulator::{JobOptions, PaymentType, TrainerOptions};

use super::support::{Market, ids, reason};
use crate::support::text;

async fn milestone(market: &Market, token: &str, contract: &str) -> String {
    let body = json!({"description": "Second", "volume": 5});
    let path = format!("/contracts/{contract}/milestones");
    let (status, answer) = market.post(token, &path, body).await;
    assert_eq!(status, 201, "{answer}");
    text(&answer["milestone"]["id"])
}

#[tokio::test]
async fn contracts_are_listed_newest_first() {
    let market = Market::new().await;
    let token = market.full().await;
    let first = market.contract(&token).await;
    let second = market.contract(&token).await;
    let job = market.opentrain.jobs()[0].id.clone();
    let (_, list) = market.get(&token, "/contracts").await;
    assert_eq!(ids(&list["contracts"]), [second.clone(), first.clone()]);
    let contract = &list["contracts"][1];
    assert_eq!(
        (&contract["status"], &contract["jobId"]),
        (&json!("active"), &json!(job))
    );
    assert_eq!(
        (&contract["rateUsd"], &contract["paymentType"]),
        (&json!(20), &json!("PAY_PER_HOUR"))
    );
    assert_eq!(contract["freelancer"]["country"], "Portugal");
    assert_eq!(contract["hasActiveMilestone"], true);
    assert!(
        contract.get("budget").is_none(),
        "a budget belongs to the detail"
    );
    market.opentrain.end_contract(&first).unwrap();
    let (_, list) = market.get(&token, "/contracts?status=active").await;
    assert_eq!(ids(&list["contracts"]), [second]);
    let (_, list) = market
        .get(&token, &format!("/contracts?jobId={job}&status=ended"))
        .await;
    assert_eq!(ids(&list["contracts"]), [first.clone()]);
    let (status, answer) = market.get(&token, "/contracts?status=over").await;
    assert_eq!(
        (status, &answer["details"]["field"]),
        (400, &json!("status"))
    );
    assert_eq!(market.get(&token, "/contracts?jobId=job_99").await.0, 404);
    let (_, other) = market.claimed("ann@acme.example").await;
    assert_eq!(
        market
            .get(&other, &format!("/contracts?jobId={job}"))
            .await
            .0,
        403
    );
    assert_eq!(
        market.get(&other, &format!("/contracts/{first}")).await.0,
        404
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn a_milestone_is_created_funded_and_paid() {
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
    // Payout.
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
    assert_eq!(answer["contract"]["milestones"][1]["pendingApproval"], true);
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
    let own = &answer["contract"]["milestones"][1];
    assert_eq!(
        (&own["status"], &own["pendingApproval"]),
        (&json!("PAID"), &json!(false))
    );
    assert_eq!(volume().await, 15, "a paid milestone still counts");
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
            "milestone.status_changed NOT_FUNDED",
            "payment.pending",
            "approval.confirmed confirmed",
            "milestone.status_changed ACTIVE_FUNDED",
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
    let trainer = market
        .opentrain
        .create_trainer(TrainerOptions::default())
        .unwrap();
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
    for (contract, body, expected, field, why) in [
        (
            &hourly,
            json!({"description": "x", "amountUsd": 5}),
            400,
            "volume",
            "",
        ),
        (
            &fixed,
            json!({"description": "x", "volume": 5}),
            400,
            "amountUsd",
            "",
        ),
        (
            &hourly,
            json!({"description": "x", "volume": 0}),
            400,
            "volume",
            "",
        ),
        (&hourly, json!({"volume": 1}), 400, "description", ""),
        (
            &rateless,
            json!({"description": "x", "volume": 5}),
            409,
            "",
            "contract_rate_missing",
        ),
        (
            &fixed,
            json!({"description": "x", "amountUsd": 5}),
            201,
            "",
            "",
        ),
    ] {
        let path = format!("/contracts/{contract}/milestones");
        let (status, answer) = market.post(&token, &path, body.clone()).await;
        assert_eq!(status, expected, "{body}: {answer}");
        assert_eq!(
            answer["details"]["field"].as_str().unwrap_or_default(),
            field,
            "{body}"
        );
        assert_eq!(reason(&answer), why);
    }
    let (_, answer) = market.get(&token, &format!("/contracts/{fixed}")).await;
    assert_eq!(answer["contract"]["milestones"][0]["volume"], Value::Null);
    assert_eq!(answer["contract"]["budget"]["state"], "OK");
    let body = json!({"description": "x", "volume": 5});
    assert_eq!(
        market
            .post(&token, "/contracts/ctr_99/milestones", body.clone())
            .await
            .0,
        404
    );
    let other = market.claimed("ann@acme.example").await.0;
    let other = market.token_of(&other, &["payments:write"]).await;
    assert_eq!(
        market
            .post(&other, &format!("/contracts/{hourly}/milestones"), body)
            .await
            .0,
        404
    );
    let id = milestone(&market, &token, &hourly).await;
    for verb in ["fund", "approve"] {
        assert_eq!(
            market
                .act(&other, &format!("/milestones/{id}/{verb}"))
                .await
                .0,
            404
        );
        assert_eq!(
            market
                .act(&token, &format!("/milestones/mst_99/{verb}"))
                .await
                .0,
            404
        );
    }
    assert_eq!(
        market
            .act(&other, &format!("/contracts/{hourly}/end"))
            .await
            .0,
        404
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn a_contract_with_funded_milestones_needs_a_human_to_end() {
    let market = Market::new().await;
    let token = market.full().await;
    let contract = market.contract(&token).await;
    let path = format!("/contracts/{contract}/end");
    let (status, answer) = market.act(&token, &path).await;
    assert_eq!(
        (status, &answer["approval"]["type"]),
        (202, &json!("contract_end"))
    );
    assert_eq!(answer["approval"]["contractId"], contract.as_str());
    let approval = text(&answer["approval"]["id"]);
    assert_eq!(
        market.confirm(&approval).await,
        json!({"contractEnded": true})
    );
    let (status, answer) = market.act(&token, &path).await;
    assert_eq!((status, reason(&answer)), (409, "contract_ended"));
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    assert_eq!(answer["contract"]["status"], "ended");
    assert!(answer["contract"]["endDate"].is_string());
    let body = json!({"description": "x", "volume": 5});
    let (status, answer) = market
        .post(&token, &format!("/contracts/{contract}/milestones"), body)
        .await;
    assert_eq!((status, reason(&answer)), (409, "contract_ended"));
}

#[tokio::test]
async fn a_contract_without_funded_milestones_ends_at_once() {
    let market = Market::new().await;
    let token = market.full().await;
    let contract = market.contract(&token).await;
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    let first = text(&answer["contract"]["milestones"][0]["id"]);
    let (_, answer) = market
        .act(&token, &format!("/milestones/{first}/approve"))
        .await;
    market.confirm(&text(&answer["approval"]["id"])).await;
    let (status, answer) = market
        .act(&token, &format!("/contracts/{contract}/end"))
        .await;
    assert_eq!(
        (status, answer),
        (
            200,
            json!({"ok": true, "contractId": contract, "status": "ended"})
        )
    );
    assert_eq!(
        market.opentrain.contracts()[0].status,
        simulator::ContractStatus::Ended
    );
    // What was asked before the end cannot be confirmed after it.
    let other = market.contract(&token).await;
    let id = milestone(&market, &token, &other).await;
    let (_, answer) = market.act(&token, &format!("/milestones/{id}/fund")).await;
    market.opentrain.end_contract(&other).unwrap();
    let confirm = format!("/approvals/{}/confirm", text(&answer["approval"]["id"]));
    let (status, answer) = market.human(&confirm, json!({})).await;
    assert_eq!((status, reason(&answer)), (409, "contract_ended"));
}
