//! Sources of the settings, `bridge settings` and `bridge init`.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::kit::{Bridge, Ground, Run, SECRET, bare, run};
use crate::common::world::TOOL_TOKEN;

fn write(ground: &Ground, name: &str, text: &str, mode: u32) {
    let path = ground.path(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// `bridge` in the ground's folder, with the secrets of an install and without other settings.
fn plain(ground: &Ground, args: &[&str]) -> Command {
    let mut command = bare(&ground.path(""), args);
    command
        .env("OPENTRAIN_PARTNER_TOKEN", "ot_ptk_canary")
        .env("OPENTRAIN_WEBHOOK_SECRET", SECRET);
    command
}

/// The settings in force, by name.
async fn shown(command: Command) -> (Run, Value) {
    let run = run(command).await;
    let shown: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    (run, shown)
}

fn row<'a>(shown: &'a Value, name: &str) -> &'a Value {
    let rows = shown["settings"].as_array().unwrap();
    rows.iter().find(|it| it["name"] == name).unwrap()
}

#[tokio::test]
async fn a_flag_precedes_the_environment_and_that_the_files() {
    let ground = Ground::new().await;
    let toml = "tool_kind = \"rest\"\nusage_every = \"2h\"\nreconcile_every = \"20m\"\nbridge_db = \"toml.db\"\nbridge_log = \"warn\"\n";
    write(&ground, "bridge.toml", toml, 0o644);
    let env = "# sample\nRECONCILE_EVERY=30m\nBRIDGE_DB='env-file.db'\nBRIDGE_LOG=error\n";
    write(&ground, "local.env", env, 0o644);
    let mut command = plain(
        &ground,
        &[
            "settings",
            "--json",
            "--env-file",
            "local.env",
            "--db",
            "flag.db",
        ],
    );
    command
        .env("BRIDGE_LOG", "debug")
        .env("BRIDGE_DB", "variable.db")
        .env("TOOL_BASEURL", "http://canary.example");
    let (run, shown) = shown(command).await;
    for (name, value, from) in [
        ("BRIDGE_DB", "flag.db", "flag"),
        ("BRIDGE_LOG", "debug", "environment"),
        ("RECONCILE_EVERY", "30m", "local.env"),
        ("USAGE_EVERY", "2h", "bridge.toml"),
        ("TOOL_KIND", "rest", "bridge.toml"),
    ] {
        let row = row(&shown, name);
        assert_eq!(row["value"], value, "{name}");
        assert_eq!(row["from"], from, "{name}");
    }
    assert_eq!(shown["unknown"][0], "TOOL_BASEURL");
    assert_eq!(run.code, Some(2), "the tool's address is missing");
    let faults = shown["faults"].as_array().unwrap();
    assert!(faults.iter().any(|it| it["name"] == "TOOL_BASE_URL"));
}

#[tokio::test]
async fn serve_and_the_commands_beside_it_read_the_same_file() {
    let ground = Ground::new().await;
    let toml = format!(
        "tool_kind = 'rest'\ntool_base_url = '{}'\ntool_api_token = '{TOOL_TOKEN}'\nbridge_db = 'here.db'\nbridge_listen = '127.0.0.1:0'\nopentrain_base_url = 'http://127.0.0.1:1'\n",
        ground.tool.base_url()
    );
    write(&ground, "bridge.toml", &toml, 0o600);
    let bridge = Bridge::start(plain(&ground, &["serve"]));
    assert!(ground.path("here.db").exists());
    let status = run(plain(&ground, &["status", "--json"])).await;
    assert_eq!(status.code, Some(0), "{}", status.err);
    assert!(bridge.terminate().0.success());
    let (_, shown) = shown(plain(&ground, &["settings", "--json"])).await;
    let token = row(&shown, "TOOL_API_TOKEN");
    assert_eq!(
        (&token["isSet"], &token["value"]),
        (&true.into(), &Value::Null)
    );
}

#[tokio::test]
async fn a_settings_file_that_cannot_be_used_is_an_error_without_its_content() {
    let ground = Ground::new().await;
    for (name, text, mode, part) in [
        (
            "bridge.toml",
            "tool_baseurl = 'http://canary'",
            0o600,
            "did you mean TOOL_BASE_URL",
        ),
        ("bridge.toml", "tool_kind = 'rest'\ncanary", 0o600, "line 2"),
        (
            "bridge.toml",
            "tool_api_token = 'canary'",
            0o644,
            "chmod 600",
        ),
        (
            "local.env",
            "TOOL_KIND=rest\nnothing canary",
            0o600,
            "line 2",
        ),
        ("local.env", "TOOL_KIND=rest", 0o666, "chmod go-w"),
    ] {
        write(&ground, name, text, mode);
        let args: &[&str] = match name {
            "local.env" => &["status", "--env-file", "local.env"],
            _ => &["status"],
        };
        let run = run(plain(&ground, args)).await;
        assert_eq!(run.code, Some(2), "{text}");
        assert!(
            run.err.contains(name) && run.err.contains(part),
            "{}",
            run.err
        );
        assert!(!run.err.contains("canary"), "{}", run.err);
        let help = self::run(plain(&ground, &["completions", "bash"])).await;
        assert_eq!(help.code, Some(0), "other commands work");
        fs::remove_file(ground.path(name)).unwrap();
    }
    let missing = run(plain(&ground, &["status", "--config", "none.toml"])).await;
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.contains("none.toml"), "{}", missing.err);
}

async fn init(ground: &Ground, args: &[&str], token: &str) -> Run {
    write(ground, "token", token, 0o600);
    let mut command = plain(ground, args);
    command.stdin(Stdio::from(File::open(ground.path("token")).unwrap()));
    run(command).await
}

#[tokio::test]
async fn init_tries_the_tool_and_writes_a_file_that_serve_accepts() {
    let ground = Ground::new().await;
    let url = ground.tool.base_url();
    let args = [
        "init",
        "--tool-kind",
        "rest",
        "--tool-base-url",
        url.as_str(),
        "--project",
        "streets",
    ];
    let wrong = init(&ground, &args, "tool-canary-wrong").await;
    assert_eq!(wrong.code, Some(1), "{}", wrong.err);
    assert!(wrong.err.contains("nothing was written"), "{}", wrong.err);
    assert!(!ground.path("bridge.toml").exists());
    let done = init(&ground, &args, TOOL_TOKEN).await;
    assert_eq!(done.code, Some(0), "{}\n{}", done.out, done.err);
    assert!(done.out.contains("members can be removed"), "{}", done.out);
    let mode = fs::metadata(ground.path("bridge.toml"))
        .unwrap()
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let again = init(&ground, &args, TOOL_TOKEN).await;
    assert_eq!(again.code, Some(2));
    assert!(again.err.contains("bridge.toml exists"), "{}", again.err);
    let settings = run(plain(&ground, &["settings"])).await;
    assert_eq!(settings.code, Some(0), "{}", settings.err);
    let mut serve = plain(&ground, &["serve", "--listen", "127.0.0.1:0"]);
    serve.env("OPENTRAIN_BASE_URL", "http://127.0.0.1:1");
    assert!(Bridge::start(serve).terminate().0.success());
}

#[tokio::test]
async fn init_without_a_terminal_names_the_flag_that_is_missing() {
    let ground = Ground::new().await;
    let run = init(&ground, &["init", "--tool-kind", "rest"], TOOL_TOKEN).await;
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("--tool-base-url"), "{}", run.err);
    let kind = init(
        &ground,
        &[
            "init",
            "--tool-kind",
            "excel",
            "--tool-base-url",
            "http://127.0.0.1:1",
        ],
        TOOL_TOKEN,
    )
    .await;
    assert_eq!(kind.code, Some(2));
    assert!(kind.err.contains("TOOL_KIND"), "{}", kind.err);
    assert!(!ground.path("bridge.toml").exists());
}
