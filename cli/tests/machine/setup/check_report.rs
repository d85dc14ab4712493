//! The file of `bridge check` for a support request.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use simulator::ConsentOptions;

use super::ground::Ground;
use crate::common::listener::receiver;

/// Two connections and a project with names, a disabled endpoint, and an endpoint of a connection that is not stored.
/// Returns the reason that OpenTrain states.
async fn with_names() -> (Ground, String) {
    let ground = Ground::connected().await;
    ground.tool.create_project("canaries", "Canary of a title");
    let second = ground
        .opentrain
        .create_job(simulator::JobOptions::default());
    ground
        .bridge(&["link", "--job", &second, "--project", "canaries"])
        .await
        .done();
    ground.subscribe(&receiver("default").await).await.done();
    let grant = ground.opentrain.consent(ConsentOptions {
        organization: "org_globex".into(),
        ..ConsentOptions::default()
    });
    ground.connect("canary-customer", &grant.token).await.done();
    let id = ground.endpoints("default").remove(0);
    let disable = ["endpoints", "disable", &id, "--yes"];
    ground.bridge(&disable).await.done();
    let reason = ground.opentrain.endpoint(&id).unwrap().disabled_reason;
    // Without its secret, it can't be enabled again, and `check` looks for another endpoint.
    let text = std::fs::read_to_string(ground.connections()).unwrap();
    let text = text.replace(&format!("\"{id}\""), "\"whe_other\"");
    std::fs::write(ground.connections(), text).unwrap();
    let gone = serde_json::json!({
        "url": "https://bridge.example/hooks/canary-gone", "eventTypes": ["contract.started"],
    });
    ground
        .post(&ground.grant.token, "webhook-endpoints", &gone)
        .await;
    (ground, reason.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_no_names_and_no_secrets_and_replaces_no_file() {
    let (ground, reason) = with_names().await;
    let file = ground.path("support.txt");
    let args = ["check", "--report", file.to_str().unwrap()];
    let shown = ground.bridge(&args).await;
    assert!(
        shown.out.contains("canary-customer"),
        "the screen has names: {}",
        shown.out
    );
    assert!(shown.out.contains("Canary of a title"), "{}", shown.out);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    ground.search(&text);
    crate::common::canaries::assert_none_in(&text);
    let folder = ground.path("").display().to_string();
    assert!(shown.out.contains(&reason) && shown.out.contains("canary-gone"));
    for name in ["127.0.0.1", folder.trim_end_matches('/'), &reason] {
        assert!(!text.contains(name), "{name}: {text}");
    }
    for kept in [
        "connection `connection-1`",
        "/hooks/connection-1",
        "project `canaries` (…)",
        "TOOL_API_TOKEN: environment",
        "fix: ",
        concat!("bridge ", env!("CARGO_PKG_VERSION")),
        &ground.grant.install_id,
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    let lines = text.lines().filter(|it| {
        it.starts_with("good ") || it.starts_with("look ") || it.starts_with("wrong ")
    });
    let json = ground.bridge(&["check", "--json"]).await;
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(lines.count(), json["findings"].as_array().unwrap().len());

    let again = ground.bridge(&args).await.failed(2);
    assert!(
        again.contains("can't be created") && again.contains("--report"),
        "{again}"
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}
