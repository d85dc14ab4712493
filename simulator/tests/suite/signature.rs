//! The signature, checked by an independent verifier.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::support::{Receiver, Scene};

fn verify(secret: &str, header: &str, body: &[u8]) -> Option<i64> {
    let (t, v1) = header.split_once(",v1=")?;
    let t = t.strip_prefix("t=")?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update([t.as_bytes(), b".", body].concat().as_slice());
    mac.verify_slice(&hex::decode(v1).ok()?).ok()?;
    t.parse().ok()
}

/// Two independent vectors prove that the verifier is right.
#[test]
fn the_verifier_knows_the_vectors() {
    let secret = "whsec_3f9c2b7d51e84a60";
    let body = br#"{"id":"1042","type":"contract.started","apiVersion":"v1","createdAt":"2026-06-12T10:00:00.000Z","resourceId":"ctr_81","jobId":"job_7","data":{}}"#;
    let header = "t=1781258400,v1=91e912407687286c4d63a39f54b634b2c324e8703c8fdf91f5d8ec49a5acdf70";
    assert_eq!(verify(secret, header, body), Some(1_781_258_400));
    assert_eq!(verify(secret, header, b"{}"), None);
    let empty = "t=1781258400,v1=2bd259404e7256c327be749e671223bc7ea5154cb6bc6af3c5c75981b2a91e20";
    assert_eq!(verify(secret, empty, b""), Some(1_781_258_400));
}

#[tokio::test]
async fn deliveries_are_signed_with_the_endpoints_secret() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    let (_, secret) = scene.api.subscribe(&receiver).await;
    scene.hire();
    // The schedule is far ahead, but the signature uses the clock.
    scene.opentrain.skip(crate::support::minutes(100_000));
    scene.opentrain.settle().await.unwrap();
    let received = &receiver.received()[0];
    let header = received.header("x-opentrain-signature");
    let at = verify(&secret, header, &received.body).unwrap();
    assert!((scene.opentrain.now().as_second() - at).abs() < 60);
    assert_eq!(verify("whsec_other", header, &received.body), None);
    assert_eq!(verify(&secret, header, b"{}"), None);
}
