//! Unusable answers: each is an error with a fix, and none is parsed.

use serde_json::json;
use shared::tool::{AnnotationTool, Grade, MembershipStatus, ToolError};
use wiremock::{MockServer, ResponseTemplate};

use super::{answer, assert_says, call, is_operator, maria, membership, rotates, server, tool};

const PAGE: &str = "<html>canary</html>";

#[tokio::test]
async fn a_page_is_never_parsed() {
    for status in [200, 404] {
        let server = MockServer::start().await;
        let page = ResponseTemplate::new(status).set_body_raw(PAGE, "text/html");
        call("GET", "/api/version")
            .respond_with(page)
            .mount(&server)
            .await;
        let error = tool(&server).capabilities().await.unwrap_err();
        assert!(is_operator(&error));
        assert_says(
            &error,
            &["check that TOOL_BASE_URL is Label Studio's own address"],
        );
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    let there = format!("{}/api/version", other.uri());
    let away = ResponseTemplate::new(302).insert_header("location", there.as_str());
    call("GET", "/api/version")
        .respond_with(away)
        .mount(&server)
        .await;
    let error = tool(&server).capabilities().await.unwrap_err();
    assert_says(&error, &["redirects", "set TOOL_BASE_URL"]);
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_unknown_edition_is_refused() {
    let server = server("Galactic").await;
    let error = tool(&server)
        .grant(&"12".into(), &maria())
        .await
        .unwrap_err();
    assert!(is_operator(&error));
    assert_says(&error, &["`Galactic`", "upgrade the bridge"]);
}

#[tokio::test]
async fn an_untested_version_works_and_is_reported() {
    let server = MockServer::start().await;
    for (path, body) in [
        (
            "/api/version",
            json!({ "release": "1.24.0", "edition": "Community" }),
        ),
        (
            "/api/current-user/whoami",
            json!({ "id": 1, "active_organization": 1 }),
        ),
        ("/api/organizations/1", json!({ "id": 1, "created_by": 1 })),
        (
            "/api/jwt/settings",
            json!({ "legacy_api_tokens_enabled": true }),
        ),
    ] {
        answer(&server, call("GET", path), 200, body).await;
    }
    let remarks = tool(&server).check().await;
    let version = &remarks[0];
    assert_eq!(version.grade, Grade::Note);
    assert!(version.says.contains("1.24.0"), "{version:?}");
    assert!(
        !remarks.iter().any(|it| it.grade == Grade::Wrong),
        "{remarks:?}"
    );
}

#[tokio::test]
async fn an_unknown_answer_format_is_refused_with_a_fix() {
    let server = MockServer::start().await;
    let body = json!({ "release": ["canary"], "edition": "Community" });
    answer(&server, call("GET", "/api/version"), 200, body).await;
    let error = tool(&server).capabilities().await.unwrap_err();
    assert!(is_operator(&error));
    assert_says(
        &error,
        &["can't be used", "this bridge supports its version"],
    );
}

#[tokio::test]
async fn a_known_edition_is_used_during_an_outage() {
    let clock = super::clock();
    let server = server("Community").await;
    let tool = super::tool_with(&server, super::TOKEN, clock.clone());
    let known = tool.capabilities().await.unwrap();
    clock.advance(std::time::Duration::from_secs(7200));
    server.reset().await;
    answer(&server, call("GET", "/api/version"), 503, json!({})).await;
    assert_eq!(tool.capabilities().await.unwrap(), known);
}

#[tokio::test]
async fn each_refusal_has_its_kind() {
    for (status, words) in [
        (401, "set TOOL_API_TOKEN to a valid token"),
        (403, "organisation's creator"),
    ] {
        let server = server("Community").await;
        rotates(&server).await;
        let told = json!({ "detail": "canary.maria@opentrain.work may not" });
        let members = "/api/organizations/1/memberships";
        answer(&server, call("GET", members), status, told).await;
        let error = tool(&server)
            .remove(&"12".into(), &membership())
            .await
            .unwrap_err();
        assert!(is_operator(&error), "{error}");
        assert_says(&error, &[words]);
    }
}

#[tokio::test]
async fn a_missing_or_invalid_project_is_a_permanent_failure() {
    let server = server("Community").await;
    let gone = json!({ "detail": "No Project matches the given query." });
    answer(&server, call("GET", "/api/projects/77/"), 404, gone).await;
    for project in ["77", "street-scenes"] {
        let error = tool(&server)
            .grant(&project.into(), &maria())
            .await
            .unwrap_err();
        assert!(matches!(error, ToolError::NoProject { .. }), "{error}");
        assert_says(&error, &["no such project in the tool", project]);
    }
}

#[tokio::test]
async fn an_invitation_to_another_host_is_not_used() {
    for link in [
        "https://evil.example/user/signup/?token=1",
        "//evil.example/?token=1",
        "@evil.example/",
    ] {
        let server = server("Community").await;
        let no_members = json!({ "next": null, "results": [] });
        answer(
            &server,
            call("GET", "/api/organizations/1/memberships"),
            200,
            no_members,
        )
        .await;
        let invite = json!({ "token": "1", "invite_url": link });
        answer(&server, call("GET", "/api/invite"), 200, invite).await;
        let granted = tool(&server).grant(&"12".into(), &maria()).await;
        match granted {
            Err(error) => assert_says(&error, &["set TOOL_BASE_URL"]),
            Ok(granted) => match granted.status {
                MembershipStatus::Invited(Some(link)) => {
                    let own = format!("{}/", server.uri());
                    assert!(link.starts_with(&own), "{link}");
                }
                other => panic!("{other:?}"),
            },
        }
    }
}

#[tokio::test]
async fn a_removal_without_effect_is_detected() {
    let server = server("Community").await;
    rotates(&server).await;
    let user = json!({ "id": 8, "email": "canary.maria@opentrain.work" });
    let page = json!({ "next": null, "results": [{ "id": 8, "user": user }] });
    answer(
        &server,
        call("GET", "/api/organizations/1/memberships"),
        200,
        page,
    )
    .await;
    answer(&server, call("GET", "/api/users/8/"), 200, user).await;
    let member = "/api/organizations/1/memberships/8/";
    answer(&server, call("DELETE", member), 204, json!(null)).await;
    let error = tool(&server)
        .remove(&"12".into(), &membership())
        .await
        .unwrap_err();
    assert_says(&error, &["still a member after the removal"]);
}

#[tokio::test]
async fn an_unreadable_member_leaves_absence_unproven() {
    let server = server("Community").await;
    let odd = json!({ "id": 8, "user": { "id": 8, "email": ["canary.maria@opentrain.work"] } });
    let page = json!({ "next": null, "results": [odd] });
    answer(
        &server,
        call("GET", "/api/organizations/1/memberships"),
        200,
        page,
    )
    .await;
    rotates(&server).await;
    let removed = tool(&server).remove(&"12".into(), &membership()).await;
    let error = removed.unwrap_err();
    assert_says(
        &error,
        &[
            "member 8: `user.email` should be a string",
            "correct this in the tool",
        ],
    );
}
