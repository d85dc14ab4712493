//! Endpoints 1 to 9: requests and answers.

use serde_json::json;
use shared::model::ids::{ContractId, LinkId, ProjectId, TrainerId};
use shared::opentrain::{
    BudgetState, ContractQuery, ContractStatus, InstallStatus, NewProjectLink, PaymentType,
    ProvisioningMode, Scope, UsageEntry,
};
use wiremock::MockServer;
use wiremock::matchers::{body_json, query_param, query_param_is_missing};

use super::{a_budget, a_link, answer, call, client};

#[tokio::test]
async fn the_install() {
    let server = MockServer::start().await;
    let body = json!({ "install": {
        "id": "ins_1", "status": "ACTIVE", "scopes": ["project-links:write", "participants:email", "x:y"],
        "piiConsent": true, "organizationId": "org_1", "createdAt": "2026-02-01T10:00:00Z",
        "partnerApp": { "id": "app_1", "slug": "acme", "name": "Acme" },
        "token": { "id": "tok_1", "name": "bridge", "scopes": ["project-links:write", "x:y"] }
    }});
    answer(&server, call("GET", "/installs/current"), 200, body).await;
    let install = client(&server).install().await.unwrap();
    assert_eq!(install.status, InstallStatus::Active);
    assert_eq!(
        install.partner_app.as_ref().unwrap().slug.as_deref(),
        Some("acme")
    );
    assert!(install.grants(&Scope::LinksRead), "write implies read");
    assert!(install.grants(&Scope::Other("x:y".into())));
    assert!(!install.grants(&Scope::ContractsRead));
    assert!(
        !install.shows_emails(),
        "the install may, this token may not"
    );
}

#[tokio::test]
async fn an_install_that_lists_no_scopes_may_have_them() {
    let server = MockServer::start().await;
    let body =
        json!({ "install": { "id": "ins_1", "status": "ACTIVE", "token": { "id": "tok_1" } } });
    answer(&server, call("GET", "/installs/current"), 200, body).await;
    let install = client(&server).install().await.unwrap();
    assert!(install.grants(&Scope::WebhooksManage));
    assert!(!install.shows_emails(), "that is never assumed");
}

#[tokio::test]
async fn making_a_link() {
    let server = MockServer::start().await;
    let sent = json!({ "externalProjectId": "p-1", "jobId": "job_1", "provisioningMode": "PARTNER_WEBHOOK" });
    answer(
        &server,
        call("POST", "/project-links").and(body_json(sent)),
        201,
        json!({ "projectLink": a_link() }),
    )
    .await;
    let new = NewProjectLink {
        external_project_id: "p-1".into(),
        external_project_name: None,
        external_project_url: None,
        job_id: Some("job_1".into()),
        provisioning_mode: ProvisioningMode::PartnerWebhook,
    };
    let link = client(&server).create_link(&new).await.unwrap();
    assert_eq!(link.id, LinkId::from("lnk_1"));
}

#[tokio::test]
async fn reading_links() {
    let server = MockServer::start().await;
    answer(
        &server,
        call("GET", "/project-links"),
        200,
        json!({ "projectLinks": [a_link(), a_link()] }),
    )
    .await;
    answer(
        &server,
        call("GET", "/project-links/lnk_1"),
        200,
        json!({ "projectLink": a_link() }),
    )
    .await;
    let client = client(&server);
    assert_eq!(client.links().await.unwrap().len(), 2);
    let link = client.link(&"lnk_1".into()).await.unwrap();
    assert_eq!(link.external_project_id, ProjectId::from("p-1"));
    assert_eq!(link.provisioning_mode, ProvisioningMode::ManagedAdapter);
    assert_eq!(link.created_at.unwrap().to_string(), "2026-02-01T10:00:00Z");
}

#[tokio::test]
async fn deleting_a_link_returns_its_last_data() {
    let server = MockServer::start().await;
    let body = json!({ "projectLink": a_link(), "deleted": true });
    answer(&server, call("DELETE", "/project-links/lnk_1"), 200, body).await;
    let last = client(&server).delete_link(&"lnk_1".into()).await.unwrap();
    assert_eq!(last.unwrap().external_project_name.as_deref(), Some("Cats"));
}

#[tokio::test]
async fn contracts_of_a_link_and_a_status() {
    let server = MockServer::start().await;
    let asked = call("GET", "/contracts")
        .and(query_param("projectLinkId", "l&1"))
        .and(query_param("status", "ended"))
        .and(query_param("limit", "2"));
    let contract = json!({
        "id": "ct_1", "status": "ended", "jobId": "job_1", "title": "Cats", "startDate": "2026-01-05",
        "endDate": "2026-02-05T00:00:00.000Z", "createdAt": "2026-01-01T00:00:00Z", "projectLinkIds": ["lnk_1", "lnk_2"]
    });
    answer(
        &server,
        asked,
        200,
        json!({ "contracts": [contract, contract] }),
    )
    .await;
    let query = ContractQuery {
        link: Some("l&1".into()),
        status: Some(ContractStatus::Ended),
        limit: Some(2),
    };
    let list = client(&server).contracts(&query).await.unwrap();
    assert!(!list.is_complete(), "as long as its limit");
    assert_eq!(
        list.contracts[0].end_date.unwrap().to_string(),
        "2026-02-05"
    );
    assert_eq!(
        list.contracts[0].project_link_ids,
        ["lnk_1".into(), "lnk_2".into()]
    );
}

#[tokio::test]
async fn contracts_are_read_in_the_longest_list() {
    let server = MockServer::start().await;
    let asked = call("GET", "/contracts")
        .and(query_param("limit", "200"))
        .and(query_param_is_missing("status"))
        .and(query_param_is_missing("projectLinkId"));
    let body = json!({ "contracts": [{ "id": "ct_1", "status": "paused" }] });
    asked
        .respond_with(wiremock::ResponseTemplate::new(200).set_body_json(body))
        .expect(2)
        .mount(&server)
        .await;
    let client = client(&server);
    let list = client.contracts(&ContractQuery::default()).await.unwrap();
    assert!(list.is_complete());
    assert_eq!(
        list.contracts[0].status,
        ContractStatus::Other("paused".into())
    );
    let beyond = ContractQuery {
        limit: Some(5000),
        ..ContractQuery::default()
    };
    assert!(
        client.contracts(&beyond).await.unwrap().is_complete(),
        "the limit that is sent decides"
    );
}

#[tokio::test]
async fn participants() {
    let server = MockServer::start().await;
    let people = json!([
        { "opentrainUserId": "usr_1", "displayName": "Maria S.", "country": "PT", "workEmail": "M@opentrain.work" },
        { "opentrainUserId": "usr_2", "displayName": null, "workEmail": "none yet" }
    ]);
    let body = json!({ "contractId": "ct_1", "participants": people });
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
        people[0].work_email.as_ref().unwrap().expose(),
        "m@opentrain.work"
    );
    assert_eq!(people[1].opentrain_user_id, TrainerId::from("usr_2"));
    assert!(people[1].work_email.is_none());
}

#[tokio::test]
async fn the_budget() {
    let server = MockServer::start().await;
    answer(
        &server,
        call("GET", "/contracts/ct_1/budget"),
        200,
        a_budget(),
    )
    .await;
    let budget = client(&server).budget(&"ct_1".into()).await.unwrap();
    assert_eq!(budget.state, BudgetState::Low);
    assert_eq!(budget.payment_type, Some(PaymentType::PerHour));
    assert_eq!(budget.consumed_fraction, Some(0.85));
    assert_eq!(budget.consumed.hours, Some(8.5));
    assert_eq!(budget.active_milestone.unwrap().volume, Some(10.0));
}

#[tokio::test]
async fn reporting_usage_omits_units_that_were_not_measured() {
    let server = MockServer::start().await;
    let sent = json!({ "entries": [
        { "workDate": "2026-02-27", "totalSeconds": 3600, "workerOpentrainUserId": "usr_1" },
        { "workDate": "2026-02-28", "tasksCompleted": 0, "labelsCompleted": 12, "externalReportId": "r-1" }
    ]});
    let body = json!({ "contractId": "ct_1", "accepted": 2, "budget": a_budget() });
    answer(
        &server,
        call("POST", "/contracts/ct_1/usage").and(body_json(sent)),
        200,
        body,
    )
    .await;
    let entry = |day: &str| UsageEntry {
        work_date: day.parse().unwrap(),
        total_seconds: None,
        tasks_completed: None,
        labels_completed: None,
        worker_opentrain_user_id: None,
        external_report_id: None,
    };
    let worker = Some("usr_1".into());
    let entries = [
        UsageEntry {
            total_seconds: Some(3600),
            worker_opentrain_user_id: worker,
            ..entry("2026-02-27")
        },
        UsageEntry {
            tasks_completed: Some(0),
            labels_completed: Some(12),
            external_report_id: Some("r-1".into()),
            ..entry("2026-02-28")
        },
    ];
    let taken = client(&server)
        .report_usage(&"ct_1".into(), &entries)
        .await
        .unwrap();
    assert_eq!(taken.accepted, Some(2));
    assert_eq!(taken.budget.unwrap().contract_id, ContractId::from("ct_1"));
}
