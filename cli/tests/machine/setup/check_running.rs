//! `bridge check` beside a running bridge: its settings, its work, and the clocks.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixListener;

use super::ground::{Ground, PROJECT};
use super::whole_loop::Served;
use crate::common::listener::answering;
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

/// An earlier version of the bridge does not support the order.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_bridge_is_worth_a_look() {
    let ground = Ground::connected().await;
    ground.search(&Served::start_with(&ground, "127.0.0.1:0", &[]).kill());
    let socket = ground.path("bridge.db.sock");
    let _none = std::fs::remove_file(&socket);
    let older = UnixListener::bind(socket).unwrap();
    let answers = async {
        loop {
            let (mut stream, _) = older.accept().await.unwrap();
            let mut order = String::new();
            let _asked = BufReader::new(&mut stream).read_line(&mut order).await;
            let answer = r#"{"usage":"the running bridge does not support this order (unknown variant `settings`): use the same version of `bridge`"}"#;
            let _answered = stream.write_all(format!("{answer}\n").as_bytes()).await;
        }
    };
    tokio::select! {
        () = answers => {}
        found = findings(&ground, "bridge", &[]) => {
            assert_eq!(found.len(), 1, "{found:?}");
            has(&found, &["note ", "does not support this order", "restart `bridge serve`"]);
        }
    }
}
