//! Invalid settings: all of them are reported at once, with their fixes and without their values.

use std::process::Command;

use shared::config::SETTINGS;

use super::kit::{Bridge, Ground, Run, bare, run};

#[tokio::test]
async fn all_missing_settings_are_reported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(bare(folder.path(), &["serve"])).await;
    assert_eq!(run.code, Some(2));
    for name in ["TOOL_KIND", "TOOL_BASE_URL", "TOOL_API_TOKEN"] {
        assert!(
            run.err.contains(&format!("{name}: it is not set")),
            "{name}: {}",
            run.err
        );
    }
    assert!(
        std::fs::read_dir(folder.path()).unwrap().next().is_none(),
        "nothing may be made"
    );
}

/// Each with an invalid value, including secrets in the wrong setting.
#[tokio::test]
async fn all_invalid_settings_are_reported_at_once_without_possible_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = [
        ("OPENTRAIN_BASE_URL", "whsec_canary"),
        ("OPENTRAIN_PARTNER_TOKEN", "canary with spaces\u{7f}"),
        ("OPENTRAIN_WEBHOOK_SECRET", " , ,"),
        ("TOOL_KIND", "excel"),
        ("TOOL_BASE_URL", "http://canary:canary@tool.example"),
        ("TOOL_API_TOKEN", "canary\u{7}"),
        ("ON_LINK_REMOVED", "delete"),
        ("ON_INSTALL_REVOKED", "yes"),
        ("BRIDGE_LISTEN", "here"),
        ("BRIDGE_LOG", "loud"),
    ];
    let mut command = bare(folder.path(), &["serve"]);
    command.envs(wrong);
    let run = run(command).await;
    assert_eq!(run.code, Some(2), "{}", run.err);
    for (name, _) in wrong {
        let at = run
            .err
            .find(&format!("\n  {name}: "))
            .unwrap_or_else(|| panic!("{name} is not reported: {}", run.err));
        let mut lines = run.err[at + 1..].lines();
        let cure = lines.nth(1).unwrap_or_default();
        assert!(
            cure.starts_with("      ") && cure.trim().len() > 8,
            "{name} has no cure: {cure:?}"
        );
    }
}

#[tokio::test]
async fn an_invalid_log_setting_is_reported_first() {
    let ground = Ground::new().await;
    for (name, value, cure) in [
        ("BRIDGE_LOG", "a=b=c", "set it to error, warn, info, debug"),
        ("BRIDGE_LOG", "loud", "set it to error, warn, info, debug"),
        (
            "BRIDGE_LOG",
            "info,loud",
            "set it to error, warn, info, debug",
        ),
        ("BRIDGE_LOG_FORMAT", "xml", "set it to `text` or `json`"),
    ] {
        let mut command = ground.command(&["serve"]);
        command.env(name, value);
        let run = run(command).await;
        assert_eq!(run.code, Some(2));
        assert!(
            run.err.contains(name) && run.err.contains(cure),
            "{}",
            run.err
        );
    }
}

/// Asserts exit code 2 and this message.
fn assert_misused(run: &Run, says: &[&str]) {
    assert_eq!(run.code, Some(2), "{}", run.err);
    for text in says {
        assert!(run.err.contains(text), "{text:?} is not in: {}", run.err);
    }
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_reported_and_not_changed() {
    let ground = Ground::new().await;
    std::fs::write(
        ground.path("bridge.db"),
        "my diary, page one of many: today it rained",
    )
    .unwrap();
    assert_misused(
        &ground.run(&["serve"]).await,
        &["bridge.db", "not a SQLite database"],
    );
    assert!(
        std::fs::read_to_string(ground.path("bridge.db"))
            .unwrap()
            .starts_with("my diary")
    );
    assert_misused(&ground.run(&["status"]).await, &["not a SQLite database"]);
    assert_misused(
        &ground.run(&["status", "--db", "nowhere.db"]).await,
        &["nowhere.db"],
    );
}

#[tokio::test]
async fn a_database_and_an_address_serve_one_bridge() {
    let ground = Ground::new().await;
    let first = ground.serve();
    assert_misused(&ground.run(&["serve"]).await, &["in use by another bridge"]);
    let address = first.address.to_string();
    let second = ground
        .run(&["serve", "--db", "other.db", "--listen", &address])
        .await;
    assert_eq!(second.code, Some(1));
    assert!(second.err.contains("BRIDGE_LISTEN"), "{}", second.err);
}

/// Flags take precedence over the environment.
#[tokio::test]
async fn a_flag_overrides_its_variable() {
    let ground = Ground::new().await;
    let mut command: Command =
        ground.command(&["serve", "--listen", "127.0.0.1:0", "--db", "flag.db"]);
    command
        .env("BRIDGE_LISTEN", "nonsense")
        .env("BRIDGE_DB", "variable.db");
    let bridge = Bridge::start(command);
    assert!(ground.path("flag.db").exists() && !ground.path("variable.db").exists());
    assert!(bridge.terminate().0.success());
}

#[tokio::test]
async fn the_help_of_serve_names_every_setting() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(bare(folder.path(), &["serve", "--help"])).await;
    assert_eq!(run.code, Some(0));
    for setting in SETTINGS {
        assert!(
            run.out.contains(setting.name),
            "{} is not in the help",
            setting.name
        );
    }
}

/// The mail server is checked although its sender is missing.
#[tokio::test]
async fn an_invalid_mail_server_is_reported_without_a_sender() {
    let ground = Ground::new().await;
    let mut command = ground.command(&["serve"]);
    command.env("SMTP_URL", "smtp.canary.example");
    let run = run(command).await;
    assert_eq!(run.code, Some(2), "{}", run.err);
    for part in ["SMTP_URL: it can't be used", "SMTP_FROM: it is not set"] {
        assert!(run.err.contains(part), "{part}: {}", run.err);
    }
}

#[tokio::test]
async fn an_unknown_variable_is_named() {
    let ground = Ground::new().await;
    let mut command = ground.command(&["serve"]);
    command.env("TOOL_BASEURL", "http://canary.example");
    let bridge = Bridge::start(command);
    let (status, log) = bridge.terminate();
    assert!(status.success(), "{log}");
    let line = log.lines().find(|line| line.contains("TOOL_BASEURL"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("not a setting of the bridge"), "{line}");
}
