use std::sync::Arc;

use serde_json::{Value, json};

use super::{MemoryTable, at, ledger};
use crate::ledger::{AccessState, ContractKey, Expect, Item, Key, Ledger, Table, Trainer};
use crate::model::ConnectionName;
use crate::model::ids::TrainerId;

const PARTITION: &str = "TRAINER#usr_1";

fn id() -> TrainerId {
    "usr_1".into()
}

fn row(sort: &str, doc: &Value) -> Item {
    Item {
        key: Key::new(PARTITION, sort),
        doc: doc.to_string(),
        version: 0,
        expires_at: None,
    }
}

fn hire(contract: &str, status: &str, event: &str) -> Item {
    let ended_at = (status == "ended").then(|| at(50));
    let doc = json!({
        "connection": "default", "contract": contract, "link": "plk_1", "trainer": "usr_1",
        "project": "streets", "managed": false, "status": status, "asOf": event, "seenAt": null,
        "mergedAt": at(60), "firstDay": "2026-06-12", "startedAt": at(1), "endedAt": ended_at,
    });
    row(&format!("HIRE#default#{contract}#plk_1"), &doc)
}

fn member(email: &str) -> Item {
    let doc = json!({
        "member": "mem_1", "email": email, "displayName": "Maria S.", "country": "PH",
        "profileUrl": null, "asOf": "7",
    });
    row("MEMBER", &doc)
}

fn access(state: &str) -> Item {
    let doc = json!({ "project": "streets", "state": state, "at": at(2), "trouble": null });
    row("ACCESS#streets", &doc)
}

/// A table as the earlier version left it.
fn earlier() -> (Ledger, Arc<MemoryTable>) {
    let (ledger, table) = ledger();
    for item in [
        hire("ctr_1", "active", "5"),
        hire("ctr_2", "ended", "7"),
        member("maria@opentrain.work"),
        access("granted"),
    ] {
        table.store(item);
    }
    (ledger, table)
}

fn assert_converted(known: &Trainer) {
    let end = |contract: &str| ContractKey {
        connection: ConnectionName::default(),
        contract: contract.into(),
    };
    assert_eq!(known.hires.len(), 2);
    assert!(!known.ends.contains_key(&end("ctr_1")));
    let ended = &known.ends[&end("ctr_2")];
    assert!(known.hires[1].is_ended_by(ended));
    assert_eq!(ended.stamp.happened_at(), at(50));
    assert_eq!(known.member.account(), Some(&"mem_1".into()));
    assert!(known.member.emails.len() == 1);
    let access = known.access.values().next().unwrap();
    assert_eq!(access.state, AccessState::Granted);
}

#[tokio::test]
async fn a_look_reads_the_earlier_rows_and_changes_nothing() {
    let (ledger, table) = earlier();
    assert_converted(&ledger.trainer(&id()).await.unwrap());
    assert_converted(&ledger.trainers().await.unwrap().trainers[&id()]);
    assert_converted(&ledger.documents(&[id()].into()).await.unwrap().trainers[&id()]);
    assert_eq!(table.scan("").await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_partition_is_converted_when_it_is_first_written() {
    let (ledger, table) = earlier();
    let known = ledger.document(&id()).await.unwrap();
    assert_converted(&known.trainer);
    assert_eq!(known.expect, Expect::Version(1));
    let rows = table.query(PARTITION, "").await.unwrap();
    let member = rows.iter().find(|row| row.key.sort == "MEMBER").unwrap();
    let as_before = serde_json::from_str::<serde_json::Map<String, Value>>(&member.doc);
    assert!(as_before.is_err(), "an earlier function must stop here");
    assert!(!member.doc.contains("maria"), "{}", member.doc);
    let others = rows.iter().filter(|row| row.key.sort.starts_with("HIRE#"));
    assert!(others.clone().count() == 2 && others.clone().all(|row| row.expires_at.is_some()));
    // The second read finds a document, and converts nothing.
    assert_eq!(
        ledger.document(&id()).await.unwrap().expect,
        Expect::Version(1)
    );
}

#[tokio::test]
async fn rows_that_an_earlier_function_writes_meanwhile_are_merged_again() {
    let (ledger, table) = earlier();
    table.meanwhile(hire("ctr_1", "ended", "9"));
    table.meanwhile(member("new@opentrain.work"));
    let known = ledger.document(&id()).await.unwrap().trainer;
    let end = known
        .ends
        .values()
        .find(|end| end.stamp.event() == Some(&"9".into()));
    assert!(known.hires[0].is_ended_by(end.unwrap()), "{known:?}");
}

#[tokio::test]
async fn an_odd_earlier_row_stops_this_trainer_alone() {
    let (ledger, table) = earlier();
    let odd = json!({ "project": "roads", "state": "unheard-of", "at": at(1), "trouble": null });
    let mut odd = row("ACCESS#roads", &odd);
    odd.key.partition = "TRAINER#usr_x".into();
    table.store(odd);
    let all = ledger.trainers().await.unwrap();
    assert_converted(&all.trainers[&id()]);
    assert!(all.unreadable.contains_key(&"usr_x".into()));
    assert!(ledger.document(&"usr_x".into()).await.is_err());
}
