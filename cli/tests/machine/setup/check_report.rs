//! `bridge check` beside a running bridge, and its file for a support request.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use simulator::ConsentOptions;

use super::ground::{Ground, PROJECT};
use super::whole_loop::Served;
use crate::common::listener::{answering, receiver};
use crate::common::wait::until;

/// The findings about one part: each with its state and its fix.
async fn findings(ground: &Ground, part: &str, env: &[(&str, &str)]) -> Vec<String> {
    let mut command = ground.command(&["check", "--json"]);
    command.envs(env.iter().copied());
    let run = ground.run(command, "").await;
    let found: Value = serde_json::from_str(&run.out).unwrap();
    let all = found["findings"].as_array().unwrap().clone();
    let own = all.into_iter().filter(|it| it["part"] == part);
    own.map(|it| {
        let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        format!("{} {} → {}", text("state"), text("finding"), text("fix"))
    })
    .collect()
}

#[track_caller]
fn has(found: &[String], texts: &[&str]) {
    for text in texts {
        assert!(
            found.iter().any(|it| it.contains(text)),
            "{text}: {found:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_running_bridge_is_compared_with_the_command() {
    let ground = Ground::connected().await;
    let served = Served::start_with(&ground, "127.0.0.1:0", &[("AUDIT_DAYS", "90")]);
    let found = findings(&ground, "bridge", &[("AUDIT_DAYS", "90")]).await;
    has(
        &found,
        &[
            "good `bridge serve` ",
            "good it has the same values as this command in ",
        ],
    );
    assert_eq!(found.len(), 2, "{found:?}");
    let found = findings(
        &ground,
        "bridge",
        &[("TOOL_API_TOKEN", "canary-another-token")],
    )
    .await;
    has(
        &found,
        &[
            "note the running bridge and this command have different values of AUDIT_DAYS (there: environment, here: default), TOOL_API_TOKEN (there: environment, here: environment)",
        ],
    );
    assert!(
        found
            .iter()
            .all(|it| !it.contains("canary") && !it.contains("90")),
        "{found:?}"
    );
    ground.search(&served.kill());
    let found = findings(&ground, "bridge", &[]).await;
    has(&found, &["note no bridge runs on this database"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_and_the_last_runs_are_shown() {
    let ground = Ground::connected().await;
    ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .done();
    assert_eq!(
        findings(&ground, "queue", &[]).await,
        Vec::<String>::new(),
        "no database"
    );
    let served = Served::start_with(&ground, "127.0.0.1:0", &[]);
    until("a reconcile has run", async || {
        let found = findings(&ground, "runs", &[]).await;
        found.iter().all(|it| it.starts_with("good")) && found.len() == 2
    })
    .await;
    let found = findings(&ground, "runs", &[]).await;
    has(
        &found,
        &["the last reconcile began ", "had work to report yet"],
    );
    ground
        .opentrain
        .hire(&ground.job, &ground.trainer())
        .unwrap();
    ground.bridge(&["reconcile"]).await.done();
    ground.bridge(&["usage"]).await.done();
    let found = findings(&ground, "runs", &[]).await;
    has(
        &found,
        &["the last usage report began ", "all work was reported"],
    );
    let found = findings(&ground, "queue", &[]).await;
    has(
        &found,
        &["good 0 messages: 0 waiting, 0 in process, 0 to be retried later; 0 dead letters"],
    );
    ground.search(&served.kill());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_differs_is_found() {
    let ground = Ground::connected().await;
    let found = findings(&ground, "clocks", &[]).await;
    has(
        &found,
        &["good OpenTrain's clock agrees with this machine's"],
    );
    let date = Some(("date", "Mon, 01 Jan 2024 00:00:00 GMT"));
    let other = answering(200, date, "{}").await;
    ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .done();
    let found = findings(&ground, "clocks", &[("TOOL_BASE_URL", &other)]).await;
    has(
        &found,
        &[
            "note the tool's clock is ",
            " s behind this machine's",
            "(NTP)",
        ],
    );
    let found = findings(&ground, "clocks", &[("OPENTRAIN_BASE_URL", &other)]).await;
    has(&found, &["wrong OpenTrain's clock is "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_no_names_and_no_secrets_and_replaces_no_file() {
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
    for name in ["127.0.0.1", folder.trim_end_matches('/')] {
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
