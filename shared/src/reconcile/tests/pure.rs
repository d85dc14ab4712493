//! The pure parts, as values.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::model::install;
use super::rig::{Rig, nobody};
use crate::ledger::{Entitlement, InstallStatus, Link, OnInstallRevoked, Policy, Why};
use crate::model::ConnectionName;
use crate::model::clock::Clock;
use crate::model::ids::{LinkId, TrainerId};
use crate::opentrain::{self, WebhookEndpoint};
use crate::reconcile::drift::compare;
use crate::reconcile::endpoint::to_enable;
use crate::reconcile::{Difference, Heard, Snapshot, scopes};

fn name() -> ConnectionName {
    ConnectionName::parse("c0").unwrap()
}

fn nothing() -> Heard {
    Heard::nothing(name())
}

fn endpoint(id: &str, url: &str, particulars: Value) -> WebhookEndpoint {
    let mut endpoint = json!({ "id": id, "url": url, "status": "DISABLED", "eventTypes": [] });
    for (key, value) in particulars.as_object().unwrap() {
        endpoint[key] = value.clone();
    }
    serde_json::from_value(endpoint).unwrap()
}

/// The endpoints that would be enabled, and the number of notes and of problems.
fn judged(endpoints: Vec<WebhookEndpoint>) -> (Vec<String>, usize, usize) {
    let mut heard = Heard {
        endpoints: Some(endpoints),
        ..nothing()
    };
    let enable = to_enable(&mut heard)
        .iter()
        .map(ToString::to_string)
        .collect();
    (enable, heard.notes.len(), heard.problems.len())
}

const OURS: &str = "https://bridge.example.com/hooks/c0";

#[test]
fn an_endpoint_is_enabled_only_where_failures_disabled_it() {
    let ten = endpoint("e", OURS, json!({ "consecutiveFailures": 10 }));
    assert_eq!(judged(vec![ten]), (vec!["e".into()], 0, 0));
    let told = json!({ "disabledReason": "10 consecutive failed deliveries" });
    assert_eq!(
        judged(vec![endpoint("e", OURS, told)]),
        (vec!["e".into()], 0, 0)
    );
    let by_hand = json!({ "consecutiveFailures": 9, "disabledReason": "disabled by the platform" });
    assert_eq!(judged(vec![endpoint("e", OURS, by_hand)]), (vec![], 1, 0));
    assert_eq!(judged(vec![endpoint("e", OURS, json!({}))]), (vec![], 1, 0));
}

#[test]
fn what_a_rolled_secret_has_left_over_is_left_alone() {
    let old = endpoint("old", OURS, json!({ "consecutiveFailures": 10 }));
    let new = endpoint("new", OURS, json!({ "status": "ACTIVE" }));
    assert_eq!(judged(vec![new, old]), (vec![], 1, 0));
}

#[test]
fn only_this_connections_endpoints_are_ours() {
    let ten = || json!({ "consecutiveFailures": 10 });
    for url in [
        "https://b.example.com/hooks/c0/",
        "https://b.example.com/x/hooks/c0?a=b",
    ] {
        assert_eq!(judged(vec![endpoint("e", url, ten())]).0, ["e"], "{url}");
    }
    for url in [
        "https://b.example.com/hooks/cc0",
        "https://b.example.com/hooks/c0x",
        "https://b.example.com/?/hooks/c0",
    ] {
        assert_eq!(
            judged(vec![endpoint("e", url, ten())]),
            (vec![], 1, 0),
            "{url}"
        );
    }
    assert_eq!(
        judged(vec![]),
        (vec![], 1, 0),
        "no endpoint at all is worth a note"
    );
}

#[test]
fn an_endpoint_that_hears_of_no_ends_is_noted() {
    let starts = json!({ "status": "ACTIVE", "eventTypes": ["contract.started"] });
    assert_eq!(judged(vec![endpoint("e", OURS, starts)]), (vec![], 1, 0));
    let both = json!({ "status": "ACTIVE", "eventTypes": ["contract.started", "contract.ended"] });
    assert_eq!(judged(vec![endpoint("e", OURS, both)]), (vec![], 0, 0));
}

fn granted(scopes: Value) -> opentrain::Install {
    let install = json!({ "id": "i0", "status": "ACTIVE", "scopes": scopes, "piiConsent": true });
    serde_json::from_value(install).unwrap()
}

#[test]
fn a_missing_scope_is_a_problem_where_nothing_can_be_compared_without_it() {
    let lacks = |scopes| {
        let mut heard = nothing();
        scopes::examine(&granted(scopes), &mut heard);
        (heard.problems.len(), heard.notes.len())
    };
    let all = json!([
        "project-links:write",
        "contracts:read",
        "participants:read",
        "participants:email",
        "webhooks:manage"
    ]);
    assert_eq!(lacks(all), (0, 0));
    assert_eq!(
        lacks(json!([
            "project-links:read",
            "contracts:read",
            "participants:read"
        ])),
        (0, 2)
    );
    assert_eq!(lacks(json!(["usage:write"])), (3, 1));
    assert_eq!(
        lacks(json!([])),
        (0, 1),
        "scopes that are not told are not taken for missing"
    );
}

/// A ledger with one hire through link `l0` of an install, and the entitlement after a reconcile with the answers of
/// another install.
async fn after_reconnect(policy: Policy, link_knows_its_install: bool) -> (Snapshot, Entitlement) {
    let rig = Rig::new(&nobody(), policy.clone());
    let ledger = rig.reconciler.provisioner.ledger.clone();
    let event = json!({
        "id": "1", "type": "contract.started", "createdAt": rig.clock.now().to_string(), "resourceId": "k0",
        "data": {
            "contract": { "id": "k0" },
            "freelancer": { "opentrainUserId": "t0", "workEmail": "t0@opentrain.work" },
            "projectLink": { "id": "l0", "jobId": "j0", "externalProjectId": "p0", "provisioningMode": "PARTNER_WEBHOOK" },
        },
    });
    rig.deliver("c0", event).await;
    let read = async || {
        let read = Snapshot::read(&ledger, [name()].into(), Timestamp::UNIX_EPOCH);
        read.await.unwrap()
    };
    let snapshot = read().await;
    let link = snapshot.links_of(&name()).next().unwrap().clone();
    let own = link_knows_its_install.then(|| install(0).id);
    ledger
        .record_link(
            &name(),
            &Link {
                install: own,
                ..link
            },
        )
        .await
        .unwrap();
    ledger
        .update_install(&name(), |_| {
            Some(crate::ledger::Install::seen(&install(0), rig.clock.now()))
        })
        .await
        .unwrap();
    let snapshot = read().await;
    rig.tick();
    let mut heard = Heard {
        install: Some((install(7), rig.clock.now())),
        ..nothing()
    };
    if !link_knows_its_install {
        heard.earlier.insert(LinkId::from("l0"));
    }
    let mut difference = Difference::default();
    let now = rig.clock.now();
    compare(&snapshot, &mut heard, Duration::ZERO, now, &mut difference);
    let mut repaired = rig
        .reconciler
        .repair(
            difference,
            Default::default(),
            &crate::reconcile::tally::Tally::told_to(&|_| ()),
        )
        .await;
    assert!(repaired.problems.drain(..).next().is_none());
    let snapshot = read().await;
    let entitlements = snapshot.entitlements(&snapshot.trainers[&TrainerId::from("t0")], &policy);
    (snapshot, entitlements[0])
}

#[tokio::test]
async fn a_reconnect_orphans_what_the_install_before_it_linked() {
    for known in [true, false] {
        let (snapshot, entitlement) = after_reconnect(Policy::default(), known).await;
        assert_eq!(entitlement, Entitlement::Orphaned);
        assert_eq!(
            snapshot.environment.installs[&name()].id,
            Some(install(7).id)
        );
        assert!(!snapshot.links_of(&name()).next().unwrap().removed);
        let remove = Policy {
            on_install_revoked: OnInstallRevoked::Remove,
            ..Policy::default()
        };
        assert_eq!(
            after_reconnect(remove, known).await.1,
            Entitlement::Over(Why::InstallRevoked)
        );
    }
}

#[tokio::test]
async fn a_revoked_install_is_recorded() {
    let rig = Rig::new(&nobody(), Policy::default());
    let ledger = rig.reconciler.provisioner.ledger.clone();
    let seen = crate::ledger::Install::seen(&install(0), rig.clock.now());
    ledger
        .update_install(&name(), |_| Some(seen.clone()))
        .await
        .unwrap();
    let snapshot = Snapshot::read(&ledger, [name()].into(), Timestamp::UNIX_EPOCH)
        .await
        .unwrap();
    let revoked: opentrain::Install =
        serde_json::from_value(json!({ "id": "i0", "status": "REVOKED" })).unwrap();
    let say = |asked_at: Timestamp| {
        let mut difference = Difference::default();
        let mut heard = Heard {
            install: Some((revoked.clone(), asked_at)),
            ..nothing()
        };
        compare(
            &snapshot,
            &mut heard,
            Duration::ZERO,
            rig.clock.now(),
            &mut difference,
        );
        difference
    };
    assert!(
        say(seen.at).installs.is_empty(),
        "it was heard of after it was asked for"
    );
    rig.tick();
    let difference = say(rig.clock.now());
    rig.reconciler
        .repair(
            difference,
            Default::default(),
            &crate::reconcile::tally::Tally::told_to(&|_| ()),
        )
        .await;
    let known = ledger.install(&name()).await.unwrap().unwrap();
    assert_eq!(known.status, InstallStatus::Revoked);
}
