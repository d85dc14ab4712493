//! `bridge check` with a real doccano: each fault with its fix.

use std::process::Command;

use serde_json::Value;
use tools::DoccanoOptions;

use super::admin::User;
use super::stage::Stage;

/// The tool's findings of `bridge check --json`, as `state: text`.
pub(super) async fn check(stage: &Stage, base: &str, token: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
    command
        .args(["check", "--json"])
        .env_clear()
        .current_dir(folder.path())
        .env("BRIDGE_DB", stage.folder.path().join("bridge.db"))
        .env("OPENTRAIN_BASE_URL", stage.opentrain.base_url())
        .env("OPENTRAIN_PARTNER_TOKEN", &stage.customer.grant.token)
        .envs([
            ("TOOL_KIND", "doccano"),
            ("TOOL_BASE_URL", base),
            ("TOOL_API_TOKEN", token),
        ]);
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    let run = run.await.unwrap();
    let found: Value = serde_json::from_slice(&run.stdout).unwrap();
    let of_tool = found["findings"].as_array().unwrap().clone().into_iter();
    let of_tool = of_tool.filter(|it| it["part"] == "tool");
    let word = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    of_tool
        .map(|it| {
            format!(
                "{}: {} {}",
                word(&it["state"]),
                word(&it["finding"]),
                word(&it["fix"])
            )
        })
        .collect()
}

fn wrongs(findings: &[String]) -> Vec<&str> {
    let wrong = findings.iter().filter(|it| it.starts_with("wrong"));
    wrong.map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn each_fault_is_named_with_its_fix() {
    let stage = Stage::new(DoccanoOptions::default()).await;
    let project = stage.admin.project(1).await;
    stage.job(&project).await;
    let origin = stage.server.origin.clone();
    let good = check(&stage, &origin, &stage.admin.token).await;
    assert!(wrongs(&good).is_empty(), "{good:?}");
    assert!(
        good.iter()
            .any(|it| it.contains("(Street scenes): it can be read, and members can be removed")),
        "{good:?}"
    );
    assert!(
        good.iter()
            .any(|it| it.starts_with("note") && it.contains("an administrator has to set one")),
        "{good:?}"
    );

    let bad = check(&stage, &origin, "0123456789abcdef").await;
    assert!(
        wrongs(&bad)[0].contains("TOOL_API_TOKEN is the whole `key`"),
        "{bad:?}"
    );

    stage
        .admin
        .account("canary-x", "canary-x@example.org", "Own-1-of-them")
        .await;
    let annotator = User::log_in(&stage.server, "canary-x", "Own-1-of-them")
        .await
        .unwrap();
    let bad = check(&stage, &origin, &annotator.token).await;
    assert!(wrongs(&bad)[0].contains("make them a superuser"), "{bad:?}");
    assert!(
        wrongs(&bad)[1].contains("has to be a superuser, or staff"),
        "{bad:?}"
    );

    // A path of doccano's web page answers 200 with HTML.
    let bad = check(&stage, &format!("{origin}/projects"), &stage.admin.token).await;
    assert!(
        wrongs(&bad)
            .iter()
            .all(|it| it.contains("text/html") && it.contains("set TOOL_BASE_URL")),
        "{bad:?}"
    );
    assert!(!wrongs(&bad).is_empty());

    let path = format!("/projects/{}", project.id);
    assert_eq!(
        stage
            .admin
            .call(reqwest::Method::DELETE, &path, None)
            .await
            .0,
        204
    );
    let bad = check(&stage, &origin, &stage.admin.token).await;
    assert!(
        wrongs(&bad)[0].contains("no such project in the tool"),
        "{bad:?}"
    );
    stage.close().await;
}
