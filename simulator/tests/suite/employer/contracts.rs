//! Contracts: lists and the end.

use serde_json::json;

use super::support::{Market, ids, reason};
use crate::support::text;

pub(super) async fn milestone(market: &Market, token: &str, contract: &str) -> String {
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
    assert_eq!(ids(&list["contracts"]), [first.as_str()]);
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
