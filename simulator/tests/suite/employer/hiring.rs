//! From the request to hire to the contract that both APIs list.

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Market, reason};
use crate::support::{Receiver, text};

const FIRST: &str = r#"{"name": "First", "amount": 200}"#;

fn first() -> Value {
    json!({"milestone": serde_json::from_str::<Value>(FIRST).unwrap()})
}

#[tokio::test]
async fn a_hire_is_a_contract_of_both_apis() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let partner = market
        .install(&["project-links:write", "contracts:read"])
        .await;
    let link = json!({"externalProjectId": "streets", "jobId": job});
    market
        .platform(Method::POST, &partner, "/project-links", Some(link))
        .await;
    let proposal = market.proposal(&job).await;
    let approval = market.ask_to_hire(&token, &proposal).await;
    let list = || market.platform(Method::GET, &partner, "/contracts", None);
    assert_eq!(
        list().await.1["contracts"],
        json!([]),
        "a request is no hire"
    );
    let result = market.confirm(&approval).await;
    assert_eq!(
        (&result["hired"], &result["jobId"]),
        (&json!(true), &json!(job))
    );
    let contract = text(&result["contractId"]);
    assert_eq!(list().await.1["contracts"][0]["id"], contract.as_str());
    let path = format!("/contracts/{contract}/budget");
    let (_, budget) = market.platform(Method::GET, &partner, &path, None).await;
    let (_, own) = market.get(&token, &format!("/contracts/{contract}")).await;
    assert_eq!(
        own["contract"]["budget"], budget,
        "both sides see the same money"
    );
    assert_eq!(
        (&budget["fundedVolume"], &budget["fundedAmountUsd"]),
        (&json!(10), &json!(200))
    );
    let (_, answer) = market.get(&token, &format!("/proposals/{proposal}")).await;
    assert_eq!(answer["proposal"]["status"]["raw"], "HIRED");
    assert_eq!(answer["proposal"]["contract"]["id"], contract.as_str());
    market.assert_no_violations();
}

#[tokio::test]
async fn a_hire_has_the_events_of_both_apis() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let partner = market
        .install(&["project-links:write", "webhooks:manage"])
        .await;
    let link = json!({"externalProjectId": "streets", "jobId": job});
    market
        .platform(Method::POST, &partner, "/project-links", Some(link))
        .await;
    let receiver = Receiver::start().await;
    let types = ["contract.started", "contract.ended", "milestone.funded"];
    let hook = json!({"url": receiver.url, "eventTypes": types});
    market
        .platform(Method::POST, &partner, "/webhook-endpoints", Some(hook))
        .await;
    let proposal = market.proposal(&job).await;
    let approval = market.ask_to_hire(&token, &proposal).await;
    market.opentrain.settle().await.unwrap();
    assert!(receiver.received().is_empty(), "a request is no hire");
    let result = market.confirm(&approval).await;
    market.opentrain.settle().await.unwrap();
    let mut received = receiver.received();
    received.sort_by_key(|own| text(&own.json()["id"]).parse::<u64>().unwrap());
    let names: Vec<String> = received.iter().map(|own| own.event_type()).collect();
    assert_eq!(names, ["contract.started", "milestone.funded"]);
    let data = &received[0].json()["data"];
    assert_eq!(data["contract"]["id"], result["contractId"]);
    assert_eq!(
        data["freelancer"]["opentrainUserId"],
        result["freelancerUserId"]
    );
    let expected = [
        "proposal.received",
        "approval.confirmed confirmed",
        "contract.created",
        "proposal.status_changed HIRED",
        "milestone.status_changed NOT_FUNDED",
        "milestone.status_changed ACTIVE_FUNDED",
    ];
    assert_eq!(market.updates(&token).await, expected);
    market.assert_no_violations();
}

#[tokio::test]
async fn an_agent_cannot_pay_without_a_human() {
    let market = Market::new().await;
    let (organization, agent) = market.claimed("ann@acme.example").await;
    let job = market.job(&agent).await;
    let proposal = market.proposal(&job).await;
    let path = format!("/proposals/{proposal}/hire");
    let no_card = json!({"cardOnFile": false});
    market
        .done(&format!("/organizations/{organization}"), no_card)
        .await;
    let (status, answer) = market.post(&agent, &path, first()).await;
    assert_eq!((status, reason(&answer)), (409, "payment_method_required"));
    assert!(answer["details"]["billingUrl"].is_string());
    // 200 + 10 % + 9.95 in credits are sufficient; a cent less is not.
    let human = market.token_of(&organization, &["payments:write"]).await;
    for (amount, expected) in [(229.94, 409), (10.0, 202)] {
        let (_, top_up) = market
            .post(&human, "/credits/top-ups", json!({"amountUsd": amount}))
            .await;
        let id = text(&top_up["topUpId"]);
        market
            .done(&format!("/top-ups/{id}/complete"), json!({}))
            .await;
        assert_eq!(market.post(&agent, &path, first()).await.0, expected);
    }
    let (_, answer) = market.post(&agent, &path, first()).await;
    let confirm = format!("/approvals/{}/confirm", text(&answer["approval"]["id"]));
    let card = json!({"paymentMethod": "card"});
    assert_eq!(
        market.human(&confirm, card).await.0,
        409,
        "there is no card"
    );
    market
        .done(&confirm, json!({"paymentMethod": "credits"}))
        .await;
    let (_, credits) = market.get(&human, "/credits").await;
    assert_eq!(credits["credits"]["availableCents"], 23_994 - 22_995);
}

#[tokio::test]
async fn the_request_is_checked() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let proposal = market.proposal(&job).await;
    let path = format!("/proposals/{proposal}/hire");
    for body in [
        json!({}),
        json!({"milestone": {"name": "First"}}),
        json!({"milestone": {"amount": 200}}),
        json!({"milestone": {"name": "First", "amount": 0}}),
        json!({"milestone": {"name": "First", "amount": -1}}),
        json!({"milestone": {"name": "First", "amount": 1, "dueDate": "soon"}}),
    ] {
        assert_eq!(
            market.post(&token, &path, body.clone()).await.0,
            400,
            "{body}"
        );
    }
    market.assert_no_violations();
    let typed = json!({"milestone": {"name": "First", "amount": "200"}});
    assert_eq!(market.post(&token, &path, typed).await.0, 400);
    let member = json!({"milestone": {"name": "First", "amount": 200, "currency": "usd"}});
    assert_eq!(market.post(&token, &path, member).await.0, 400);
    assert_eq!(market.opentrain.violations().len(), 2);
    assert_eq!(
        market
            .post(&token, "/proposals/prp_99/hire", first())
            .await
            .0,
        404
    );
    let (_, other) = market.claimed("ann@acme.example").await;
    assert_eq!(market.post(&other, &path, first()).await.0, 403);
}

#[tokio::test]
async fn a_proposal_that_does_not_fit_needs_a_confirmation() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let proposal = market.proposal(&job).await;
    let path = format!("/proposals/{proposal}/hire");
    market
        .done(
            &format!("/proposals/{proposal}/status"),
            json!({"status": "NOT_A_FIT"}),
        )
        .await;
    let (status, answer) = market.post(&token, &path, first()).await;
    assert_eq!((status, reason(&answer)), (409, "proposal_not_a_fit"));
    let mut body = first();
    body["confirmNotFit"] = true.into();
    let (status, answer) = market.post(&token, &path, body).await;
    assert_eq!(status, 202);
    market.confirm(&text(&answer["approval"]["id"])).await;
    let (status, answer) = market.post(&token, &path, first()).await;
    assert_eq!((status, reason(&answer)), (409, "proposal_already_hired"));
    let review = json!({"status": "DECLINED"});
    assert_eq!(
        market
            .human(&format!("/proposals/{proposal}/status"), review)
            .await
            .0,
        409
    );
    let hired = json!({"status": "HIRED"});
    assert_eq!(
        market
            .human(&format!("/proposals/{proposal}/status"), hired)
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn the_human_may_change_the_first_milestone() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let proposal = market.proposal(&job).await;
    let approval = market.ask_to_hire(&token, &proposal).await;
    let body = json!({"milestone": {"description": "Half of it", "amount": 100}});
    let answer = market
        .done(&format!("/approvals/{approval}/confirm"), body)
        .await;
    let contract = text(&answer["approval"]["result"]["contractId"]);
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    let milestone = &answer["contract"]["milestones"][0];
    assert_eq!(
        (&milestone["amountUsd"], &milestone["volume"]),
        (&json!(100), &json!(5))
    );
    assert_eq!(milestone["description"], "Half of it");
}
