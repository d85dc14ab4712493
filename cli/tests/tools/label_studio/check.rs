//! `bridge check` with a real Label Studio: each fault with its fix; and `bridge status` in a pipe.

use std::process::Command;

use serde_json::{Value, json};

use super::browser::Browser;
use super::server::{ADMIN, Server, SignUp, TOKEN};
use super::stage::{PASSWORD, Setup, Stage};
use crate::common::canaries;

/// Runs the bridge's own program, as an operator does. Returns its output.
async fn bridge(stage: &Stage, args: &[&str], vars: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
    command
        .args(args)
        .env_clear()
        .current_dir(folder.path())
        .env("OPENTRAIN_BASE_URL", stage.opentrain.base_url())
        .env("OPENTRAIN_PARTNER_TOKEN", &stage.customer.grant.token)
        .env("TOOL_KIND", "label-studio")
        .env("TOOL_BASE_URL", &stage.server.origin)
        .env("TOOL_API_TOKEN", TOKEN)
        .envs(vars.iter().copied());
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    let run = run.await.unwrap();
    let printed = String::from_utf8(run.stdout).unwrap() + &String::from_utf8_lossy(&run.stderr);
    canaries::assert_none_in(&printed);
    printed
}

/// The tool's findings, as `state: text fix`.
async fn check(stage: &Stage, vars: &[(&str, &str)]) -> Vec<String> {
    let printed = bridge(stage, &["check", "--json"], vars).await;
    // A failure follows as a second document, on standard error.
    let mut documents = serde_json::Deserializer::from_str(&printed).into_iter::<Value>();
    let found = documents.next().unwrap().unwrap();
    let all = found["findings"].as_array().unwrap().iter();
    let word = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    all.filter(|it| it["part"] == "tool")
        .map(|it| {
            format!(
                "{}: {} → {}",
                word(&it["state"]),
                word(&it["finding"]),
                word(&it["fix"])
            )
        })
        .collect()
}

fn wrongs(findings: &[String]) -> Vec<&String> {
    let wrong = findings.iter().filter(|it| it.starts_with("wrong"));
    wrong.collect()
}

fn assert_one(findings: &[String], state: &str, words: &[&str]) {
    let fits = |it: &&String| it.starts_with(state) && words.iter().all(|word| it.contains(word));
    assert_eq!(
        findings.iter().filter(fits).count(),
        1,
        "{words:?} of {findings:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn each_fault_is_named_with_its_fix() {
    let stage = Stage::new(Setup::default()).await;
    let project = stage.admin.project(1).await;
    stage.job(&project).await;

    let good = check(&stage, &[]).await;
    assert!(!good.iter().any(|it| it.starts_with("wrong")), "{good:#?}");
    assert_one(&good, "good", &["Label Studio Community 1.23"]);
    assert_one(
        &good,
        "good",
        &["it can be read, and members can be removed"],
    );
    assert_one(&good, "note", &["legacy token", "both kinds of tokens"]);
    assert_one(&good, "note", &["removal is soft", "TOOL_ADMIN_EMAIL"]);
    assert_one(&good, "good", &["signing up needs an invitation link"]);
    assert_one(&good, "note", &["on this machine", "TOOL_BASE_URL"]);

    let admin = [
        ("TOOL_ADMIN_EMAIL", ADMIN.0),
        ("TOOL_ADMIN_PASSWORD", ADMIN.1),
    ];
    let good = check(&stage, &admin).await;
    assert_one(
        &good,
        "good",
        &["accounts of removed members are switched off"],
    );
    assert_one(&good, "good", &["the superuser's session is used"]);
    let wrong = [("TOOL_ADMIN_EMAIL", ADMIN.0), ("TOOL_ADMIN_PASSWORD", "no")];
    let bad = check(&stage, &wrong).await;
    assert_one(&bad, "wrong", &["does not let TOOL_ADMIN_EMAIL in"]);

    let bad = check(&stage, &[("TOOL_API_TOKEN", "0123456789abcdef")]).await;
    assert!(
        wrongs(&bad)[0].contains("refuses our token (401)"),
        "{bad:#?}"
    );
    let bad = check(&stage, &[("TOOL_API_TOKEN", "aa.bb.cc")]).await;
    assert!(
        wrongs(&bad)[0].contains("personal access token"),
        "{bad:#?}"
    );
    // Label Studio's own page instead of JSON.
    let page = stage.server.at("/projects");
    let bad = check(&stage, &[("TOOL_BASE_URL", &page)]).await;
    assert!(
        wrongs(&bad)[0].contains("check that TOOL_BASE_URL"),
        "{bad:#?}"
    );
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_members_token_that_can_only_add_is_reported() {
    let stage = Stage::new(Setup::with_admin()).await;
    let project = stage.admin.project(1).await;
    stage.job(&project).await;
    let token = stage.admin.invite_token().await;
    let link = stage.server.at(&format!("/user/signup/?token={token}"));
    let mut browser = Browser::new(&stage.server);
    browser
        .sign_up(&link, "canary-x@example.org", PASSWORD)
        .await;
    let (_, body) = browser
        .call(reqwest::Method::GET, "/api/current-user/token", None)
        .await;
    let vars = [
        ("TOOL_API_TOKEN", body["token"].as_str().unwrap()),
        ("TOOL_ADMIN_EMAIL", "canary-x@example.org"),
        ("TOOL_ADMIN_PASSWORD", PASSWORD),
    ];
    let bad = check(&stage, &vars).await;
    assert_one(&bad, "wrong", &["is not of the organisation's creator"]);
    assert_one(&bad, "wrong", &["members can't be removed"]);
    assert_one(&bad, "wrong", &["has to be a superuser's"]);

    // Any member can disable the bridge's token.
    let off = json!({ "legacy_api_tokens_enabled": false });
    stage.admin.make("/api/jwt/settings", off).await;
    let bad = check(&stage, &[]).await;
    assert!(
        wrongs(&bad)[0].contains("legacy token authentication has been disabled"),
        "{bad:#?}"
    );
    assert!(wrongs(&bad)[0].contains("API Tokens Settings"), "{bad:#?}");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn an_open_sign_up_is_reported() {
    let server = Server::start_with(SignUp::Open).await;
    let stage = Stage::on(server, Setup::default()).await;
    let bad = check(&stage, &[]).await;
    assert_one(
        &bad,
        "wrong",
        &["LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK=true"],
    );
    stage.close().await;
}
