//! The function, invoked in the form of each service.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

use std::sync::Arc;

use lambda_http::{Context, LambdaEvent};
use serde::Serialize;
use serde_json::{Map, Value, json};
use shared::connection::Connection;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::signature::WebhookSecret;
use shared::opentrain::{Options, PlatformClient};
use shared::queue::{Limits, Queue, SqliteQueue};
use shared::sqlite::Database;
use shared::webhook::Intake;
use webhook::{NotHttp, Webhook};

const BODY: &str = include_str!("../../../events/webhook/contract.started.json");

/// The function over a queue of its own.
struct Function {
    webhook: Webhook,
    queue: Arc<SqliteQueue>,
    secret: WebhookSecret,
    _folder: tempfile::TempDir,
}

impl Function {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path().join("queue.db")).unwrap();
        let queue = SqliteQueue::new(database, Arc::new(SystemClock), Limits::default());
        let queue = Arc::new(queue);
        let secret = WebhookSecret::new("whsec_1").unwrap();
        let connection = Connection {
            name: ConnectionName::default(),
            secrets: vec![secret.clone()],
            platform: PlatformClient::new("http://127.0.0.1:1", &"none".into(), Options::default())
                .unwrap(),
            projects: None,
        };
        let connections = [connection].into_iter().collect();
        let intake = Intake::new(connections, Arc::clone(&queue) as _, Arc::new(SystemClock));
        Self {
            webhook: Webhook::new(intake),
            queue,
            secret,
            _folder: folder,
        }
    }

    async fn invoke(&self, event: Value) -> Value {
        json!(self.answer(event).await.unwrap())
    }

    async fn answer(&self, event: Value) -> Result<impl Serialize, NotHttp> {
        let event = LambdaEvent::new(event, Context::default());
        self.webhook.answer(event).await
    }

    fn signature(&self) -> String {
        self.secret.sign(BODY.as_bytes(), SystemClock.now())
    }

    async fn waiting(&self) -> u64 {
        self.queue.depth().await.unwrap().waiting
    }
}

fn http_api(path: &str, headers: Value) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "POST /hooks/{connection}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1" },
            "stage": "$default",
        },
        "body": BODY,
        "isBase64Encoded": false,
    })
}

/// As a REST API sends it: both maps of headers, names as the client wrote them.
fn rest_api(path: &str, lines: &[&str]) -> Value {
    json!({
        "resource": "/hooks/{connection}",
        "path": path,
        "httpMethod": "POST",
        "headers": { "X-OpenTrain-Signature": lines.last(), "X-OpenTrain-Delivery": "dlv_1" },
        "multiValueHeaders": { "X-OpenTrain-Signature": lines, "X-OpenTrain-Delivery": ["dlv_1"] },
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": { "connection": "default" },
        "stageVariables": null,
        "requestContext": { "stage": "prod", "path": format!("/prod{path}"), "httpMethod": "POST", "identity": {} },
        "body": BODY,
        "isBase64Encoded": false,
    })
}

fn load_balancer(headers: Map<String, Value>) -> Value {
    let mut event = json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/t/1" } },
        "httpMethod": "POST",
        "path": "/hooks/default",
        "queryStringParameters": {},
        "body": BODY,
        "isBase64Encoded": false,
    });
    event.as_object_mut().unwrap().extend(headers);
    event
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn every_service_delivers() {
    let function = Function::start();
    let signature = function.signature();
    let (t, v1) = signature.split_once(',').unwrap();
    let forged = format!("{t},v1={}", "0".repeat(64));
    let headers = json!({ "x-opentrain-signature": signature, "x-opentrain-delivery": "dlv_1" });
    let mut encoded = http_api("/prod/hooks/default/", headers.clone());
    encoded["body"] = base64_of(BODY).into();
    encoded["isBase64Encoded"] = true.into();
    let joined = json!({ "x-opentrain-signature": format!("{forged}, {signature}") });
    let many = json!({ "multiValueHeaders": { "x-opentrain-signature": [t, v1] } });
    for (what, event) in [
        ("HTTP API", http_api("/hooks/default", headers.clone())),
        ("a stage, and base64", encoded),
        ("two lines, joined", http_api("//hooks/default", joined)),
        ("REST API", rest_api("/hooks/default", &[&signature])),
        (
            "two lines",
            rest_api("/v1/hooks/default", &[&signature, &forged]),
        ),
        (
            "load balancer",
            load_balancer(object(json!({ "headers": headers }))),
        ),
        ("load balancer, multi-value", load_balancer(object(many))),
    ] {
        let answer = function.invoke(event).await;
        assert_eq!(answer["statusCode"], 202, "{what}: {answer}");
        let lines = ["headers", "multiValueHeaders"].map(|map| &answer[map]["content-type"]);
        let is_json =
            |line: &&Value| **line == "application/json" || **line == json!(["application/json"]);
        assert!(lines.iter().any(is_json), "{what}: {answer}");
        let said: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert!(said["message"].is_string(), "{what}: {answer}");
    }
    assert_eq!(function.waiting().await, 1, "all of them are one delivery");
}

/// A load balancer that sends multi-value headers accepts no other form.
#[tokio::test]
async fn an_answer_has_the_form_of_its_request() {
    let function = Function::start();
    let many = object(json!({ "multiValueHeaders": {} }));
    let answer = function.invoke(load_balancer(many)).await;
    assert_eq!(answer["statusCode"], 401);
    assert_eq!(
        answer["multiValueHeaders"]["content-type"],
        json!(["application/json"])
    );
    let answer = function.invoke(rest_api("/hooks/default", &[])).await;
    assert_eq!(answer["statusCode"], 401);
    assert_eq!(
        answer["multiValueHeaders"]["content-type"],
        json!(["application/json"])
    );
    let answer = function.invoke(http_api("/hooks/default", json!({}))).await;
    assert_eq!(answer["statusCode"], 401);
    assert_eq!(answer["headers"]["content-type"], "application/json");
}

/// Requests that unknown senders can make. With `panic = "abort"` a panic would end the process.
#[tokio::test]
async fn no_request_ends_the_process() {
    let function = Function::start();
    let signature = function.signature();
    let with = |name: &str, value: &str| {
        let headers = json!({ "x-opentrain-signature": signature, name: value });
        http_api("/hooks/default", headers)
    };
    let mut queries = ["a=<b>", "\"", "a b", "\u{7f}"].map(|query| {
        let mut event = with("host", "x.example");
        event["rawQueryString"] = query.into();
        event
    });
    let hosts = ["a b", "%zz", "x:99999", "[::1", ""].map(|host| with("host", host));
    let proto = with("x-forwarded-proto", "ht tp");
    let mut no_base64 = with("x-note", "");
    no_base64["isBase64Encoded"] = true.into();
    no_base64["body"] = "%%".into();
    assert_eq!(function.invoke(no_base64).await["statusCode"], 401);
    let mut odd_path = with("x-note", "");
    for path in [
        "",
        "hooks/default",
        "/hooks/\"<ü> %zz?#",
        "//",
        &"/x".repeat(40_000),
    ] {
        odd_path["rawPath"] = path.into();
        let answer = function.invoke(odd_path.clone()).await;
        assert_eq!(answer["statusCode"], 404, "{path:.20}");
    }
    let unusual = ["x-note", "x-opentrain-delivery"].map(|name| with(name, "caf\u{e9}\n"));
    for event in hosts
        .into_iter()
        .chain(queries.iter_mut().map(Value::take))
        .chain(unusual)
        .chain([proto])
    {
        let answer = function.invoke(event.clone()).await;
        assert_eq!(answer["statusCode"], 202, "{event}");
    }
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let function = Function::start();
    let signature = function.signature();
    let headers = json!({ "x-opentrain-signature": signature });
    let mut get = http_api("/hooks/default", headers.clone());
    get["requestContext"]["http"]["method"] = "GET".into();
    let mut empty = http_api("/hooks/default", headers.clone());
    empty["body"] = Value::Null;
    for (what, event, status) in [
        (
            "another connection",
            http_api("/hooks/acme", headers.clone()),
            404,
        ),
        ("another path", http_api("/default", headers.clone()), 404),
        ("a question", get, 405),
        ("no body", empty, 401),
        ("no signature", http_api("/hooks/default", Value::Null), 401),
    ] {
        let answer = function.invoke(event).await;
        assert_eq!(answer["statusCode"], status, "{what}: {answer}");
        let said: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert!(
            said["error"].as_str().is_some_and(|text| text.len() > 20),
            "{what}"
        );
    }
    assert_eq!(function.waiting().await, 0);
}

#[tokio::test]
async fn an_event_that_is_no_http_request_is_an_error_that_says_so() {
    let function = Function::start();
    for event in [
        json!({}),
        json!({ "Records": [] }),
        json!("text"),
        json!({ "version": "2.0", "path": "/hooks/default", "method": "POST", "requestContext": { "serviceArn": "arn" } }),
    ] {
        let error = function.answer(event).await.err().unwrap().to_string();
        assert!(
            error.contains("REST API") && error.contains("load balancer"),
            "{error}"
        );
    }
}

fn base64_of(text: &str) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(text)
}
