use serde_json::json;
use simulator::{EndpointStatus, Fault, On, What};

use crate::setup::ground::Ground;

const HOOK: &str = "https://bridge.example/hooks/default";

#[tokio::test(flavor = "multi_thread")]
async fn they_are_shown_switched_off_and_on() {
    let ground = Ground::connected().await;
    assert!(
        ground
            .bridge(&["endpoints"])
            .await
            .done()
            .contains("No endpoint yet")
    );
    ground.subscribe(HOOK).await.done();
    let id = ground.endpoints("default").remove(0);
    let shown = ground.bridge(&["endpoints"]).await.done();
    assert!(
        shown.contains(&id)
            && shown.contains(HOOK)
            && shown.contains("active")
            && shown.contains("stored"),
        "{shown}"
    );
    ground
        .bridge(&["endpoints", "disable", &id, "--yes"])
        .await
        .done();
    assert_eq!(
        ground.opentrain.endpoints()[0].status,
        EndpointStatus::Disabled
    );
    assert!(
        ground
            .bridge(&["endpoints"])
            .await
            .done()
            .contains("disabled: ")
    );
    let asked = ground.bridge(&["endpoints", "redeliver", &id]).await.done();
    assert!(
        asked.contains("0 deliveries") && asked.contains("the endpoint is disabled"),
        "{asked}"
    );
    let enabled = ground
        .bridge(&["endpoints", "enable", &id, "--json"])
        .await
        .json();
    assert_eq!(
        (
            &enabled["endpoint"]["status"],
            &enabled["endpoint"]["secretStored"]
        ),
        (&json!("ACTIVE"), &json!(true))
    );
    assert_eq!(
        ground.opentrain.endpoints()[0].status,
        EndpointStatus::Active
    );
    ground.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_delivery_or_all_failed_ones_are_asked_for_again() {
    let ground = Ground::connected().await;
    // No process listens there, so the delivery fails.
    ground
        .subscribe("http://127.0.0.1:1/hooks/default")
        .await
        .done();
    let id = ground.endpoints("default").remove(0);
    ground
        .bridge(&["link", "--job", &ground.job, "--project", "streets"])
        .await
        .done();
    ground
        .bridge(&["endpoints", "disable", &id, "--yes"])
        .await
        .done();
    ground
        .opentrain
        .until(|it| it.deliveries().len() == 1)
        .await
        .unwrap();
    let delivery = ground.opentrain.deliveries()[0].id.clone();
    ground
        .bridge(&["endpoints", "--json", "enable", &id])
        .await
        .json();
    let one = ground
        .bridge(&[
            "endpoints",
            "redeliver",
            &id,
            "--delivery",
            &delivery,
            "--json",
        ])
        .await
        .json();
    assert_eq!(one["requeued"], 1);
    let none = ground
        .bridge(&["endpoints", "redeliver", &id, "--delivery", "dlv_none"])
        .await
        .failed(1);
    assert!(
        none.contains("no such webhook endpoint or delivery"),
        "{none}"
    );
    let none = ground
        .bridge(&["endpoints", "enable", "whe_none"])
        .await
        .failed(1);
    assert!(none.contains("404"), "{none}");
    ground.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opentrain_that_is_down_says_so() {
    let ground = Ground::connected().await;
    ground
        .opentrain
        .fault(Fault::lasting(On::any(), What::status(503)));
    let down = ground.bridge(&["endpoints"]).await.failed(1);
    assert!(
        down.contains("503") && down.contains("try again later"),
        "{down}"
    );
}
