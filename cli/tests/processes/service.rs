//! `bridge` as systemd and containers start it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::kit::{Bridge, Ground, Run, bare, run};
use crate::common::world::TOOL_TOKEN;

/// State and credentials are where systemd puts them. No other setting names these places.
#[tokio::test]
async fn the_folders_of_a_service_are_used() {
    let ground = Ground::new().await;
    let (state, credentials) = (ground.path("state"), ground.path("credentials"));
    for folder in [&state, &credentials] {
        fs::create_dir(folder).unwrap();
    }
    let token = credentials.join("TOOL_API_TOKEN");
    fs::write(&token, TOOL_TOKEN).unwrap();
    fs::set_permissions(&token, Permissions::from_mode(0o400)).unwrap();
    let service = |args: &[&str]| {
        let mut command = ground.command(args);
        command
            .env_remove("TOOL_API_TOKEN")
            .env("STATE_DIRECTORY", &state)
            .env("CREDENTIALS_DIRECTORY", &credentials);
        command
    };
    let bridge = Bridge::start(service(&["serve"]));
    assert!(state.join("bridge.db").exists());
    let status = run(service(&["status"])).await;
    assert_eq!(status.code, Some(0), "{}", status.err);
    assert!(bridge.terminate().0.success());
}

async fn alive(ground: &Ground, listen: &str) -> Run {
    let mut command = bare(&ground.path(""), &["check", "--alive"]);
    command.env("BRIDGE_LISTEN", listen);
    run(command).await
}

#[tokio::test]
async fn a_container_checks_whether_the_bridge_is_alive() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let address = bridge.address.to_string();
    let everywhere = format!("0.0.0.0:{}", bridge.address.port());
    for listen in [&address, &everywhere] {
        let done = alive(&ground, listen).await;
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{listen}");
    }
    // The simulated tool is another program.
    let other = ground.tool.base_url();
    let other = alive(
        &ground,
        other
            .trim_start_matches("http://")
            .split('/')
            .next()
            .unwrap(),
    )
    .await;
    assert_eq!(other.code, Some(1));
    assert!(
        other.err.contains("another program answers"),
        "{}",
        other.err
    );
    assert!(bridge.terminate().0.success());
    let gone = alive(&ground, &address).await;
    assert_eq!(gone.code, Some(1));
    assert!(gone.err.contains("bridge serve"), "{}", gone.err);
    assert_eq!(alive(&ground, "here").await.code, Some(2));
}

/// The unit and the image start commands that exist, with settings that exist.
#[tokio::test]
async fn the_files_of_deploy_name_commands_and_settings_that_exist() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    let known: Vec<_> = shared::config::SETTINGS.iter().map(|it| it.name).collect();
    let credentials = text("systemd/bridge.service");
    let credentials: Vec<_> = credentials
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix("LoadCredential="))
        .collect();
    assert!(credentials.len() > 2);
    for line in credentials {
        let (name, path) = line.split_once(':').unwrap();
        assert!(known.contains(&name) && path.ends_with(name), "{line}");
    }
    let settings = ["BRIDGE_", "TOOL_", "OPENTRAIN_"];
    for file in ["Dockerfile", "compose/compose.yaml"] {
        let text = text(file);
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let own = words.filter(|word| settings.iter().any(|it| word.starts_with(it)));
        // Names of the proxy.
        let own = own.filter(|word| !word.ends_with("_DOMAIN") && !word.ends_with("_UPSTREAM"));
        for word in own {
            let name = word.strip_suffix("_FILE").unwrap_or(word);
            assert!(known.contains(&name), "{file}: {word}");
        }
    }
    let help = Command::new(env!("CARGO_BIN_EXE_bridge"))
        .args(["check", "--help"])
        .output();
    let help = String::from_utf8(help.unwrap().stdout).unwrap();
    assert!(text("Dockerfile").contains("\"check\", \"--alive\"") && help.contains("--alive"));
}
