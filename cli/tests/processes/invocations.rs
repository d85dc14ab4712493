//! `bridge trigger --as`: the printed invocation is accepted by real intake.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::kit::{Bridge, Ground};
use crate::common::post::{Answer, Letter};
use crate::common::wait::until;

/// Posts the request in an invocation.
async fn post(ground: &Ground, bridge: &Bridge, invocation: &Value) -> Answer {
    let text = invocation["body"].as_str().unwrap();
    let body = match invocation["isBase64Encoded"].as_bool().unwrap() {
        true => BASE64_STANDARD.decode(text).unwrap(),
        false => text.as_bytes().to_vec(),
    };
    let headers = &invocation["headers"];
    assert_eq!(headers["content-length"], body.len().to_string());
    let header = |name: &str| headers[name].as_str().map(str::to_owned);
    let path = invocation["rawPath"].as_str().unwrap();
    let letter = Letter {
        url: format!("http://{}{path}", bridge.address),
        body,
        signature: header("x-opentrain-signature"),
        delivery: header("x-opentrain-delivery"),
    };
    letter.post(&ground.client).await
}

#[tokio::test]
async fn a_printed_invocation_is_freshly_signed_and_nothing_is_sent() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    // No server listens there, so sending would fail the command.
    let to = "http://127.0.0.1:1/hooks/default";
    for (form, is_base64) in [("apigw", false), ("apigw-base64", true)] {
        let args = ["trigger", "unknown-type", "--as", form, "--to", to];
        let printed = ground.run(&args).await;
        assert_eq!(printed.code, Some(0), "{}", printed.err);
        let printed: Value = serde_json::from_str(&printed.out).unwrap();
        assert_eq!(printed["isBase64Encoded"], is_base64);
        assert_eq!(printed["version"], "2.0");
        assert_eq!(printed["pathParameters"]["connection"], "default");
        let answer = post(&ground, &bridge, &printed).await;
        assert_eq!(answer.status, 202, "{form}: {}", answer.body);
    }
    until("both are worked off", async || {
        let connections = ground.status().await["connections"].clone();
        connections[0]["quarantined"].as_array().map(Vec::len) == Some(2)
    })
    .await;
}

/// The server's clock can't be changed, so files with a fixed signature are always expired.
#[tokio::test]
async fn the_stored_invocations_are_expired() {
    let ground = Ground::new().await;
    let mut serve = ground.command(&["serve"]);
    serve.env("OPENTRAIN_WEBHOOK_SECRET", "whsec_sample");
    let bridge = Bridge::start(serve);
    for kept in [
        include_str!("../../../events/apigw/contract.started.json"),
        include_str!("../../../events/apigw/contract.started-base64.json"),
    ] {
        let answer = post(&ground, &bridge, &serde_json::from_str(kept).unwrap()).await;
        assert_eq!(answer.status, 401, "{}", answer.body);
    }
}

#[tokio::test]
async fn an_unknown_form_is_refused_with_a_list_of_forms() {
    let ground = Ground::new().await;
    let run = ground
        .run(&["trigger", "contract.started", "--as", "alb"])
        .await;
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("apigw, apigw-base64"), "{}", run.err);
}
