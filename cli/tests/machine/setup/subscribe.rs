use std::fs;

use simulator::{Endpoint, EndpointStatus, EventType, Fault, What};

use crate::setup::ground::Ground;

const HOOK: &str = "https://bridge.example/hooks/default";

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_stored_and_never_shown() {
    let ground = Ground::connected().await;
    let shown = ground.subscribe(HOOK).await.done();
    let endpoints = ground.opentrain.endpoints();
    assert_eq!((endpoints.len(), endpoints[0].url.as_str()), (1, HOOK));
    assert_eq!(endpoints[0].event_types.len(), EventType::ALL.len());
    assert!(
        shown.contains(&endpoints[0].id) && shown.contains("8 events"),
        "{shown}"
    );
    let own = ground.kept()["connections"]["default"].clone();
    assert!(
        own["webhooks"][0]["secret"]
            .as_str()
            .unwrap()
            .starts_with("whsec_")
    );
    assert_eq!(own["token"], ground.grant.token, "the token is still there");
    assert!(
        ground.canaries() >= 3,
        "the secret is one of what is searched for"
    );
    ground.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_one_rolls_the_secret_until_the_first_is_unsubscribed() {
    let ground = Ground::connected().await;
    ground.subscribe(HOOK).await.done();
    let old = ground.endpoints("default").remove(0);
    let shown = ground.subscribe(HOOK).await.done();
    assert!(
        shown.contains("Rotation") && shown.contains(&format!("bridge unsubscribe {old}")),
        "{shown}"
    );
    let kept = ground.endpoints("default");
    assert_eq!((kept.len(), &kept[1]), (2, &old), "newest first");
    ground.bridge(&["unsubscribe", &old, "--yes"]).await.done();
    assert_eq!(ground.endpoints("default"), kept[..1]);
    assert_eq!(ground.opentrain.endpoints().len(), 1);
    let last = ground
        .bridge(&["unsubscribe", &kept[0], "--yes"])
        .await
        .done();
    assert!(
        last.contains("deliveries are refused until `bridge subscribe`"),
        "{last}"
    );
    assert!(
        ground
            .bridge(&["unsubscribe", &kept[0], "--yes"])
            .await
            .failed(1)
            .contains("no such webhook endpoint")
    );
    ground.close();
}

/// Another client has deleted the endpoint. Its stored secret can still be deleted.
#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_an_endpoint_that_is_gone_can_be_forgotten() {
    let ground = Ground::connected().await;
    ground.subscribe(HOOK).await.done();
    let id = ground.endpoints("default").remove(0);
    ground
        .opentrain
        .fault(Fault::times(1, Endpoint::DeleteWebhook, What::status(404)));
    ground.bridge(&["unsubscribe", &id, "--yes"]).await.done();
    assert!(ground.endpoints("default").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_whose_secret_cannot_be_stored_is_deleted_again() {
    let ground = Ground::connected().await;
    let before = fs::read(ground.connections()).unwrap();
    // Where the new file would be written there is a folder, and it is not empty.
    fs::create_dir_all(ground.path("connections.json.new/in-the-way")).unwrap();
    let refused = ground.subscribe(HOOK).await.failed(1);
    assert!(
        refused.contains("the secret could not be stored, and the endpoint")
            && refused.contains("was deleted again"),
        "{refused}"
    );
    assert!(ground.opentrain.endpoints().is_empty());
    ground
        .opentrain
        .fault(Fault::lasting(Endpoint::DeleteWebhook, What::status(403)));
    let refused = ground.subscribe(HOOK).await.failed(1);
    let left = ground.opentrain.endpoints().remove(0);
    assert!(
        refused.contains("could not be deleted either")
            && refused.contains(&format!("bridge unsubscribe {}", left.id)),
        "{refused}"
    );
    assert_eq!(fs::read(ground.connections()).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_says_that_an_endpoint_may_be_left() {
    let ground = Ground::connected().await;
    ground.opentrain.fault(Fault::times(
        1,
        Endpoint::CreateWebhook,
        What::DropConnectionAfterWrite,
    ));
    let refused = ground.subscribe(HOOK).await.failed(1);
    assert!(
        refused.contains("bridge endpoints") && refused.contains("its secret is lost"),
        "{refused}"
    );
    let left = ground.opentrain.endpoints().remove(0);
    assert_eq!(left.status, EndpointStatus::Active);
    let listed = ground.bridge(&["endpoints"]).await.done();
    assert!(
        listed.contains(&left.id) && listed.contains("not stored here"),
        "{listed}"
    );
    ground
        .bridge(&["unsubscribe", &left.id, "--yes"])
        .await
        .done();
    assert!(ground.opentrain.endpoints().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_would_not_work_is_explained_before_it_is_sent() {
    let ground = Ground::connected().await;
    for (url, says) in [
        ("http://bridge.example/hooks/default", "write https://"),
        ("https://bridge.example/hooks/acme", "/hooks/default"),
        ("https://bridge.example/", "/hooks/default"),
        ("bridge.example/hooks/default", "not an absolute URL"),
        ("https://me:pw@bridge.example/hooks/default", "remove it"),
        ("https://bridge.example/webhooks/default", "/hooks/default"),
        ("https://bridge.example/hooks/Default", "/hooks/default"),
        ("https://bridge.example/hooks/default#x", "`#`"),
    ] {
        let refused = ground.subscribe(url).await.failed(2);
        assert!(refused.contains(says), "{url}: {refused}");
    }
    let refused = ground
        .bridge(&[
            "subscribe",
            "--url",
            HOOK,
            "--events",
            "contract.started,contract.gone",
        ])
        .await
        .failed(2);
    assert!(refused.contains("contract.gone"), "{refused}");
    assert!(
        !ground
            .opentrain
            .requests()
            .contains_key(&Endpoint::CreateWebhook)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_events_says_what_is_left_out() {
    let ground = Ground::connected().await;
    let shown = ground
        .bridge(&[
            "subscribe",
            "--url",
            HOOK,
            "--events",
            "contract.started,contract.ended",
        ])
        .await
        .done();
    assert!(
        shown.contains("Left out:")
            && shown.contains("install.revoked")
            && !shown.contains("contract.ended,"),
        "{shown}"
    );
    assert_eq!(
        ground.opentrain.endpoints()[0].event_types,
        [EventType::ContractStarted, EventType::ContractEnded]
    );
}

/// A bridge with that variable would never use the stored secret.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_environment_stands_in_the_way_of_a_stored_one() {
    let ground = Ground::connected().await;
    let mut command = ground.command(&["subscribe", "--url", HOOK]);
    command.env("OPENTRAIN_WEBHOOK_SECRET", "whsec_canary");
    let refused = ground.run(command, "").await.failed(2);
    assert!(
        refused.contains("OPENTRAIN_WEBHOOK_SECRET is set"),
        "{refused}"
    );
    assert!(ground.opentrain.endpoints().is_empty());
}
