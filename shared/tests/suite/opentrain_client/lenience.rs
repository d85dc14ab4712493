//! Harmless irregularities of answers.

use serde_json::json;
use shared::opentrain::{BudgetState, ContractQuery, ProvisioningMode};
use wiremock::{MockServer, ResponseTemplate};

use super::{answer, call, client};

#[tokio::test]
async fn one_unreadable_member_does_not_affect_the_list() {
    let server = MockServer::start().await;
    let contracts = json!([
        { "id": "ct_1", "status": "active", "startDate": "soon", "title": 7, "projectLinkIds": ["lnk_1", {}], "new": {} },
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
async fn one_unreadable_name_does_not_affect_the_people() {
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
    let people = people.whole().unwrap();
    assert_eq!(
        (
            people[0].display_name.as_ref(),
            people[0].work_email.as_ref()
        ),
        (None, None)
    );
}

#[tokio::test]
async fn an_empty_list_is_valid_and_a_missing_list_is_not_empty() {
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
    let empty = client.participants(&"ct_1".into()).await.unwrap();
    assert_eq!(empty.whole().unwrap(), []);
    let error = client
        .participants(&"ct_2".into())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("`participants` is missing"), "{error}");
}

#[tokio::test]
async fn a_link_with_required_members_only() {
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
    let links = client(&server).links().await.unwrap().whole().unwrap();
    assert_eq!(links[0].provisioning_mode, ProvisioningMode::PartnerWebhook);
    assert_eq!(
        links[1].provisioning_mode,
        ProvisioningMode::Other("CARRIER_PIGEON".into())
    );
}

#[tokio::test]
async fn decimals_may_be_in_quotes() {
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
async fn an_accepted_report_stays_accepted_with_an_unreadable_answer() {
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
async fn a_link_is_deleted_also_without_a_body() {
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

/// Sets the answer to a `GET`, byte by byte.
async fn raw(server: &MockServer, path: &str, body: &str) {
    let json = ResponseTemplate::new(200).set_body_raw(body.to_owned(), "application/json");
    call("GET", path)
        .respond_with(json)
        .expect(1)
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_truncated_name_loses_one_character() {
    let server = MockServer::start().await;
    let links = r#"{"projectLinks":[{"id":"lnk_1","externalProjectId":7,"externalProjectName":"cats \ud83d"}]}"#;
    raw(&server, "/project-links", &format!("\u{feff}{links}")).await;
    let links = client(&server).links().await.unwrap().whole().unwrap();
    assert_eq!(links[0].external_project_id, "7".into());
    assert_eq!(
        links[0].external_project_name.as_deref(),
        Some("cats \u{fffd}")
    );
}

#[tokio::test]
async fn an_unreadable_link_is_named_and_does_not_affect_others() {
    let server = MockServer::start().await;
    let links = r#"{"projectLinks":[
        {"id":"lnk_1","externalProjectId":"p-1"},
        {"id":"lnk_2","externalProjectId":"p\ud83d"},
        {"id":"lnk_3","externalProjectId":"p-3","jobId":["job_1"]},
        {"externalProjectId":"p-4"},
        {"id":"lnk_5","externalProjectId":"p-5","jobId":null,"provisioningMode":null}
    ]}"#;
    raw(&server, "/project-links", links).await;
    let links = client(&server).links().await.unwrap();
    assert!(!links.is_complete());
    let lines: Vec<_> = links.unreadable().lines().collect();
    assert_eq!(
        lines,
        [
            "project link lnk_2: `externalProjectId` should hold no lone surrogate and no invalid UTF-8",
            "project link lnk_3: `jobId` should be an id, which is text or a whole number",
            "project link at position 4: `id` is missing",
        ]
    );
    let ids: Vec<_> = links.readable().iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["lnk_1", "lnk_5"]);
}

#[tokio::test]
async fn a_list_with_an_unreadable_contract_proves_no_absence() {
    let server = MockServer::start().await;
    let contracts =
        r#"{"contracts":[{"id":"ct_1","status":"active","title":"\udead"},{"id":"ct_2"}]}"#;
    raw(&server, "/contracts", contracts).await;
    let list = client(&server)
        .contracts(&ContractQuery::default())
        .await
        .unwrap();
    assert_eq!(list.contracts[0].title.as_deref(), Some("\u{fffd}"));
    assert_eq!(
        list.unreadable.to_string(),
        "contract ct_2: `status` is missing"
    );
    assert!(!list.is_complete() && !list.cut_off);
}

#[tokio::test]
async fn a_truncated_email_is_not_used() {
    let server = MockServer::start().await;
    let people = r#"{"participants":[
        {"opentrainUserId":81,"displayName":"A \ud842.","workEmail":"a@opentrain.work"},
        {"opentrainUserId":"usr_2","workEmail":"b\ud842@opentrain.work"}
    ]}"#;
    raw(&server, "/contracts/ct_1/participants", people).await;
    let people = client(&server).participants(&"ct_1".into()).await.unwrap();
    assert_eq!(people.readable()[0].opentrain_user_id, "81".into());
    assert_eq!(
        people.readable()[0].display_name.as_deref(),
        Some("A \u{fffd}.")
    );
    assert_eq!(
        people.unreadable().to_string(),
        "participant usr_2: `workEmail` should hold no lone surrogate and no invalid UTF-8"
    );
}

#[tokio::test]
async fn whole_numbers_may_be_written_as_decimals() {
    let server = MockServer::start().await;
    let endpoints = r#"[
        {"id":1,"url":"https://a.example/hooks/a","status":"ACTIVE","consecutiveFailures":3.0},
        {"id":2,"url":["https://b.example"],"status":"ACTIVE"}
    ]"#;
    raw(&server, "/webhook-endpoints", endpoints).await;
    let endpoints = client(&server).endpoints().await.unwrap();
    assert_eq!(endpoints.readable()[0].consecutive_failures, 3);
    assert_eq!(
        endpoints.unreadable().to_string(),
        "webhook endpoint 2: `url` should be a string"
    );
}
