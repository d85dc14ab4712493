//! JSON as an interface: what the commands print follows docs/schemas, which is made from the types.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Command, CommandFactory};
use serde_json::Value;

use crate::common::command::{Run, bridge, command, run, run_showing};
use crate::common::wait::until;
use crate::common::world::{Setup, World, play, play_with};

const PROJECT: &str = "streets";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas")
}

fn schema(name: &str) -> Value {
    let path = folder().join(name).with_extension("json");
    let text = std::fs::read_to_string(&path);
    serde_json::from_str(&text.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        .unwrap()
}

#[track_caller]
fn follows(name: &str, document: &Value) {
    let options = jsonschema::options().should_validate_formats(true);
    let validator = options.build(&schema(name)).unwrap();
    let faults: Vec<_> = validator
        .iter_errors(document)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{name}: {faults:#?}\n{document:#}");
    assert_eq!(document["schemaVersion"], 1, "{name}");
}

#[test]
fn the_schemas_are_those_of_the_types() {
    let mut named = BTreeSet::new();
    for (name, made) in bridge::schemas::all() {
        let same = std::fs::read_to_string(folder().join(name).with_extension("json"))
            .is_ok_and(|text| text == format!("{:#}\n", made.as_value()));
        assert!(
            same,
            "docs/schemas/{name}.json is not the schema of the type: run `make schemas`, and say in CHANGELOG.md what changed"
        );
        named.insert(format!("{name}.json"));
    }
    let files = std::fs::read_dir(folder()).unwrap();
    let files: BTreeSet<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, named);
}

#[test]
fn members_are_in_camel_case() {
    for (name, schema) in bridge::schemas::all() {
        check_names(name, schema.as_value());
    }
}

fn check_names(name: &str, schema: &Value) {
    match schema {
        Value::Object(members) => {
            for (member, value) in members {
                if member == "properties" {
                    let properties = value.as_object().unwrap();
                    let wrong: Vec<_> = properties.keys().filter(|it| it.contains('_')).collect();
                    assert!(wrong.is_empty(), "{name}: {wrong:?}");
                }
                check_names(name, value);
            }
        }
        Value::Array(values) => values.iter().for_each(|it| check_names(name, it)),
        _ => {}
    }
}

/// Each schema that a world with one trainer can show, with the command that prints it.
const COMMANDS: &[(&str, &[&str])] = &[
    ("status", &["status"]),
    ("status", &["status", "--failed"]),
    ("status", &["status", "--trainer", "usr_maria"]),
    ("budget", &["budget"]),
    ("explain", &["explain", "usr_maria"]),
    ("audit", &["audit"]),
    ("audit-population", &["audit", "--population"]),
    ("audit-verify", &["audit", "verify"]),
    ("dead-letters", &["dead-letters"]),
    ("retry", &["retry", "usr_maria"]),
    ("reconcile", &["reconcile"]),
    ("reconcile", &["reconcile", "--dry-run"]),
    ("usage", &["usage"]),
    ("links", &["links"]),
    ("contracts", &["contracts"]),
    ("endpoints", &["endpoints"]),
    ("projects", &["projects"]),
    ("consent-url", &["consent-url", "--app", "acme-labels"]),
];

async fn json(world: &World, args: &[&str]) -> Run {
    let name = args.first().copied();
    let args = [args, &["--json"]].concat();
    match name {
        // OpenTrain's contracts have titles.
        Some("contracts") => run_showing(command(world, &world.file(), &args)).await,
        _ => bridge(world, &args).await,
    }
}

#[tokio::test]
async fn commands_print_what_the_schemas_describe() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        for (name, args) in COMMANDS {
            follows(name, &json(world, args).await.json());
        }
        let checked = json(world, &["check"]).await;
        follows("check", &serde_json::from_str(&checked.out).unwrap());
        until("the delivery is in the journal", async || {
            let listed = json(world, &["events"]).await.done();
            listed.contains("contract.started")
        })
        .await;
        let listed = json(world, &["events"]).await.done();
        for line in listed.lines() {
            follows("events", &serde_json::from_str(line).unwrap());
        }
        let invitations = command(world, &world.file(), &["invitations", "--json"]);
        follows("invitations", &run_showing(invitations).await.json());

        world.project("lakes");
        let made = world.unlinked_job();
        let linked = json(world, &["link", "--job", &made, "--project", "lakes"])
            .await
            .json();
        follows("link", &linked);
        let link = linked["link"]["id"].as_str().unwrap();
        let dry = json(world, &["unlink", link, "--dry-run"]).await.json();
        follows("dry-run", &dry);
        let unlinked = json(world, &["unlink", link, "--yes"]).await.json();
        follows("unlink", &unlinked);
        let ended = json(world, &["end", &contract, "--yes"]).await.json();
        follows("end", &ended);
        world.until_removed(PROJECT, "usr_maria").await;
        world.end(&contract);
        world.idle().await;
        let forgotten = json(world, &["forget", "usr_maria", "--yes"]).await.json();
        follows("forget", &forgotten);
        let gone = json(world, &["disconnect", "default", "--yes"])
            .await
            .json();
        follows("disconnect", &gone);
        world.idle().await;
    })
    .await;
}

#[tokio::test]
async fn a_failure_is_json_on_standard_error() {
    play(async |world| {
        world.job(PROJECT).await;
        for (args, kind, says) in [
            (&["explain", "usr_unknown"][..], "usage", "usr_unknown"),
            (
                &["status", "--trainer", "usr_unknown"],
                "usage",
                "usr_unknown",
            ),
            (&["status", "--nonsense"], "usage", "--nonsense"),
            (&["nonsense"], "usage", "nonsense"),
        ] {
            let failed = json(world, args).await;
            assert_eq!(failed.out, "", "{args:?}");
            let error: Value = serde_json::from_str(&failed.failed(2)).unwrap();
            follows("error", &error);
            assert_eq!(error["error"]["kind"], kind, "{error}");
            let message = error["error"]["message"].as_str().unwrap();
            assert!(
                message.contains(says) && !message.contains("Usage:"),
                "{error}"
            );
        }
        let plain = bridge(world, &["explain", "usr_unknown"]).await.failed(2);
        assert!(plain.starts_with("error: "), "{plain}");
    })
    .await;
}

/// Commands that need no settings, or that serve until they are stopped.
const WITHOUT_FAILURE: &[&str] = &["consent-url", "settings", "sandbox"];

/// The command lines of the commands with `--json`, with a value for each argument that they require.
fn with_json(command: &Command, path: &[String], found: &mut Vec<Vec<String>>) {
    for next in command
        .get_subcommands()
        .filter(|it| it.get_name() != "help")
    {
        let path = [path, &[next.get_name().to_owned()]].concat();
        with_json(next, &path, found);
        let has_json = next.get_arguments().any(|it| it.get_long() == Some("json"));
        if !has_json || next.is_subcommand_required_set() {
            continue;
        }
        let mut line = path.clone();
        for argument in next.get_arguments().filter(|it| it.is_required_set()) {
            line.extend(argument.get_long().map(|it| format!("--{it}")));
            let choices = argument.get_possible_values();
            let choice = choices.first().map_or("1", |it| it.get_name());
            line.push(choice.to_owned());
        }
        found.push(line);
    }
}

/// The failure, which is the last document on standard error.
#[track_caller]
fn failure(line: &[String], run: &Run) -> Value {
    let start = run.err.rfind("{\n  \"schemaVersion\"");
    let start = start.unwrap_or_else(|| panic!("{line:?} prints no document: {}", run.err));
    let error: Value = serde_json::from_str(&run.err[start..]).unwrap();
    follows("error", &error);
    let code = if error["error"]["kind"] == "usage" {
        2
    } else {
        1
    };
    assert_eq!(run.code, Some(code), "{line:?}: {error}");
    let fix = error["error"]["fix"].as_str().unwrap();
    assert!(!fix.is_empty() && !fix.contains('\n'), "{line:?}: {error}");
    error
}

#[tokio::test]
async fn each_command_fails_with_a_document_that_says_what_to_do() {
    let mut lines = Vec::new();
    let mut cli = bridge::args::Cli::command();
    // Flags such as `--json` of `bridge endpoints` are those of its actions, too.
    cli.build();
    with_json(&cli, &[], &mut lines);
    assert!(lines.len() > 40, "{lines:?}");
    let folder = tempfile::tempdir().unwrap();
    let closed = "http://127.0.0.1:1";
    for line in &lines {
        let called = async |more: &[&str]| {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bridge"));
            command
                .args(line)
                .args(more)
                .env_clear()
                .current_dir(folder.path())
                .env("BRIDGE_DB", folder.path().join("none/bridge.db"))
                .env("OPENTRAIN_BASE_URL", closed)
                .env("OPENTRAIN_PERSONAL_API_TOKEN", "canary-none")
                .stdin(std::process::Stdio::null());
            run_showing(command).await
        };
        let misused = failure(line, &called(&["--json", "--nonsense"]).await);
        assert_eq!(misused["error"]["kind"], "usage", "{line:?}: {misused}");
        let name = line[0].as_str();
        if !WITHOUT_FAILURE.contains(&name) {
            failure(line, &called(&["--json"]).await);
        }
    }
}

/// A partial failure prints the result, and the failure beside it.
#[tokio::test]
async fn a_partial_failure_prints_the_result_too() {
    play_with(Setup::default(), async |world: &World| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let mut command = command(world, &world.file(), &["check", "--json"]);
        command.env("TOOL_API_TOKEN", "canary-wrong-token");
        let checked = run(command).await;
        follows("check", &serde_json::from_str(&checked.out).unwrap());
        let error: Value = serde_json::from_str(&checked.failed(1)).unwrap();
        follows("error", &error);
        assert_eq!(error["error"]["kind"], "failed");
    })
    .await;
}
