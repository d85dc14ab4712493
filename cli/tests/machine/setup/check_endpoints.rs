//! `bridge check` finds what is wrong with webhook endpoints.

use std::time::Duration;

use simulator::{ConsentOptions, TrainerOptions};

use super::check::{set_up, subscribed_to, wrongs};
use super::ground::Ground;
use crate::common::listener::{answering, closed, receiver};

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_off_or_not_ours_is_found() {
    let ground = set_up().await;
    let id = ground.endpoints("default").remove(0);
    ground
        .bridge(&["endpoints", "disable", &id, "--yes"])
        .await
        .done();
    let wrong = wrongs(&ground).await;
    assert!(
        wrong.len() == 1
            && wrong[0].contains(&format!("bridge endpoints enable {id}"))
            && wrong[0].contains("by an operator of this bridge")
            && !wrong[0].contains("bridge subscribe"),
        "{wrong:?}"
    );
    ground.bridge(&["endpoints", "enable", &id]).await.done();
    // As after a crash between making it and storing its secret.
    let text = std::fs::read_to_string(ground.connections())
        .unwrap()
        .replace(&format!("\"{id}\""), "\"whe_other\"");
    std::fs::write(ground.connections(), text).unwrap();
    let wrong = wrongs(&ground).await;
    assert!(
        wrong[0].contains("its secret is not stored")
            && wrong[0].contains(&format!("bridge unsubscribe {id}")),
        "{wrong:?}"
    );
}

/// Ten deliveries have failed, so that OpenTrain has disabled the endpoint.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_failures_disabled_comes_back_by_itself() {
    let ground = subscribed_to(&format!("{}/hooks/default", closed().await)).await;
    let opentrain = &ground.opentrain;
    for _ in 0..10 {
        let trainer = opentrain.create_trainer(TrainerOptions::default()).unwrap();
        opentrain.hire(&ground.job, &trainer).unwrap();
    }
    opentrain.settle().await.unwrap();
    // Longer than all attempts of a delivery.
    for _ in 0..4 {
        opentrain.skip(Duration::from_secs(3 * 3600));
        opentrain.settle().await.unwrap();
    }
    let id = ground.endpoints("default").remove(0);
    let wrong = wrongs(&ground).await;
    let of_endpoint: Vec<_> = wrong.iter().filter(|it| it.contains(&id)).collect();
    assert!(
        of_endpoint.len() == 1
            && of_endpoint[0].contains("→ nothing: the next reconcile enables it")
            && of_endpoint[0].contains("`bridge reconcile`"),
        "{wrong:?}"
    );
    assert!(
        !wrong.iter().any(|it| it.contains("bridge subscribe")),
        "{wrong:?}"
    );
    ground.subscribe(&receiver("default").await).await.done();
    let wrong = wrongs(&ground).await;
    let unneeded = format!("bridge unsubscribe {id}");
    assert!(wrong.iter().any(|it| it.contains(&unneeded)), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_endpoints_of_all_connections_are_checked() {
    let ground = set_up().await;
    let grant = ground.opentrain.consent(ConsentOptions {
        organization: "org_globex".into(),
        ..ConsentOptions::default()
    });
    ground.connect("globex", &grant.token).await.done();
    let of_globex = |wrong: &[String]| {
        let own = wrong.iter().filter(|it| it.contains("connection `globex`"));
        own.cloned().collect::<Vec<_>>()
    };
    let wrong = of_globex(&wrongs(&ground).await);
    assert!(
        wrong.len() == 1 && wrong[0].contains("no enabled endpoint delivers to /hooks/globex"),
        "{wrong:?}"
    );
    let hook = receiver("globex").await;
    let subscribe = ["subscribe", "--url", &hook, "--connection", "globex"];
    ground.bridge(&subscribe).await.done();
    assert!(of_globex(&wrongs(&ground).await).is_empty());
    let id = ground.endpoints("globex").remove(0);
    let disable = [
        "endpoints",
        "disable",
        &id,
        "--yes",
        "--connection",
        "globex",
    ];
    ground.bridge(&disable).await.done();
    let wrong = of_globex(&wrongs(&ground).await);
    assert!(wrong[0].contains(&format!("{id} is disabled")), "{wrong:?}");
    let one = ["check", "--json", "--connection", "default"];
    let one = ground.bridge(&one).await.out;
    assert!(!one.contains("globex`:"), "{one}");
}

/// OpenTrain has an endpoint, and it delivers to another path.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_of_another_path_is_named() {
    let ground = Ground::connected().await;
    let made = serde_json::json!({
        "url": "https://bridge.example/webhooks", "eventTypes": ["contract.started"],
    });
    let token = &ground.grant.token;
    ground.post(token, "webhook-endpoints", &made).await;
    let wrong = wrongs(&ground).await;
    assert!(
        wrong[0].contains("delivers to https://bridge.example/webhooks"),
        "{wrong:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_that_is_not_finished_is_worth_a_look() {
    let ground = set_up().await;
    let old = ground.endpoints("default").remove(0);
    ground.subscribe(&receiver("default").await).await.done();
    let shown = ground.bridge(&["check"]).await.done();
    assert!(
        shown.contains("deliver the same events")
            && shown.contains(&format!("bridge unsubscribe {old}")),
        "{shown}"
    );
}

/// The secrets of two endpoints are lost with the file; a third one is made.
#[tokio::test(flavor = "multi_thread")]
async fn the_only_endpoint_that_works_is_not_one_to_delete() {
    let ground = set_up().await;
    ground.subscribe(&receiver("default").await).await.done();
    let lost = ground.endpoints("default");
    std::fs::remove_file(ground.connections()).unwrap();
    ground.connect("default", &ground.grant.token).await.done();
    ground.subscribe(&receiver("default").await).await.done();
    let works = ground.endpoints("default").remove(0);
    let checked = ground.bridge(&["check"]).await.out;
    let tells = |id: &str| checked.contains(&format!("bridge unsubscribe {id}"));
    assert!(lost.iter().all(|id| tells(id)), "{checked}");
    assert!(!tells(&works), "{checked}");
}

/// Each answer of another program than the bridge is a fault of its own.
#[tokio::test(flavor = "multi_thread")]
async fn what_answers_in_the_place_of_the_bridge_is_found() {
    let password = Some(("www-authenticate", "Basic realm=\"x\""));
    let elsewhere = Some(("location", "https://elsewhere.example/"));
    for (status, header, says, cure) in [
        (
            200,
            None,
            "signatures are not verified",
            "let the URL lead to the bridge",
        ),
        (
            401,
            password,
            "a request for a password",
            "without a password",
        ),
        (404, None, "404", "has the connection `default`"),
        (308, elsewhere, "308", "follow no redirect"),
        (500, None, "500", "read the log of `bridge serve`"),
    ] {
        let origin = answering(status, header, "{}").await;
        let ground = subscribed_to(&format!("{origin}/hooks/default")).await;
        let wrong = wrongs(&ground).await;
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(
            wrong[0].contains(says) && wrong[0].contains(cure),
            "{status}: {wrong:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_where_nothing_listens_is_found() {
    let ground = subscribed_to(&format!("{}/hooks/default", closed().await)).await;
    let wrong = wrongs(&ground).await;
    assert!(
        wrong.len() == 1
            && wrong[0].contains("nothing listens there")
            && wrong[0].contains("bridge serve"),
        "{wrong:?}"
    );
    // Plain http where the URL has https.
    let plain = receiver("default").await.replace("http://", "https://");
    let wrong = wrongs(&subscribed_to(&plain).await).await;
    assert!(
        wrong.len() == 1 && wrong[0].contains("TLS fails") && wrong[0].contains("public authority"),
        "{wrong:?}"
    );
}

/// Only the endpoints of this connection whose secret is stored are called.
#[tokio::test(flavor = "multi_thread")]
async fn the_endpoints_of_others_are_not_called() {
    let ground = set_up().await;
    let calls = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = format!("http://{}", calls.local_addr().unwrap());
    for path in ["/hooks/default", "/hooks/other", "/webhooks"] {
        let made = serde_json::json!({"url": format!("{other}{path}"), "eventTypes": ["contract.started"]});
        ground
            .post(&ground.grant.token, "webhook-endpoints", &made)
            .await;
    }
    ground.bridge(&["check"]).await.failed(1);
    let called = tokio::time::timeout(std::time::Duration::ZERO, calls.accept()).await;
    assert!(called.is_err(), "{called:?}");
}
