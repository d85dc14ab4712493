//! From the token to a trainer's access, by commands alone.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use shared::connection::Freshness;
use simulator::{ConsentOptions, JobOptions, Outcome};

use crate::setup::ground::{Ground, PROJECT};

/// A `bridge serve`; it is killed when it is dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: String,
    log: mpsc::Receiver<String>,
}

impl Served {
    /// Starts it, and waits until it is up.
    fn start(ground: &Ground, listen: &str) -> Self {
        Self::start_with(ground, listen, &[])
    }

    /// The same with more settings.
    pub(crate) fn start_with(ground: &Ground, listen: &str, settings: &[(&str, &str)]) -> Self {
        let mut command = ground.command(&["serve", "--listen", listen]);
        command
            .envs(settings.iter().copied())
            .env("BRIDGE_LOG_FORMAT", "json")
            .env("BRIDGE_LOG", "trace")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (tell, log) = mpsc::channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .for_each(|line| drop(tell.send(line)))
        });
        let is_up = |line: &String| {
            serde_json::from_str::<Value>(line).is_ok_and(|it| it["address"].is_string())
        };
        let mut seen = Vec::new();
        let address = loop {
            let line = log
                .recv_timeout(Duration::from_secs(30))
                .unwrap_or_else(|_| panic!("it never came up: {seen:?}"));
            if is_up(&line) {
                break serde_json::from_str::<Value>(&line).unwrap()["address"]
                    .as_str()
                    .unwrap()
                    .to_owned();
            }
            seen.push(line);
        };
        Self {
            child,
            address,
            log,
        }
    }

    fn hook(&self) -> String {
        format!("http://{}/hooks/default", self.address)
    }

    /// Kills it. Returns its log since it was up.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.ended()
    }

    /// Stops it with SIGTERM. Returns its log since it was up.
    pub(crate) fn terminate(self) -> String {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
        self.ended()
    }

    fn ended(mut self) -> String {
        self.child.wait().unwrap();
        let log = std::mem::replace(&mut self.log, mpsc::channel().1);
        log.into_iter().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

pub(crate) async fn control(ground: &Ground, verb: &str, body: Value) -> Value {
    let client = shared::http::client(
        &shared::http::BaseUrl::parse(&ground.opentrain.base_url()).unwrap(),
        Duration::from_secs(10),
    )
    .unwrap();
    let url = format!("{}/control/{verb}", ground.opentrain.base_url());
    client
        .post(url)
        .json(&body)
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap()
        .json()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_link_serve_subscribe_hire() {
    let ground = Ground::new().await;
    ground.connect("default", &ground.grant.token).await.done();
    ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .done();
    let served = Served::start(&ground, "127.0.0.1:0");
    // While it runs: the first delivery by this endpoint finds its secret.
    ground.subscribe(&served.hook()).await.done();
    let hired = control(
        &ground,
        "hire",
        json!({"jobId": ground.job, "displayName": "Maria S."}),
    )
    .await;
    let trainer = hired["trainerId"].as_str().unwrap();
    ground
        .tool
        .until(|tool| tool.member(PROJECT, trainer).is_some())
        .await
        .unwrap();
    ground.opentrain.settle().await.unwrap();
    assert!(
        ground
            .opentrain
            .deliveries()
            .iter()
            .all(|it| it.attempts.len() == 1),
        "none was refused"
    );
    let links = ground.bridge(&["links", "--json"]).await.json();
    assert_eq!(links["onlyInBridge"], json!([]));
    assert!(ground.bridge(&["check"]).await.done().contains("good"));
    // The person gets access shortly before the ledger records it.
    let granted = async { while !ground.bridge(&["status"]).await.done().contains("granted") {} };
    tokio::time::timeout(Duration::from_secs(30), granted)
        .await
        .unwrap();
    ground
        .bridge(&["trigger", "unknown-type", "--to", &served.hook()])
        .await
        .done();

    // After a kill and a restart, the bridge reads the secret from the file and accepts the end.
    let address = served.address.clone();
    ground.search(&served.kill());
    let served = Served::start(&ground, &address);
    control(&ground, "end", json!({"contractId": hired["contractId"]})).await;
    ground
        .tool
        .until(|tool| tool.member(PROJECT, trainer).is_none())
        .await
        .unwrap();
    ground.search(&served.kill());
    ground.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_rolled_while_the_bridge_runs() {
    let ground = Ground::connected().await;
    ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .done();
    let served = Served::start(&ground, "127.0.0.1:0");
    let (address, hook) = (served.address.clone(), served.hook());
    served.kill();
    ground.subscribe(&hook).await.done();
    let old = ground.endpoints("default").remove(0);
    let served = Served::start(&ground, &address);
    hire(&ground).await;
    ground.subscribe(&hook).await.done();
    // Both endpoints deliver, each signed with its own secret.
    hire(&ground).await;
    ground.opentrain.settle().await.unwrap();
    let deliveries = ground.opentrain.deliveries();
    let new = deliveries.iter().filter(|it| it.endpoint_id != old).count();
    assert_eq!((deliveries.len(), new), (3, 1));
    for delivery in &deliveries {
        let outcomes: Vec<_> = delivery.attempts.iter().map(|it| it.outcome).collect();
        assert_eq!(outcomes, [Outcome::Status(202)], "{delivery:?}");
    }
    ground.bridge(&["unsubscribe", &old, "--yes"]).await.done();
    hire(&ground).await;
    ground.search(&served.kill());
    ground.close();
}

/// Hires a trainer, and returns when the trainer has access.
async fn hire(ground: &Ground) {
    let hired = control(ground, "hire", json!({"jobId": ground.job})).await;
    let trainer = hired["trainerId"].as_str().unwrap();
    ground
        .tool
        .until(|tool| tool.member(PROJECT, trainer).is_some())
        .await
        .unwrap();
}

/// The state of a trainer's access to a project.
async fn state(ground: &Ground, project: &str) -> (String, Value) {
    let status = ground.bridge(&["status", "--json"]).await.json();
    let rows = status["access"].as_array().unwrap();
    let row = rows.iter().find(|row| row["project"] == project);
    let row = row.cloned().unwrap_or_default();
    let state = row["state"].as_str().unwrap_or_default();
    (state.to_owned(), row)
}

async fn until_state(ground: &Ground, project: &str, wanted: &str) {
    let look = async { while state(ground, project).await.0 != wanted {} };
    let found = tokio::time::timeout(Duration::from_secs(30), look).await;
    if found.is_err() {
        panic!("not {wanted}: {}", state(ground, project).await.1);
    }
}

/// A customer disconnects and connects again under the same name. The trainer's old contract ended meanwhile, when
/// OpenTrain had no install to send the event to.
async fn connected_again(disconnected: bool) {
    const OTHER: &str = "zoo";
    let ground = Ground::connected().await;
    ground.tool.create_project(OTHER, "Animals");
    let link = ["link", "--job", &ground.job, "--project", PROJECT];
    ground.bridge(&link).await.done();
    let remove = ("ON_INSTALL_REVOKED", "remove");
    let served = Served::start_with(&ground, "127.0.0.1:0", &[remove]);
    ground.subscribe(&served.hook()).await.done();
    let hired = control(&ground, "hire", json!({"jobId": ground.job})).await;
    let trainer = hired["trainerId"].as_str().unwrap();
    until_state(&ground, PROJECT, "granted").await;
    ground.bridge(&["reconcile"]).await.done();

    let old = &ground.grant.install_id;
    if disconnected {
        let done = ground.bridge(&["disconnect", "default", "--yes"]).await;
        done.done();
    }
    ground.opentrain.revoke_install(old).unwrap();
    until_state(&ground, PROJECT, "removed").await;
    let contract = hired["contractId"].as_str().unwrap();
    ground.opentrain.end_contract(contract).unwrap();

    let again = ground.opentrain.consent(ConsentOptions::default());
    ground.connect("default", &again.token).await.done();
    let job = ground.opentrain.create_job(JobOptions::default());
    let link = ["link", "--job", &job, "--project", OTHER];
    ground.bridge(&link).await.done();
    ground.subscribe(&served.hook()).await.done();
    // `subscribe` has just tried the URL, and secrets are read again once a second.
    tokio::time::sleep(Freshness::default().doubt).await;
    ground.opentrain.hire(&job, trainer).unwrap();
    until_state(&ground, OTHER, "granted").await;
    assert!(ground.tool.member(OTHER, trainer).is_some());
    let (left, row) = state(&ground, PROJECT).await;
    assert_eq!(left, "removed", "{row}");
    assert!(ground.tool.member(PROJECT, trainer).is_none());
    ground.search(&served.kill());
    ground.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_connects_again_after_a_disconnect_revives_no_old_hire() {
    connected_again(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_connects_again_after_a_revocation_gets_the_new_hires() {
    connected_again(false).await;
}

/// The settings of the reference integration: no connections file.
#[tokio::test(flavor = "multi_thread")]
async fn the_environment_alone_is_enough_to_serve() {
    let ground = Ground::new().await;
    let mut command = ground.command(&["serve", "--listen", "127.0.0.1:0"]);
    command
        .env("OPENTRAIN_PARTNER_TOKEN", &ground.grant.token)
        .env("OPENTRAIN_WEBHOOK_SECRET", "whsec_of_the_environment");
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let up = lines.find(|line| line.contains("the bridge is up"));
    child.kill().unwrap();
    let mut rest = String::new();
    lines.for_each(|line| rest.push_str(&line));
    child.wait().unwrap();
    assert!(up.is_some(), "{rest}");
    assert!(!ground.connections().exists());
}
