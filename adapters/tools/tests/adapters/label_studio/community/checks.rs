//! What `bridge check` finds.

use super::*;

/// Any member can do that. Without a superuser the operator must enable them again.
#[tokio::test]
async fn disabled_tokens_are_named() {
    let server = MockServer::start().await;
    let off = json!({ "detail": "legacy token authentication has been disabled" });
    answer(&server, call("GET", "/api/version"), 401, off).await;
    let error = tool(&server).remove(&"12".into(), &membership()).await;
    let error = error.unwrap_err();
    assert!(is_operator(&error));
    assert_says(&error, &["API Tokens Settings", "TOOL_ADMIN_EMAIL"]);
}

#[tokio::test]
async fn an_open_sign_up_is_detected() {
    for (status, is_wrong) in [(200, true), (403, false)] {
        let server = server("Community").await;
        let organization = json!({ "id": 1, "created_by": 1 });
        answer(
            &server,
            call("GET", "/api/organizations/1"),
            200,
            organization,
        )
        .await;
        let settings = json!({ "api_tokens_enabled": true, "legacy_api_tokens_enabled": true });
        answer(&server, call("GET", "/api/jwt/settings"), 200, settings).await;
        let form = "<form id=\"signup-form\" method=\"post\"></form>";
        let page = |status| ResponseTemplate::new(status).set_body_raw(form, "text/html");
        let cookie = page(200).insert_header("set-cookie", "csrftoken=abc; Path=/");
        for (verb, answer) in [("GET", cookie), ("POST", page(status))] {
            let given = Mock::given(method(verb)).and(path("/user/signup/"));
            given.respond_with(answer).mount(&server).await;
        }
        let remarks = tool(&server).check().await;
        let wrong = remarks
            .iter()
            .filter(|it| it.grade == shared::tool::Grade::Wrong);
        let wrong: Vec<_> = wrong.map(|it| it.says.as_str()).collect();
        assert_eq!(!wrong.is_empty(), is_wrong, "{wrong:?}");
        if is_wrong {
            assert!(
                wrong[0].contains("sign up without an invitation"),
                "{wrong:?}"
            );
        }
    }
}
