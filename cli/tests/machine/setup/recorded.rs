//! The setup commands in the audit record.

use serde_json::Value;
use simulator::ConsentOptions;

use super::ground::{Ground, PROJECT};
use super::whole_loop::Served;

/// The rows of one kind.
async fn rows(ground: &Ground, event: &str) -> Vec<Value> {
    let audit = ground.bridge(&["audit", "--json"]).await.json();
    let rows = audit["entries"].as_array().unwrap().iter();
    rows.filter(|it| it["event"] == event).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_sets_up_is_recorded_once() {
    let ground = Ground::new().await;
    ground.tool.create_project("fields", "Fields");
    let served = Served::start_with(
        &ground,
        "127.0.0.1:0",
        &[("ONBOARD_URL", "http://127.0.0.1")],
    );
    ground.connect("default", &ground.grant.token).await.done();
    let connected = rows(&ground, "operator.connect").await;
    assert_eq!(connected.len(), 1, "{connected:?}");
    assert_eq!(connected[0]["target"], "default");
    assert!(connected[0]["actor"].as_str().unwrap().contains("uid "));

    let hook = format!("http://{}/hooks/default", served.address);
    ground.subscribe(&hook).await.done();
    assert_eq!(rows(&ground, "operator.subscribe").await[0]["target"], hook);
    ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .done();
    let linked = rows(&ground, "operator.link").await;
    assert_eq!(linked[0]["project"], PROJECT);

    // What is mistyped can be a name, and no row is ever changed.
    let mistyped = ["link", "--job", "person-typed", "--project", "fields"];
    assert_ne!(ground.bridge(&mistyped).await.code, 0);
    let mistyped = ["link", "--job", &ground.job, "--project", "person-typed"];
    assert_ne!(ground.bridge(&mistyped).await.code, 0);
    assert_eq!(rows(&ground, "operator.link").await.len(), 2);
    let all = ground.bridge(&["audit", "--json"]).await.done();
    assert!(!all.contains("person-typed"), "{all}");

    let grant = ground.opentrain.consent(ConsentOptions {
        organization: "org_globex".into(),
        ..ConsentOptions::default()
    });
    ground.connect("globex", &grant.token).await.done();
    assert_eq!(rows(&ground, "operator.connect").await.len(), 2);
    let twin = ground.connect("person-typed", &grant.token).await;
    assert!(twin.failed(2).contains("connected already"));
    assert_eq!(rows(&ground, "operator.connect").await.len(), 2);
    let allow = ["projects", "allow", "fields", "--connection", "globex"];
    ground.bridge(&allow).await.done();
    let given = rows(&ground, "operator.projects").await;
    assert_eq!(
        (given.len(), &given[0]["project"]),
        (1, &"fields".into()),
        "{given:?}"
    );
    assert_eq!(given[0]["target"], "globex");
    ground.search(&served.kill());
}

/// A running bridge may record the new install as soon as its token is stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_install_is_recorded_before_its_token_is_stored() {
    let ground = Ground::new().await;
    let served = Served::start_with(
        &ground,
        "127.0.0.1:0",
        &[("ONBOARD_URL", "http://127.0.0.1")],
    );
    ground.connect("default", &ground.grant.token).await.done();
    let hook = format!("http://{}/hooks/default", served.address);
    ground.subscribe(&hook).await.done();
    ground.bridge(&["reconcile"]).await.done();
    ground
        .opentrain
        .revoke_install(&ground.grant.install_id)
        .unwrap();
    let again = ground.opentrain.consent(ConsentOptions::default());
    ground.connect("default", &again.token).await.done();
    let audit = ground.bridge(&["audit", "--json"]).await.json();
    let events = audit["entries"].as_array().unwrap().iter();
    let events: Vec<_> = events.filter_map(|it| it["event"].as_str()).collect();
    let own =
        |it: &&&str| it.starts_with("operator.connect") || it.starts_with("operator.reconnect");
    let own: Vec<_> = events.iter().filter(own).copied().collect();
    assert_eq!(
        own,
        ["operator.connect", "operator.connect", "operator.reconnect"],
        "{events:?}"
    );
    ground.search(&served.kill());
}
