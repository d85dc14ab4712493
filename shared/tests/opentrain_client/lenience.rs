//! What is odd in an answer and does no harm.

use serde_json::json;
use shared::opentrain::{BudgetState, ContractQuery, ProvisioningMode};
use wiremock::{MockServer, ResponseTemplate};

use super::{answer, call, client};

#[tokio::test]
async fn one_odd_member_does_not_cost_the_list() {
    let server = MockServer::start().await;
    let contracts = json!([
        { "id": "ct_1", "status": "active", "startDate": "soon", "title": 7, "projectLinkIds": ["lnk_1", 2], "new": {} },
        { "id": "ct_2", "status": "ended", "startDate": "2026-01-05", "createdAt": 0, "projectLinkIds": null }
    ]);
    answer(
        &server,
        call("GET", "/contracts"),
        200,
        json!({ "contracts": contracts }),
    )
    .await;
    let list = client(&server)
        .contracts(&ContractQuery::default())
        .await
        .unwrap()
        .contracts;
    assert_eq!((list[0].start_date, list[0].title.as_ref()), (None, None));
    assert_eq!(list[0].project_link_ids, ["lnk_1".into()]);
    assert!(list[1].start_date.is_some() && list[1].project_link_ids.is_empty());
}

#[tokio::test]
async fn one_odd_name_does_not_cost_the_people() {
    let server = MockServer::start().await;
    let people = json!([{ "opentrainUserId": "usr_1", "displayName": { "first": "M" }, "country": 7, "workEmail": false }]);
    let body = json!({ "participants": people });
    answer(
        &server,
        call("GET", "/contracts/ct_1/participants"),
        200,
        body,
    )
    .await;
    let people = client(&server).participants(&"ct_1".into()).await.unwrap();
    assert_eq!(
        (
            people[0].display_name.as_ref(),
            people[0].work_email.as_ref()
        ),
        (None, None)
    );
}

#[tokio::test]
async fn nobody_is_a_list_too_and_no_list_is_not_nobody() {
    let server = MockServer::start().await;
    answer(
        &server,
        call("GET", "/contracts/ct_1/participants"),
        200,
        json!({ "participants": [] }),
    )
    .await;
    answer(
        &server,
        call("GET", "/contracts/ct_2/participants"),
        200,
        json!({ "contractId": "ct_2" }),
    )
    .await;
    let client = client(&server);
    assert_eq!(client.participants(&"ct_1".into()).await.unwrap(), []);
    let error = client
        .participants(&"ct_2".into())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("missing field `participants`"), "{error}");
}

#[tokio::test]
async fn a_link_with_the_least_in_it() {
    let server = MockServer::start().await;
    let links = json!([
        { "id": "lnk_1", "externalProjectId": "p-1" },
        { "id": "lnk_2", "externalProjectId": "p-2", "provisioningMode": "CARRIER_PIGEON", "createdAt": "-" }
    ]);
    answer(
        &server,
        call("GET", "/project-links"),
        200,
        json!({ "projectLinks": links }),
    )
    .await;
    let links = client(&server).links().await.unwrap();
    assert_eq!(links[0].provisioning_mode, ProvisioningMode::PartnerWebhook);
    assert_eq!(
        links[1].provisioning_mode,
        ProvisioningMode::Other("CARRIER_PIGEON".into())
    );
}

#[tokio::test]
async fn decimals_may_stand_in_quotes() {
    let server = MockServer::start().await;
    let body = json!({
        "contractId": "ct_1", "state": "FROZEN", "fundedAmountUsd": "1250.50", "consumed": null, "fundedVolume": null,
        "activeMilestone": { "name": "no id" }
    });
    answer(&server, call("GET", "/contracts/ct_1/budget"), 200, body).await;
    let budget = client(&server).budget(&"ct_1".into()).await.unwrap();
    assert_eq!(budget.state, BudgetState::Other("FROZEN".into()));
    assert_eq!(budget.funded_amount_usd, Some(1250.5));
    assert_eq!(
        (budget.funded_volume, budget.active_milestone),
        (None, None)
    );
}

#[tokio::test]
async fn a_report_that_was_taken_stays_taken() {
    let server = MockServer::start().await;
    let body = json!({ "contractId": "ct_1", "accepted": "all", "budget": { "state": 1 } });
    answer(&server, call("POST", "/contracts/ct_1/usage"), 200, body).await;
    let taken = client(&server)
        .report_usage(&"ct_1".into(), &[])
        .await
        .unwrap();
    assert_eq!((taken.accepted, taken.budget), (None, None));
}

#[tokio::test]
async fn a_link_that_was_deleted_stays_deleted_without_a_body() {
    let server = MockServer::start().await;
    call("DELETE", "/project-links/lnk_1")
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        client(&server).delete_link(&"lnk_1".into()).await.unwrap(),
        None
    );
}
