//! `bridge audit --population`: the hires of a period, with the proof that the access of those that ended is gone.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::ledger::{OnInstallRevoked, Policy};
use shared::opentrain::ProvisioningMode;

use crate::common::command::{bridge, command, run};
use crate::common::events::{Link, started};
use crate::common::world::{Setup, World, play, play_with};

const PROJECT: &str = "streets";

/// The row of a contract.
fn row(found: &Value, contract: &str) -> Value {
    let mut rows = found["population"].as_array().unwrap().iter();
    let row = rows.find(|it| it["contract"] == contract);
    row.unwrap_or_else(|| panic!("{found}")).clone()
}

async fn population(world: &World) -> Value {
    let flags = ["audit", "--population", "--json"];
    bridge(world, &flags).await.json()
}

fn assert_ended_with_proof(row: &Value) {
    for field in ["endedAt", "removalProvenAt"] {
        assert!(row[field].is_string(), "{field}: {row}");
    }
    assert!(row["delaySeconds"].as_i64().unwrap() >= 0, "{row}");
}

/// No event states the end of its contract.
#[tokio::test]
async fn a_hire_whose_link_was_removed_has_ended() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let open = population(world).await;
        assert_eq!(row(&open, &contract)["endedAt"], Value::Null);
        let link = world.opentrain.links()[0].id.clone();
        bridge(world, &["unlink", &link, "--yes"]).await.done();
        world.until_removed(PROJECT, "usr_maria").await;
        assert_ended_with_proof(&row(&population(world).await, &contract));
        let shown = bridge(world, &["audit", "--population"]).await.done();
        assert!(shown.contains("1 hire of 1 trainer"), "{shown}");
        let keep = ["audit", "--population", "--json"];
        let mut keep = command(world, &world.file(), &keep);
        keep.env("ON_LINK_REMOVED", "keep");
        let kept = run(keep).await.json();
        assert_eq!(row(&kept, &contract)["endedAt"], Value::Null, "{kept}");
    })
    .await;
}

#[tokio::test]
async fn a_hire_whose_install_was_revoked_has_ended_if_access_ends_with_it() {
    let setup = Setup {
        policy: Policy {
            on_install_revoked: OnInstallRevoked::Remove,
            confirm_after: Duration::ZERO,
            ..Policy::default()
        },
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let remove = async |args: &[&str]| {
            let mut command = command(world, &world.file(), args);
            command.env("ON_INSTALL_REVOKED", "remove");
            run(command).await
        };
        let disconnect = ["disconnect", "default", "--yes"];
        remove(&disconnect).await.done();
        world.until_removed(PROJECT, "usr_maria").await;
        let found = remove(&["audit", "--population", "--json"]).await.json();
        assert_ended_with_proof(&row(&found, &contract));
        let kept = population(world).await;
        assert_eq!(row(&kept, &contract)["endedAt"], Value::Null, "{kept}");
    })
    .await;
}

/// A contract that entitles to nothing keeps no access: the end of the other one has a removal.
#[tokio::test]
async fn access_is_not_kept_for_a_hire_that_is_not_confirmed_or_not_allowed() {
    let setup = Setup {
        connections: &["default", "globex"],
        projects: &[("default", &[PROJECT]), ("globex", &["roads"])],
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let link = |id| Link::new(id, PROJECT);
        let mut late = started(8, "ctr_late", "usr_maria", &link("link_d"));
        let days_ago = world.opentrain.now() - SignedDuration::from_hours(8 * 24);
        late["createdAt"] = days_ago.to_string().into();
        world.deliver("default", &late).await;
        let foreign = started(9, "ctr_foreign", "usr_maria", &link("link_g"));
        world.deliver("globex", &foreign).await;
        world.idle().await;
        world.ended(&contract, PROJECT, "usr_maria").await;
        let kept = world.folder.path().join("kept.json");
        let of = |project: &str| json!({ "token": "t", "projects": [project] });
        let connections = json!({ "default": of(PROJECT), "globex": of("roads") });
        let text = json!({ "version": 1, "connections": connections }).to_string();
        std::fs::write(&kept, text).unwrap();
        std::fs::set_permissions(&kept, Permissions::from_mode(0o600)).unwrap();
        let flags = ["audit", "--population", "--json"];
        let mut found = command(world, &world.file(), &flags);
        found.env("BRIDGE_CONNECTIONS", kept);
        let found = run(found).await.json();
        for open in ["ctr_late", "ctr_foreign"] {
            assert_eq!(row(&found, open)["endedAt"], Value::Null);
        }
        let ended = row(&found, &contract);
        assert_eq!(ended["keptFor"], Value::Null, "{found}");
        assert_ended_with_proof(&ended);
    })
    .await;
}

/// The bridge leaves the access alone while such a hire runs.
#[tokio::test]
async fn access_is_kept_for_a_hire_that_opentrain_provisions() {
    let setup = Setup {
        connections: &["default", "globex"],
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let managed = Link::new("link_g", PROJECT).managed();
        let event = started(9, "ctr_managed", "usr_maria", &managed);
        world.deliver("globex", &event).await;
        world.idle().await;
        world.end(&contract);
        world.idle().await;
        let ended = row(&population(world).await, &contract);
        assert_eq!(ended["keptFor"], "ctr_managed", "{ended}");
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
    })
    .await;
}

/// A link that was made again gives the contract a second hire.
#[tokio::test]
async fn a_contract_through_two_links_is_one_row() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let link = world.opentrain.links()[0].id.clone();
        bridge(world, &["unlink", &link, "--yes"]).await.done();
        world.until_removed(PROJECT, "usr_maria").await;
        world
            .link("default", &job, PROJECT, ProvisioningMode::PartnerWebhook)
            .await;
        bridge(world, &["reconcile"]).await.done();
        let found = population(world).await;
        let rows = found["population"].as_array().unwrap().iter();
        let rows: Vec<_> = rows.filter(|it| it["contract"] == *contract).collect();
        assert_eq!(rows.len(), 1, "{found}");
        assert_eq!(rows[0]["endedAt"], Value::Null, "it is open again: {found}");
        world.idle().await;
    })
    .await;
}

#[tokio::test]
async fn a_period_without_a_day_is_refused() {
    play(async |world| {
        let (day, next) = ("2026-02-01", "2126-02-01");
        for (flags, expected) in [
            (["--from", "2026-02-02", "--to", day], "is after --to"),
            (["--from", next, "--to", next], "is in the future"),
        ] {
            for command in [&["audit"][..], &["audit", "export", "evidence"]] {
                let refused = bridge(world, &[command, &flags].concat()).await.misused();
                assert!(refused.contains(expected), "{refused}");
            }
        }
        assert!(!world.folder.path().join("evidence").exists());
    })
    .await;
}
