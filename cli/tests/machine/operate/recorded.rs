//! When an operator's action is recorded: after consent, before the action, once, and without personal data.

use serde_json::Value;
use shared::ledger::{Access, AccessState};
use shared::model::ids::LinkId;
use shared::queue::Depth;
use simulator::{Fault, On, ToolCall, What};

use crate::common::command::bridge;
use crate::common::world::{World, play};
use crate::operate::kit::{PROJECT, hired};

/// The rows of one kind.
async fn rows(world: &World, event: &str) -> Vec<Value> {
    let audit = bridge(world, &["audit", "--json"]).await.json();
    let rows = audit["entries"].as_array().unwrap().iter();
    rows.filter(|it| it["event"] == event).cloned().collect()
}

fn link(world: &World) -> String {
    world.opentrain.links()[0].id.clone()
}

#[tokio::test]
async fn a_deletion_of_a_link_is_recorded_before_it_and_once() {
    play(async |world| {
        hired(world, &["usr_maria"]).await;
        let link = link(world);
        let unlink = ["unlink", &link, "--yes"];
        let refused = Fault::lasting(On::method("DELETE"), What::status(403));
        world.opentrain.fault(refused);
        assert_eq!(bridge(world, &unlink).await.code, Some(1));
        assert_eq!(world.opentrain.links().len(), 1);
        assert_eq!(rows(world, "operator.unlink").await.len(), 1);
        world.opentrain.clear_faults();
        bridge(world, &unlink).await.done();
        world.idle().await;
        let recorded = rows(world, "operator.unlink").await;
        assert_eq!(recorded.len(), 2, "one for each command: {recorded:?}");
        assert_eq!(recorded[1]["target"], link.as_str());
    })
    .await;
}

#[tokio::test]
async fn an_unknown_effect_of_unlink_needs_the_number_of_people() {
    play(async |world| {
        hired(world, &["usr_maria"]).await;
        let link = link(world);
        bridge(world, &["reconcile"]).await.done();
        let db = rusqlite::Connection::open(world.file()).unwrap();
        db.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        let row = "FROM ledger_item WHERE sort_key = 'INSTALL'";
        let sound = db.query_row(&format!("SELECT doc {row}"), [], |it| it.get(0));
        let sound: String = sound.unwrap();
        let write = |doc: &str| {
            let sql = "UPDATE ledger_item SET doc = ? WHERE sort_key = 'INSTALL'";
            assert_eq!(db.execute(sql, [doc]).unwrap(), 1);
        };
        write("{}");
        let refused = bridge(world, &["unlink", &link, "--yes", "--force"]).await;
        let refused = refused.misused();
        assert!(refused.contains("`--people N`"), "{refused}");
        assert_eq!(world.opentrain.links().len(), 1);
        write(&sound);
    })
    .await;
}

/// The trainer's document does not contain a removed link.
#[tokio::test]
async fn a_settlement_is_recorded_with_its_cause() {
    play(async |world| {
        hired(world, &["usr_maria"]).await;
        let refused = Fault::lasting(ToolCall::DeleteMember, What::status(409));
        world.tool.fault(refused);
        let link = LinkId::new(link(world));
        world.remove_link("default", &link).await;
        let failed =
            |access: &Access| access.state == AccessState::Removing && access.trouble.is_some();
        world.until_access("usr_maria", PROJECT, failed).await;
        let settle = ["settle", "usr_maria", PROJECT, "--reason", "seen", "--yes"];
        while let Some(1 | 2) = bridge(world, &settle).await.code {}
        let settled = rows(world, "access.removal-settled").await;
        assert_eq!(settled.len(), 1, "{settled:?}");
        assert_eq!(settled[0]["cause"], "link-removed", "{settled:?}");
        world.tool.clear_faults();
        let is_empty = |depth| depth == Depth::default();
        world.until_queue("empty", is_empty).await;
    })
    .await;
}

#[tokio::test]
async fn a_settlement_is_recorded_after_consent_and_once() {
    play(async |world| {
        let job = hired(world, &[]).await;
        let contract = world.hire(&job, &world.trainer("usr_maria"));
        world.idle().await;
        let refused = Fault::lasting(ToolCall::DeleteMember, What::status(409));
        world.tool.fault(refused);
        world.end(&contract);
        let failed =
            |access: &Access| access.state == AccessState::Removing && access.trouble.is_some();
        world.until_access("usr_maria", PROJECT, failed).await;
        let settle = ["settle", "usr_maria", PROJECT, "--reason", "seen by hand"];
        let asked = bridge(world, &settle).await.misused();
        assert!(asked.contains("still shows usr_maria"), "{asked}");
        assert_eq!(rows(world, "operator.settle").await, [] as [Value; 0]);
        let settle = [&settle[..], &["--yes"]].concat();
        let mut runs = 1;
        while let Some(1 | 2) = bridge(world, &settle).await.code {
            runs += 1;
        }
        let recorded = rows(world, "operator.settle").await;
        assert_eq!(recorded.len(), runs, "one for each command: {recorded:?}");
        let target = recorded[0]["target"].as_str();
        assert_eq!(target, Some("even if the tool shows the person"));
        world.tool.clear_faults();
        // The wake-up of the removal is dropped when it is due.
        let is_empty = |depth| depth == Depth::default();
        world.until_queue("empty", is_empty).await;
    })
    .await;
}

#[tokio::test]
async fn a_mistyped_id_is_not_recorded() {
    play(async |world| {
        hired(world, &["usr_maria"]).await;
        for args in [
            &["forget", "person-typed@example.org", "--yes"][..],
            &["retry", "person-typed Silva"],
            &["end", "person-typed", "--yes"],
            &["settle", "person-typed", PROJECT, "--reason", "r", "--yes"],
            &[
                "settle",
                "usr_maria",
                "person-typed",
                "--reason",
                "r",
                "--yes",
            ],
            &["disconnect", "person-typed", "--yes"],
            &["usage", "--accept-deletions", "person-typed"],
            &["dead-letters", "redrive", "person-typed"],
            &[
                "dead-letters",
                "drop",
                "person-typed",
                "--reason",
                "r",
                "--yes",
            ],
            &["unlink", "person-typed", "--yes", "--force"],
        ] {
            let run = bridge(world, args).await;
            assert!(matches!(run.code, Some(1 | 2)), "{args:?}: {}", run.out);
            let audit = bridge(world, &["audit", "--json"]).await.done();
            assert!(!audit.contains("person-typed"), "{args:?}: {audit}");
        }
    })
    .await;
}
