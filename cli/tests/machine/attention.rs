//! The one list of what needs an operator: `bridge status`, the console and `bridge mcp` show the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::ledger::{AlertKind, Failing, FrozenSince, Install, InstallStatus, ProjectUsage};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::ProjectId;

use crate::common::command::bridge;
use crate::common::world::{World, play};
use crate::console::kit::start;
use crate::mcp::client::Client;

const PROJECT: &str = "streets";

fn kinds(list: &Value) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for it in list.as_array().unwrap() {
        let kind = it["kind"].as_str().unwrap().to_owned();
        *kinds.entry(kind).or_default() += 1;
        for member in ["text", "fix"] {
            assert!(!it[member].as_str().unwrap().is_empty(), "{it}");
        }
    }
    kinds
}

/// Each condition that an earlier list of the console alone had.
async fn trouble(world: &World, at: Timestamp) {
    let ledger = world.bridge.ledger();
    for (kind, subject) in [
        (AlertKind::RemovalsHeld, "connection default"),
        (AlertKind::EndpointDisabled, "webhook endpoint whe_7"),
        (AlertKind::OrphanedAccess, "usr_ben in project lakes"),
        (AlertKind::UsageLost, "contract ctr_lost"),
        (AlertKind::TokenRefused, "connection default"),
        (AlertKind::TokenRefused, "connection globex"),
    ] {
        let subjects = BTreeSet::from([subject.to_owned()]);
        let noted = ledger.note_alert(kind, subjects, |_| true).await;
        noted.unwrap();
    }
    let install = |status, refused| Install {
        id: None,
        status,
        at,
        organization: None,
        refused,
        excluded: false,
        disconnected: false,
    };
    for (name, install) in [
        ("default", install(InstallStatus::Active, true)),
        ("acme", install(InstallStatus::Revoked, false)),
    ] {
        let name = ConnectionName::parse(name).unwrap();
        let changed = ledger.update_install(&name, |_| Some(install.clone()));
        changed.await.unwrap();
    }
    let usage = |usage: &mut ProjectUsage| {
        usage.failing = Some(Failing {
            since: at,
            at,
            times: 3,
            reason: "the tool answers 500".to_owned(),
        });
        usage.frozen = Some(FrozenSince {
            since: at,
            reason: "the tool reports no time".to_owned(),
        });
    };
    let project = ProjectId::from(PROJECT);
    ledger.update_project_usage(&project, usage).await.unwrap();
    std::fs::write(world.folder.path().join("none.json"), "not JSON").unwrap();
}

#[tokio::test]
async fn status_the_console_and_mcp_show_the_same() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let quiet = bridge(world, &["status", "--exit-code", "--json"]).await;
        assert_eq!(quiet.json()["attention"], json!([]));
        let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        assert!(at < SystemClock.now());
        trouble(world, at).await;

        let status = bridge(world, &["status", "--json"]).await.json();
        let expected = [
            ("unread-connection", 1),
            ("removals-held", 1),
            ("orphaned-access", 1),
            // That of `default` is known by its install, too, and is named once.
            ("token-refused", 2),
            ("endpoint-disabled", 1),
            ("usage-lost", 1),
            ("usage", 2),
            ("install-revoked", 1),
        ];
        let expected = expected.map(|(kind, count)| (kind.to_owned(), count));
        assert_eq!(kinds(&status["attention"]), expected.into(), "{status}");
        let all = status["attention"].as_array().unwrap();
        let of = |kind: &str| all.iter().find(|it| it["kind"] == kind).unwrap();
        for kind in ["token-refused", "usage", "install-revoked"] {
            assert_eq!(of(kind)["oldest"], at.to_string(), "{kind}");
        }
        assert_eq!(of("endpoint-disabled")["oldest"], Value::Null);
        assert!(
            of("endpoint-disabled")["text"]
                .as_str()
                .unwrap()
                .contains("whe_7")
        );
        assert!(status["unreadConnections"][0].is_string(), "{status}");
        let alerts = status["alerts"].as_array().unwrap();
        assert_eq!(alerts.len(), 5, "{status}");

        let text = bridge(world, &["status"]).await.done();
        assert!(
            text.contains("1 disabled webhook endpoint: webhook endpoint whe_7"),
            "{text}"
        );
        let failed = bridge(world, &["status", "--exit-code"]).await.failed(1);
        assert!(failed.contains("10 causes need you"), "{failed}");
        let one = ["status", "--trainer", "usr_maria", "--exit-code"];
        bridge(world, &one).await.done();

        console_shows(world, all).await;
        let mut client = Client::start(world, &[]).await;
        let answer = client.done("get_status", json!({})).await;
        assert_eq!(kinds(&answer["attention"]), kinds(&status["attention"]));
        client.close().await;
    })
    .await;
}

/// The console's first page has the text of all of them.
async fn console_shows(world: &World, all: &[Value]) {
    let console = start(world, &[]).await;
    let page = console.page("/").await;
    for it in all {
        let text = it["text"].as_str().unwrap();
        // The page escapes quotation marks.
        let text = text.split(['`', '"', '\'', '&']).next().unwrap();
        assert!(page.body.contains(text), "no `{text}` in {}", page.body);
    }
    page.has(&[
        "1 disabled webhook endpoint",
        "bridge endpoints enable",
        "oldest",
    ]);
}
