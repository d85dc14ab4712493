//! Functions, called in each of AWS's request formats, and the sample files.

use aws_local::Deviations;
use serde_json::{Value, json};
use shared::model::clock::{Clock, SystemClock};
use shared::queue::{Depth, Message, Queue};

use crate::story::world::{World, happening_now};

const BODY: &str = include_str!("../../../../events/webhook/contract.started.json");

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn http_api_function_url_and_load_balancer_pass_the_same_delivery() {
    let world = World::deploy(Deviations::default()).await;
    let webhook = world.deployment.function("webhook").unwrap();
    let signature = world.secret.sign(BODY.as_bytes(), SystemClock.now());
    for (door, request) in [
        (
            "HTTP API",
            http_api("/hooks/default", &signature, BODY, false),
        ),
        (
            "base64",
            http_api("/prod/hooks/default", &signature, &base64(BODY), true),
        ),
        ("load balancer", load_balancer(&signature)),
    ] {
        let answer = webhook.invoke(&request).await.unwrap();
        assert_eq!(answer["statusCode"], 202, "{door}: {answer}");
        let said: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(said["delivery"], "dlv_doors", "{door}");
    }
    world.opentrain.settle().await.unwrap();
    world.until_queue_is(Depth::default()).await;
    world.assert_nothing_leaks();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn refused_requests_have_a_reason_and_are_not_stored() {
    let world = World::deploy(Deviations::default()).await;
    let webhook = world.deployment.function("webhook").unwrap();
    let signature = world.secret.sign(BODY.as_bytes(), SystemClock.now());
    let large = "x".repeat(shared::webhook::MAX_BODY + 1);
    let mut get = http_api("/hooks/default", &signature, "", false);
    get["requestContext"]["http"]["method"] = "GET".into();
    let sample = include_str!("../../../../events/apigw/contract.started.json");
    for (what, request, status) in [
        (
            "another connection",
            http_api("/hooks/acme", &signature, BODY, false),
            404,
        ),
        (
            "another path",
            http_api("/elsewhere", &signature, BODY, false),
            404,
        ),
        ("a question", get, 405),
        (
            "a large body",
            http_api("/hooks/default", &signature, &large, false),
            413,
        ),
        (
            "a changed body",
            http_api("/hooks/default", &signature, "{}", false),
            401,
        ),
        ("an old sample", serde_json::from_str(sample).unwrap(), 401),
    ] {
        let answer = webhook.invoke(&request).await.unwrap();
        assert_eq!(answer["statusCode"], status, "{what}: {answer}");
        let said: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert!(
            said["error"].as_str().is_some_and(|text| text.len() > 20),
            "{what}: {said}"
        );
    }
    assert_eq!(world.queue.depth().await.unwrap(), Depth::default());
    world.assert_nothing_leaks();
}

/// The sample batches contain messages that are in no queue. Finished messages are omitted from the answer, and
/// messages to redeliver are named.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_batch_names_only_failed_messages() {
    let world = World::deploy(Deviations::default()).await;
    world.tool.create_project("street-scenes-2", "More");
    let provisioner = world.deployment.function("provisioner").unwrap();
    let files = [
        (include_str!("../../../../events/queue/good.json"), 0),
        (include_str!("../../../../events/queue/duplicate.json"), 0),
        (include_str!("../../../../events/queue/mixed.json"), 1),
        (include_str!("../../../../events/queue/malformed.json"), 2),
    ];
    for (file, failures) in files {
        let batch: Value = serde_json::from_str(file).unwrap();
        let answer = provisioner.invoke(&batch).await.unwrap();
        let failed = answer["batchItemFailures"].as_array().unwrap();
        assert_eq!(failed.len(), failures, "{answer} for {batch}");
        for item in failed {
            let id = &item["itemIdentifier"];
            let record = batch["Records"].as_array().unwrap().iter();
            let record = record.into_iter().find(|it| &it["messageId"] == id);
            let body = record.unwrap()["body"].as_str().unwrap();
            let unread = Message::decode(body).is_err();
            assert!(unread, "only what can't be read failed: {body}");
        }
    }
    assert!(provisioner.output().metric("Duplicates") >= 1);
    let no_fifo = json!({ "Records": [{ "messageId": "m1", "receiptHandle": "r1", "body": "{}", "attributes": {} }] });
    let refused = provisioner.invoke(&no_fifo).await.unwrap_err();
    assert!(refused.to_string().contains("FIFO"), "{refused}");
}

/// A message of the retry queue is only moved to its group, and processed there like any other.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_batch_of_the_retry_queue_is_moved_to_its_groups() {
    let world = World::deploy(Deviations::default()).await;
    let provisioner = world.deployment.function("provisioner").unwrap();
    let file = include_str!("../../../../events/retry/due.json");
    let own = world.deployment.template().queue_of("RetryQueue").unwrap();
    let file = happening_now(file).replace("opentrain-bridge-retry", &own.name);
    let batch: Value = serde_json::from_str(&file).unwrap();
    let answer = provisioner.invoke(&batch).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]));
    world.until_all_in(&["usr_maria"]).await;
    world.until_queue_is(Depth::default()).await;
    world.assert_nothing_leaks();
}

fn http_api(path: &str, signature: &str, body: &str, encoded: bool) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers(signature),
        "requestContext": {
            "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1" },
            "stage": "$default",
            "timeEpoch": 0,
        },
        "body": body,
        "isBase64Encoded": encoded,
    })
}

fn load_balancer(signature: &str) -> Value {
    json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/t/1" } },
        "httpMethod": "POST",
        "path": "/hooks/default",
        "queryStringParameters": {},
        "headers": headers(signature),
        "body": BODY,
        "isBase64Encoded": false,
    })
}

fn headers(signature: &str) -> Value {
    json!({
        "content-type": "application/json",
        "x-opentrain-delivery": "dlv_doors",
        "x-opentrain-signature": signature,
    })
}

fn base64(text: &str) -> String {
    aws_smithy_types::base64::encode(text)
}
