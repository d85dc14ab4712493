//! DynamoDB: the tests of the table contract, and more.

use std::sync::Arc;

use async_trait::async_trait;
use aws_local::Fault;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use shared::aws::Clients;
use shared::ledger::contract::{self, Subject};
use shared::ledger::{DynamoTable, Expect, Item, Key, Put, Table, TableError};

use crate::stores::{assert_tells, emulator, fresh};

struct Dynamo(Clients);

#[async_trait]
impl Subject for Dynamo {
    async fn table(&self) -> Arc<dyn Table> {
        Arc::new(table(&self.0).await)
    }
}

async fn table(clients: &Clients) -> DynamoTable {
    let name = fresh("table");
    aws_local::table(clients, &name).await.unwrap();
    DynamoTable::new(clients, &name)
}

fn item(doc: &str) -> Item {
    Item {
        key: Key::new("p", "s"),
        doc: doc.to_owned(),
        version: 0,
        expires_at: None,
    }
}

fn told<T: std::fmt::Debug>(outcome: Result<T, TableError>) -> String {
    outcome.unwrap_err().to_string()
}

/// The text of a permanent error: a retry of the same write cannot succeed.
#[track_caller]
fn unfit<T: std::fmt::Debug>(outcome: Result<T, TableError>) -> String {
    let error = outcome.unwrap_err();
    assert!(matches!(error, TableError::Unfit(_)), "{error:?}");
    error.to_string()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn dynamodb_keeps_the_table_s_contract() {
    let (_emulator, clients) = emulator();
    contract::run(&Dynamo(clients)).await;
}

#[test]
#[ignore = "needs make venv-aws"]
fn dynamodb_is_as_the_table_s_model() {
    let (_emulator, clients) = emulator();
    contract::model::check(&Dynamo(clients), 24);
}

/// Our own row is stored, and another writer's row is a conflict.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_put_whose_answer_is_lost_is_no_conflict() {
    let (emulator, clients) = emulator();
    let table = table(&clients).await;
    let lost = || Fault::lost_answer("DynamoDB_20120810.PutItem").times(1);
    emulator.fail(&[lost()]).await.unwrap();
    let put = table.put(item("1"), Expect::Absent).await.unwrap();
    assert_eq!(put, Put::Stored(1));
    emulator.fail(&[lost()]).await.unwrap();
    let put = table.put(item("2"), Expect::Version(1)).await.unwrap();
    assert_eq!(put, Put::Stored(2));
    let same = table.put(item("2"), Expect::Version(1)).await.unwrap();
    assert!(matches!(same, Put::Conflict(Some(_))), "{same:?}");
}

/// One throttled request is hidden from the caller. Persistent throttling is a temporary error.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn throttling_is_retried_and_then_reported() {
    let (emulator, clients) = emulator();
    let table = table(&clients).await;
    emulator
        .fail(&[Fault::throttling().times(2)])
        .await
        .unwrap();
    let put = table.put(item("1"), Expect::Absent).await.unwrap();
    assert_eq!(put, Put::Stored(1));
    emulator.fail(&[Fault::throttling()]).await.unwrap();
    let key = item("").key;
    let text = told(table.get(&key).await);
    assert_tells(&text, &["throttles dynamodb:GetItem", "retried later"]);
    assert_tells(&told(table.query("p", "").await), &["dynamodb:Query"]);
    assert_tells(&told(table.scan("").await), &["dynamodb:Scan"]);
    let put = table.put(item("2"), Expect::Version(1)).await;
    assert_tells(&told(put), &["dynamodb:PutItem"]);
    emulator.mend().await.unwrap();
    assert_eq!(table.get(&key).await.unwrap().unwrap().doc, "1");
}

/// The error contains the row and the limit. DynamoDB accepts a row just within the limit.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn what_dynamodb_can_t_hold_is_refused_with_its_reason() {
    let (_emulator, clients) = emulator();
    let table = table(&clients).await;
    let keyed = |partition: usize, sort: usize| Item {
        key: Key::new("p".repeat(partition), "s".repeat(sort)),
        ..item("{}")
    };
    for fits in [keyed(2048, 1024), item(&"x".repeat(390 * 1024))] {
        let put = table.put(fits, Expect::Absent).await.unwrap();
        assert_eq!(put, Put::Stored(1));
    }
    let refusals = [
        (keyed(2049, 1), ["partition key", "2048"]),
        (keyed(1, 1025), ["sort key", "1024"]),
        (item(&"x".repeat(400 * 1024)), ["the row p/s", "409600"]),
    ];
    for (large, words) in refusals {
        assert_tells(&unfit(table.put(large, Expect::Absent).await), &words);
    }
}

/// A request that DynamoDB refuses and a foreign row in the table are permanent failures. Throttling is an outage.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn permanent_failures_differ_from_outages() {
    let (emulator, clients) = emulator();
    let name = fresh("table");
    aws_local::table(&clients, &name).await.unwrap();
    let table = DynamoTable::new(&clients, &name);
    let refusal = Fault::refusal("DynamoDB_20120810.PutItem", 400, "ValidationException");
    emulator.fail(&[refusal]).await.unwrap();
    let put = table.put(item("1"), Expect::Absent).await;
    assert_tells(&unfit(put), &["dynamodb:PutItem", "ValidationException"]);
    emulator.fail(&[Fault::throttling()]).await.unwrap();
    let error = table.put(item("1"), Expect::Absent).await.unwrap_err();
    assert!(matches!(error, TableError::Unavailable(_)), "{error:?}");
    emulator.mend().await.unwrap();

    let text = |value: &str| AttributeValue::S(value.to_owned());
    let foreign = clients.dynamodb.put_item().table_name(&name);
    let foreign = foreign.item("pk", text("p")).item("sk", text("s"));
    foreign.send().await.unwrap();
    assert_tells(&unfit(table.get(&item("").key).await), &["`doc`"]);
}

/// Items that a busy table omits are requested again. If they are always omitted, the read fails.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_partial_batch_read_is_completed() {
    let (emulator, clients) = emulator();
    let table = table(&clients).await;
    let keys: Vec<Key> = (0..5).map(|it| Key::new("p", it.to_string())).collect();
    for key in &keys {
        let item = Item {
            key: key.clone(),
            ..item("{}")
        };
        table.put(item, Expect::Absent).await.unwrap();
    }
    let target = "DynamoDB_20120810.BatchGetItem";
    let busy = Fault::partial(target, 3).times(2);
    emulator.fail(&[busy]).await.unwrap();
    let items = table.get_many(&keys).await.unwrap();
    let found: Vec<_> = items.into_iter().flatten().map(|it| it.key).collect();
    assert_eq!(found, keys);
    assert_eq!(emulator.requests(target).await.unwrap(), 3);

    emulator.fail(&[Fault::partial(target, 1)]).await.unwrap();
    let error = table.get_many(&keys).await.unwrap_err();
    assert!(matches!(error, TableError::Unavailable(_)), "{error:?}");
    assert_tells(&error.to_string(), &["BatchGetItem", "1 keys"]);
    assert_eq!(emulator.requests(target).await.unwrap(), 11, "it ends");
}

/// The table's TTL attribute has the expiry, rounded up.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn an_expiry_is_in_whole_seconds() {
    let (_emulator, clients) = emulator();
    let name = fresh("table");
    aws_local::table(&clients, &name).await.unwrap();
    let expires_at = Some(Timestamp::from_millisecond(4_102_444_800_001).unwrap());
    let expiring = Item {
        expires_at,
        ..item("{}")
    };
    let table = DynamoTable::new(&clients, &name);
    table.put(expiring, Expect::Absent).await.unwrap();
    let rows = clients.dynamodb.scan().table_name(&name).send().await;
    let rows = rows.unwrap();
    let expiry = rows.items()[0]["expires_at"].as_n().unwrap();
    assert_eq!(expiry, "4102444801");
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn the_error_of_a_refusal_contains_the_fix() {
    let (emulator, clients) = emulator();
    let nowhere = DynamoTable::new(&clients, "nowhere");
    let key = item("").key;
    assert_tells(
        &told(nowhere.get(&key).await),
        &["no table `nowhere`", "BRIDGE_TABLE", "AWS_REGION"],
    );
    let denial = Fault::denial("DynamoDB_20120810.Query");
    emulator.fail(&[denial]).await.unwrap();
    assert_tells(
        &told(nowhere.query("p", "").await),
        &["does not allow dynamodb:Query on table `nowhere`", "role"],
    );
    drop(emulator);
    assert_tells(
        &told(nowhere.get(&key).await),
        &["can't be reached", "Connection refused", "AWS_REGION"],
    );
}
