//! `bridge check` with CVAT: each fault with its fix.

use std::process::Command;

use serde_json::Value;
use simulator::{Fault, On, What};

use super::stage::{Stage, TEAM, TOKEN, play};

/// Findings of `bridge check --json` about faults of the tool.
async fn wrongs(s: &Stage, organization: &str, token: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
    command
        .args(["check", "--json"])
        .env_clear()
        .current_dir(folder.path())
        .env("OPENTRAIN_BASE_URL", s.opentrain.base_url())
        .env("OPENTRAIN_PARTNER_TOKEN", &s.customer.grant.token)
        .env("TOOL_BASE_URL", s.cvat.base_url())
        .envs([
            ("TOOL_KIND", "cvat"),
            ("TOOL_API_TOKEN", token),
            ("TOOL_ORG", organization),
        ]);
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    let run = run.await.unwrap();
    let found: Value = serde_json::from_slice(&run.stdout).unwrap();
    let wrong = found["findings"].as_array().unwrap().iter();
    let wrong = wrong.filter(|it| it["part"] == "tool" && it["state"] == "wrong");
    wrong
        .map(|it| format!("{} {}", it["finding"], it["fix"]))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_log_is_checked() {
    play(async |s| {
        s.cvat.stop_log();
        let told = wrongs(s, TEAM, TOKEN).await;
        assert!(told[0].contains("no event log to export"), "{told:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_is_named_with_its_fix() {
    play(async |s| {
        let (project, _) = s.job("Streets").await;
        assert_eq!(wrongs(s, TEAM, TOKEN).await, [""; 0]);
        let told = wrongs(s, TEAM, "canary-other").await;
        assert!(told[0].contains("refuses our token (401)"), "{told:?}");
        let told = wrongs(s, "crew", TOKEN).await;
        assert!(told[0].contains("set TOOL_ORG"), "{told:?}");
        s.cvat.set_role("supervisor");
        let told = wrongs(s, TEAM, TOKEN).await;
        assert!(
            told[0].contains("supervisor") && told[0].contains("make them a maintainer"),
            "{told:?}"
        );
        // An administrator needs no role.
        s.cvat.show_emails();
        assert_eq!(wrongs(s, TEAM, TOKEN).await, [""; 0]);
        s.cvat.set_role("maintainer");
        s.cvat.make_read_only();
        let told = wrongs(s, TEAM, TOKEN).await;
        assert!(told[0].contains("read-only"), "{told:?}");
        s.cvat.make_personal(project);
        let told = wrongs(s, TEAM, TOKEN).await;
        assert!(told[1].contains("move it there"), "{told:?}");
        s.cvat.fault(Fault::lasting(On::any(), What::Garbage));
        let told = wrongs(s, TEAM, TOKEN).await;
        assert!(
            told.len() >= 2
                && told
                    .iter()
                    .all(|it| it.contains("text/html") && it.contains("set TOOL_BASE_URL")),
            "{told:?}"
        );
        s.cvat.clear_faults();
    })
    .await;
}
