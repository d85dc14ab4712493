//! Samples, seeds and the other options of a sandbox.

use reqwest::Method;
use serde_json::json;
use simulator::{EndpointStatus, Failures, Options, Samples};

use super::support::Market;
use crate::support::{Receiver, Scene, text};

fn seeded(seed: u64) -> Options {
    Options {
        samples: true,
        seed: Some(seed),
        ..Options::default()
    }
}

fn tokens(samples: &Samples) -> (String, String) {
    (
        samples.partner_token.clone(),
        samples.personal_token.clone(),
    )
}

/// The secret of the next endpoint, and a name and a code that are drawn.
async fn drawn(market: &Market) -> (String, String, String) {
    let samples = market.opentrain.samples().unwrap();
    let hook = json!({"url": "http://127.0.0.1:1/", "eventTypes": ["contract.started"]});
    let partner = &samples.partner_token;
    let path = "/webhook-endpoints";
    let (status, endpoint) = market
        .platform(Method::POST, partner, path, Some(hook))
        .await;
    assert_eq!(status, 201);
    let proposal = market.proposal(&samples.job_id).await;
    let path = format!("/proposals/{proposal}");
    let (_, proposal) = market.get(&samples.personal_token, &path).await;
    let name = text(&proposal["proposal"]["candidate"]["displayName"]);
    let (_, agent) = market.agent("/identity", json!({})).await;
    let claim = json!({"claim_token": agent["claim_token"], "email": "ann@acme.example"});
    let (_, claim) = market.agent("/identity/claim", claim).await;
    (text(&endpoint["secret"]), name, text(&claim["user_code"]))
}

#[tokio::test]
async fn a_seed_repeats_tokens_secrets_names_and_codes() {
    let first = Market::with_options(seeded(7)).await;
    let tokens_of = |market: &Market| tokens(&market.opentrain.samples().unwrap());
    let values = (tokens_of(&first), drawn(&first).await);
    let second = Market::with_options(seeded(7)).await;
    assert_eq!(values, (tokens_of(&second), drawn(&second).await));
    let other = Market::with_options(seeded(8)).await;
    let other = (tokens_of(&other), drawn(&other).await);
    assert_ne!(values.0.0, other.0.0);
    assert_ne!(values.0.1, other.0.1);
    assert_ne!(values.1.0, other.1.0);
    assert_ne!(values.1.1, other.1.1);
    assert_ne!(values.1.2, other.1.2);
}

#[tokio::test]
async fn a_reset_gives_back_the_samples() {
    let market = Market::with_options(seeded(1)).await;
    let before = (
        tokens(&market.opentrain.samples().unwrap()),
        drawn(&market).await,
    );
    market.done("/reset", json!({})).await;
    let after = (
        tokens(&market.opentrain.samples().unwrap()),
        drawn(&market).await,
    );
    assert_eq!(before, after);
}

#[tokio::test]
async fn an_account_has_no_card_if_the_option_says_so() {
    let options = Options {
        card_on_file: false,
        ..Options::default()
    };
    let market = Market::with_options(options).await;
    let (_, agent) = market.claimed("ann@acme.example").await;
    let job = market.job(&agent).await;
    let proposal = market.proposal(&job).await;
    let milestone = json!({"milestone": {"name": "First", "amount": 200}});
    let path = format!("/proposals/{proposal}/hire");
    let (status, answer) = market.post(&agent, &path, milestone).await;
    assert_eq!(status, 409);
    assert_eq!(answer["details"]["reason"], "payment_method_required");
}

#[tokio::test]
async fn ten_failed_attempts_disable_by_the_other_reading() {
    let options = Options {
        failures: Failures::Attempts,
        ..Options::default()
    };
    let scene = Scene::with(options).await;
    let receiver = Receiver::start().await;
    receiver.answer(500);
    let (id, _) = scene.api.subscribe(&receiver).await;
    for hires in [9, 1] {
        let endpoint = scene.opentrain.endpoint(&id).unwrap();
        assert_eq!(endpoint.status, EndpointStatus::Active);
        for _ in 0..hires {
            scene.hire();
        }
        scene.opentrain.settle().await.unwrap();
    }
    let endpoint = scene.opentrain.endpoint(&id).unwrap();
    assert_eq!(
        (endpoint.status, endpoint.consecutive_failures),
        (EndpointStatus::Disabled, 10)
    );
}
