//! Projects and grants.

use serde_json::json;
use shared::model::ids::{MemberId, ProjectId};
use shared::tool::{AnnotationTool, Granted, MembershipStatus, Person, Scope};
use wiremock::matchers::{any, body_json};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{
    absent, answer, call, is_no_project, is_transient, is_wrong, maria, membership, tool, tool_at,
};

#[tokio::test]
async fn a_project() {
    let server = MockServer::start().await;
    let body = json!({ "id": "p-1", "name": "Cats", "url": "https://tool.example/p-1" });
    answer(&server, call("GET", "/projects/p-1"), 200, body).await;
    let project = tool(&server).project(&"p-1".into()).await.unwrap();
    assert_eq!(
        (project.id, project.name.as_str()),
        (ProjectId::from("p-1"), "Cats")
    );
}

#[tokio::test]
async fn a_missing_project() {
    let server = MockServer::start().await;
    absent(&server, call("GET", "/projects/p-1")).await;
    let error = tool(&server).project(&"p-1".into()).await.unwrap_err();
    assert!(is_no_project(&error));
    assert_eq!(error.to_string(), "no such project in the tool: p-1");
}

#[tokio::test]
async fn a_grant() {
    let sent =
        json!({ "email": "maria@opentrain.work", "displayName": "Maria S.", "country": "PT" });
    for (status, member) in [(201, json!("m-1")), (200, json!("m-1")), (200, json!(17))] {
        let server = MockServer::start().await;
        let body = json!({ "memberId": member, "status": "active" });
        answer(
            &server,
            call("PUT", "/projects/p-1/members/usr_1").and(body_json(&sent)),
            status,
            body,
        )
        .await;
        let granted = tool(&server).grant(&"p-1".into(), &maria()).await.unwrap();
        assert_eq!(granted.status, MembershipStatus::Active);
        assert_eq!(
            granted.member.unwrap().as_str(),
            member.as_str().unwrap_or("17")
        );
    }
}

#[tokio::test]
async fn a_grant_with_an_invitation() {
    let server = MockServer::start().await;
    let body =
        json!({ "memberId": "m-1", "status": "invited", "inviteUrl": "https://tool.example/i/1" });
    answer(
        &server,
        call("PUT", "/projects/p-1/members/usr_1"),
        201,
        body,
    )
    .await;
    let granted = tool(&server).grant(&"p-1".into(), &maria()).await.unwrap();
    let expected = MembershipStatus::Invited(Some("https://tool.example/i/1".into()));
    assert_eq!(granted, Granted::new(Some(MemberId::from("m-1")), expected));
}

/// A row of the ledger must be able to store it.
#[tokio::test]
async fn an_invitation_link_has_at_most_two_kilobytes() {
    for (length, taken) in [(2048, true), (2049, false), (1_000_000, false)] {
        let server = MockServer::start().await;
        let start = "https://tool.example/i/";
        let link = format!("{start}{}", "x".repeat(length - start.len()));
        let body = json!({ "memberId": "m-1", "status": "invited", "inviteUrl": link });
        let call = call("PUT", "/projects/p-1/members/usr_1");
        answer(&server, call, 200, body).await;
        match tool(&server).grant(&"p-1".into(), &maria()).await {
            Ok(granted) => assert_eq!(granted.status, MembershipStatus::Invited(Some(link))),
            Err(error) => {
                assert!(!taken && is_transient(&error), "{error}");
                assert!(
                    error.to_string().contains("more than 2048 bytes"),
                    "{error}"
                );
                continue;
            }
        }
        assert!(taken, "{length}");
    }
}

#[tokio::test]
async fn a_grant_to_a_missing_project() {
    let server = MockServer::start().await;
    absent(&server, call("PUT", "/projects/p-1/members/usr_1")).await;
    let error = tool(&server)
        .grant(&"p-1".into(), &maria())
        .await
        .unwrap_err();
    assert!(is_no_project(&error));
    assert_eq!(error.to_string(), "no such project in the tool: p-1");
}

#[tokio::test]
async fn the_tools_message_is_shown_without_personal_data() {
    let server = MockServer::start().await;
    let quote = "MARIA@opentrain.work (Maria S.) is on no seat list, token tool_canary\n";
    answer(
        &server,
        call("PUT", "/projects/p-1/members/usr_1"),
        422,
        json!({ "error": quote }),
    )
    .await;
    let error = tool(&server)
        .grant(&"p-1".into(), &maria())
        .await
        .unwrap_err();
    assert!(is_wrong(&error));
    assert_eq!(
        error.to_string(),
        "the tool can't add this person (422): …@… (…) is on no seat list, token …"
    );
}

#[tokio::test]
async fn a_success_that_violates_the_contract_is_retried() {
    for body in [
        json!({}),
        json!({ "memberId": "m-1" }),
        json!({ "memberId": "m-1", "status": "maria@opentrain.work" }),
        json!({ "memberId": "", "status": "active" }),
        json!({ "memberId": null, "status": "active" }),
        json!({ "memberId": 7.5, "status": "active" }),
        json!({ "memberId": "m".repeat(257), "status": "active" }),
        json!({ "memberId": { "maria@opentrain.work": 1 }, "status": "active" }),
        json!(["maria@opentrain.work"]),
    ] {
        let server = MockServer::start().await;
        answer(
            &server,
            call("PUT", "/projects/p-1/members/usr_1"),
            200,
            body,
        )
        .await;
        let error = tool(&server)
            .grant(&"p-1".into(), &maria())
            .await
            .unwrap_err();
        assert!(is_transient(&error), "{error}");
        assert!(!error.to_string().contains('@'), "{error}");
    }
}

#[tokio::test]
async fn access_of_a_member() {
    let server = MockServer::start().await;
    let body = json!({ "memberId": "m-1", "status": "active" });
    answer(
        &server,
        call("GET", "/projects/p-1/members/usr_1"),
        200,
        body,
    )
    .await;
    let access = tool(&server)
        .access(&"p-1".into(), &membership())
        .await
        .unwrap();
    assert_eq!(access.unwrap().member, Some(MemberId::from("m-1")));
}

#[tokio::test]
async fn access_of_a_person_who_is_no_member() {
    let server = MockServer::start().await;
    absent(&server, call("GET", "/projects/p-1/members/usr_1")).await;
    let project = json!({ "id": "p-1", "name": "Cats" });
    answer(&server, call("GET", "/projects/p-1"), 200, project).await;
    assert_eq!(
        tool(&server)
            .access(&"p-1".into(), &membership())
            .await
            .unwrap(),
        None
    );
}

/// The tool's only project: a gateway may return the same JSON.
#[tokio::test]
async fn a_project_that_is_not_found_either_proves_no_removal() {
    let server = MockServer::start().await;
    for path in ["/projects/p-1/members/usr_1", "/projects/p-1"] {
        absent(&server, call("GET", path)).await;
    }
    let access = tool(&server).access(&"p-1".into(), &membership()).await;
    assert!(is_transient(&access.unwrap_err()));
}

/// The tool shows another project.
#[tokio::test]
async fn a_deleted_project_is_named_as_such() {
    let server = MockServer::start().await;
    let tool = tool(&server);
    let other = json!({ "id": "p-2", "name": "Dogs" });
    let shown = ResponseTemplate::new(200).set_body_json(other);
    let given = call("GET", "/projects/p-2").respond_with(shown);
    given.mount(&server).await;
    tool.project(&"p-2".into()).await.unwrap();
    for path in ["/projects/p-1/members/usr_1", "/projects/p-1"] {
        let gone = ResponseTemplate::new(404).set_body_json(json!({ "error": "not found" }));
        call("GET", path).respond_with(gone).mount(&server).await;
    }
    let access = tool.access(&"p-1".into(), &membership()).await;
    assert!(is_no_project(&access.unwrap_err()));
}

/// An ingress without a backend answers everything with 404 and a page.
#[tokio::test]
async fn a_not_found_without_json_proves_nothing_about_a_project_or_a_person() {
    let server = MockServer::start().await;
    for (body, kind) in [("default backend - 404", "text/plain"), ("", "text/html")] {
        let page = ResponseTemplate::new(404).set_body_raw(body, kind);
        Mock::given(any()).respond_with(page).mount(&server).await;
        let (tool, project) = (tool(&server), ProjectId::from("p-1"));
        for error in [
            tool.project(&project).await.unwrap_err(),
            tool.grant(&project, &maria()).await.unwrap_err(),
            tool.access(&project, &membership()).await.unwrap_err(),
            tool.clear_notice(&project).await.unwrap_err(),
        ] {
            assert!(is_transient(&error), "{error}");
            assert!(error.to_string().contains("without a JSON body"), "{error}");
        }
        server.reset().await;
    }
}

#[tokio::test]
async fn ids_with_special_characters_stay_single_segments_below_any_base() {
    for end in ["", "/"] {
        let server = MockServer::start().await;
        let path = "/api/v2/projects/a%2Fb%20c%25/members/%C3%BC%3F%23";
        answer(
            &server,
            call("PUT", path),
            200,
            json!({ "memberId": "m", "status": "active" }),
        )
        .await;
        let tool = tool_at(&format!("{}/api/v2{end}", server.uri()));
        let person = Person {
            trainer: "ü?#".into(),
            ..maria()
        };
        tool.grant(&"a/b c%".into(), &person).await.unwrap();
    }
}

#[tokio::test]
async fn an_id_that_would_change_the_path_is_never_sent() {
    let server = MockServer::start().await;
    for odd in ["", ".", ".."] {
        let error = tool(&server)
            .grant(&odd.into(), &maria())
            .await
            .unwrap_err();
        assert!(is_wrong(&error), "{error}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_contract_has_access_per_project() {
    let tool = tool_at("https://tool.example/base/");
    assert_eq!(tool.capabilities().await.unwrap().scope, Scope::Project);
}
