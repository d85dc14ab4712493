//! Error answers of OpenTrain: text and handling of the errors.

use std::time::Duration;

use shared::opentrain::{Code, Disposition, OpenTrainError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{call, client, new_endpoint, new_link, no};

pub(super) const TRANSIENT: Disposition = Disposition::Transient { after: None };

/// The error of listing links after this answer.
pub(super) async fn refused(answer: ResponseTemplate) -> OpenTrainError {
    let server = MockServer::start().await;
    call("GET", "/project-links")
        .respond_with(answer)
        .mount(&server)
        .await;
    client(&server).links().await.unwrap_err()
}

async fn refused_with(status: u16, code: &str) -> OpenTrainError {
    refused(ResponseTemplate::new(status).set_body_json(no(code, "Not so."))).await
}

#[tokio::test]
async fn each_status_has_a_fix() {
    let mut told = String::new();
    for (status, code) in [
        (400, "BAD_REQUEST"),
        (401, "UNAUTHORIZED"),
        (403, "FORBIDDEN"),
        (404, "NOT_FOUND"),
        (409, "CONFLICT"),
        (429, "RATE_LIMITED"),
        (500, "INTERNAL_ERROR"),
    ] {
        let error = refused_with(status, code).await.to_string();
        assert!(error.starts_with(&format!(
            "OpenTrain answered {status} {code} to GET /project-links: Not so (requestId req_7). "
        )));
        told.push_str(&format!(
            "{status}{}\n",
            error.split("(requestId req_7).").last().unwrap_or_default()
        ));
    }
    insta::assert_snapshot!(told, @r"
    400 OpenTrain refuses the request: a retry will not succeed.
    401 The token is dead or the install was revoked: have the customer consent again, and store the new token with `bridge connect --connection NAME`.
    403 This call needs the scope project-links:read, an active install and app, and the feature enabled for the employer. A scope that was added to the app reaches new installs only: run `bridge connect --connection NAME` again.
    404 OpenTrain knows no such project link: it was deleted, or it belongs to another install.
    409 It changed meanwhile: read the current state, then try again.
    429 There were too many requests: try again later.
    500 The call failed at OpenTrain: try again later. Sending it again is safe.
    ");
}

#[tokio::test]
async fn errors_are_handled_by_status_then_code_never_text() {
    for (status, code, expected) in [
        (400, "BAD_REQUEST", Disposition::Wrong),
        (401, "UNAUTHORIZED", Disposition::Operator),
        (401, "INTERNAL_ERROR", Disposition::Operator),
        (403, "FORBIDDEN", Disposition::Operator),
        (404, "NOT_FOUND", Disposition::Wrong),
        (409, "CONFLICT", Disposition::Wrong),
        (418, "RATE_LIMITED", TRANSIENT),
        (418, "UNAUTHORIZED", Disposition::Operator),
        (418, "TEAPOT", Disposition::Wrong),
        (429, "BAD_REQUEST", TRANSIENT),
        (500, "BAD_REQUEST", TRANSIENT),
        (503, "", TRANSIENT),
        // Without OpenTrain's code the answer is a proxy's, and states nothing about the request.
        (400, "", TRANSIENT),
        (401, "", Disposition::Operator),
        (403, "", Disposition::Operator),
        (404, "", TRANSIENT),
        (409, "", TRANSIENT),
    ] {
        let body = no(
            code,
            "unauthorized: internal error, rate limited, try again",
        );
        let error = refused(ResponseTemplate::new(status).set_body_json(body)).await;
        assert_eq!(error.disposition(), expected, "{status} {code}");
    }
}

#[tokio::test]
async fn the_parts_of_an_error_are_accessible() {
    let answer = ResponseTemplate::new(429)
        .insert_header("retry-after", "900")
        .set_body_json(no("NEW_CODE", "Slow down"));
    let error = refused(answer).await;
    assert_eq!(
        error.disposition(),
        Disposition::Transient {
            after: Some(Duration::from_secs(900))
        }
    );
    let OpenTrainError::Api {
        status,
        code,
        message,
        request_id,
        ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!((status, code), (429, Code::Other("NEW_CODE".into())));
    assert_eq!(
        (message.as_str(), request_id.as_deref()),
        ("Slow down", Some("req_7"))
    );
}

/// A server that answers everything with 403.
async fn forbidding() -> MockServer {
    let server = MockServer::start().await;
    let forbidden = ResponseTemplate::new(403).set_body_json(no("FORBIDDEN", "No"));
    Mock::given(any())
        .respond_with(forbidden)
        .mount(&server)
        .await;
    server
}

fn assert_names<T: std::fmt::Debug>(scope: &str, result: Result<T, OpenTrainError>) {
    let text = result.unwrap_err().to_string();
    assert!(
        text.contains(&format!("needs {scope},")) && text.contains("requestId req_7"),
        "{text}"
    );
}

#[tokio::test]
async fn each_call_about_work_names_its_scope() {
    let server = forbidding().await;
    let client = client(&server);
    let (contract, link) = ("ct_1".into(), "lnk_1".into());
    assert_names("a live token", client.install().await);
    assert_names(
        "the scope project-links:write",
        client.create_link(&new_link()).await,
    );
    assert_names("the scope project-links:read", client.links().await);
    assert_names("the scope project-links:read", client.link(&link).await);
    assert_names(
        "the scope project-links:write",
        client.delete_link(&link).await,
    );
    assert_names(
        "the scope contracts:read",
        client.contracts(&Default::default()).await,
    );
    assert_names(
        "the scope participants:read",
        client.participants(&contract).await,
    );
    assert_names("the scope contracts:read", client.budget(&contract).await);
    assert_names(
        "the scope usage:write",
        client
            .report_usage(&contract, &[])
            .await
            .map_err(|it| it.error),
    );
    assert_eq!(
        server.received_requests().await.unwrap().len(),
        9,
        "a 403 is not retried"
    );
}

#[tokio::test]
async fn each_call_about_webhooks_names_its_scope() {
    let server = forbidding().await;
    let client = client(&server);
    let (id, scope) = ("we_1".into(), "the scope webhooks:manage");
    assert_names(scope, client.create_endpoint(&new_endpoint()).await);
    assert_names(scope, client.endpoints().await);
    assert_names(scope, client.endpoint(&id).await);
    assert_names(
        scope,
        client.update_endpoint(&id, &Default::default()).await,
    );
    assert_names(scope, client.delete_endpoint(&id).await);
    assert_names(scope, client.redeliver(&id, None).await);
    assert_eq!(
        server.received_requests().await.unwrap().len(),
        6,
        "a 403 is not retried"
    );
}

#[tokio::test]
async fn an_error_without_opentrains_body_is_handled_by_its_status() {
    let page = ResponseTemplate::new(502).set_body_raw("<html>Bad Gateway</html>", "text/html");
    let error = refused(page).await;
    assert_eq!(error.disposition(), TRANSIENT);
    assert_eq!(
        error.to_string(),
        "OpenTrain answered 502 to GET /project-links. The call failed at OpenTrain: try again later. \
         Sending it again is safe."
    );
}

#[tokio::test]
async fn a_proxys_page_proves_nothing() {
    for status in [401, 403, 404] {
        let page = ResponseTemplate::new(status).set_body_raw("<html>No</html>", "text/html");
        let error = refused(page).await;
        assert!(!error.is_not_found() && !error.is_refusal(), "{error}");
        assert_eq!(
            error.to_string(),
            format!(
                "OpenTrain answered {status} to GET /project-links. The answer is not OpenTrain's, but for example a \
                 proxy's: check the network, the proxy and OPENTRAIN_BASE_URL. Sending it again is safe."
            )
        );
    }
    let known = refused_with(404, "NOT_FOUND").await;
    assert!(known.is_not_found());
    assert!(refused_with(401, "UNAUTHORIZED").await.is_refusal());
}

#[tokio::test]
async fn the_message_is_one_short_line() {
    let long = format!("a\u{1b}[2J\nb {}", "x".repeat(10_000));
    let error = refused(ResponseTemplate::new(404).set_body_json(no("NOT_FOUND", &long))).await;
    let OpenTrainError::Api { message, .. } = &error else {
        panic!("{error}")
    };
    assert!(
        message.starts_with("a [2J b x") && message.chars().count() == 301,
        "{message}"
    );
}
