//! The connections of a stack: parameters, and an index in a secret.

mod failures;
mod migration;
mod read;

use std::collections::BTreeSet;

use aws_local::Emulator;
use futures::future::join_all;
use shared::aws::Clients;
use shared::connection::{ConnectionStore, Credentials, Kept, StackStore, StoreError, Webhook};
use shared::model::ConnectionName;
use shared::model::signature::WebhookSecret;

use crate::stores::{assert_tells, emulator};

const STACK: &str = "stack";
const SECRET: &str = "stack/connections";

const GET: &str = "AmazonSSM.GetParameter";
const LIST: &str = "AmazonSSM.GetParametersByPath";
const INDEX: &str = "secretsmanager.GetSecretValue";
const MOVE: &str = "secretsmanager.UpdateSecretVersionStage";

/// A secret without a value, as a stack creates it.
async fn empty() -> (Emulator, Clients) {
    let (emulator, clients) = emulator();
    aws_local::secret(&clients, SECRET, None).await.unwrap();
    (emulator, clients)
}

/// A secret with this text.
async fn holding(text: &str) -> (Emulator, Clients) {
    let (emulator, clients) = emulator();
    let made = aws_local::secret(&clients, SECRET, Some(text)).await;
    made.unwrap();
    (emulator, clients)
}

/// The store of one operator or one function. It shares nothing with other stores.
fn store(clients: &Clients) -> StackStore {
    StackStore::new(clients, STACK, SECRET)
}

fn name(number: usize) -> ConnectionName {
    ConnectionName::parse(&format!("customer-{number}")).unwrap()
}

/// A token in an error or a log is detected by `canary`.
fn credentials(number: usize) -> Credentials {
    Credentials {
        token: Some(format!("ot_ptk_canary_{number}").into()),
        organization: Some(format!("organization {number}")),
        ..Credentials::default()
    }
}

fn webhook(secret: &str) -> Webhook {
    Webhook {
        endpoint: None,
        secret: WebhookSecret::new(secret).unwrap(),
    }
}

async fn add(store: &StackStore, number: usize) -> Result<(), StoreError> {
    let put = |kept: &mut Kept| {
        kept.insert(name(number), credentials(number));
        Ok(())
    };
    store.update(Some(&name(number)), put).await
}

/// Makes a secret the newest one of a connection.
async fn roll(store: &StackStore, number: usize, secret: &str) -> Result<(), StoreError> {
    let put = |kept: &mut Kept| {
        let own = kept.get_mut(&name(number)).unwrap();
        own.webhooks.insert(0, webhook(secret));
        Ok(())
    };
    store.update(Some(&name(number)), put).await
}

async fn names(store: &StackStore) -> BTreeSet<ConnectionName> {
    store.read().await.unwrap().into_keys().collect()
}

fn told<T>(outcome: Result<T, StoreError>) -> String {
    let told = outcome.err().unwrap().to_string();
    assert!(!told.contains("canary"), "{told}");
    told
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_stored_connection_is_read_by_another_store() {
    let (_emulator, clients) = empty().await;
    let (writer, reader) = (store(&clients), store(&clients));
    add(&writer, 1).await.unwrap();
    assert_eq!(names(&reader).await, [name(1)].into());
    add(&writer, 2).await.unwrap();
    roll(&writer, 2, "whsec_2").await.unwrap();
    let kept = reader.read().await.unwrap();
    assert_eq!(
        kept[&name(1)].organization.as_deref(),
        Some("organization 1")
    );
    assert_eq!(kept[&name(2)].webhooks[0].secret.expose(), "whsec_2");
    assert!(kept[&name(2)].token.is_some());
}

/// Concurrent changes to the same connection or to different ones are all kept.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn changes_at_the_same_time_are_all_kept() {
    let (emulator, clients) = empty().await;
    let stores: Vec<_> = (0..4).map(|_| store(&clients)).collect();
    let added = stores.iter().enumerate().map(|(at, store)| add(store, at));
    for added in join_all(added).await {
        added.unwrap();
    }
    let secrets = ["whsec_0", "whsec_1", "whsec_2", "whsec_3"];
    let rolled = stores
        .iter()
        .zip(secrets)
        .map(|(store, secret)| roll(store, 0, secret));
    for rolled in join_all(rolled).await {
        rolled.unwrap();
    }
    let kept = store(&clients).read().await.unwrap();
    assert!(kept.keys().cloned().eq((0..4).map(name)));
    let mut rolled: Vec<_> = kept[&name(0)].secrets();
    rolled.sort_by(|one, other| one.expose().cmp(other.expose()));
    assert!(rolled.iter().map(WebhookSecret::expose).eq(secrets));
    let moves = emulator.requests(MOVE).await.unwrap();
    assert!(moves > 8, "no operator was ever slower: {moves}");
}

/// Its parameter is deleted after it has left the index. A later connection with the same name has none of its data.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_removed_connection_leaves_no_data() {
    let (_emulator, clients) = empty().await;
    let store = store(&clients);
    add(&store, 1).await.unwrap();
    add(&store, 2).await.unwrap();
    roll(&store, 1, "whsec_1").await.unwrap();
    let remove = |kept: &mut Kept| {
        kept.remove(&name(1));
        Ok::<_, StoreError>(())
    };
    store.update(None, remove).await.unwrap();
    assert_eq!(names(&store).await, [name(2)].into());
    assert!(store.index().await.unwrap().version(&name(1)).is_none());
    let parameter = clients.ssm.get_parameter();
    let parameter = parameter.name("/bridge/stack/connections/customer-1");
    assert!(parameter.send().await.is_err());
    add(&store, 1).await.unwrap();
    assert!(store.read().await.unwrap()[&name(1)].webhooks.is_empty());
}

/// An index with the maximum number of connections. The error contains that number.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_full_index_has_its_own_error() {
    let (_emulator, clients) = empty().await;
    let store = store(&clients);
    read::put_index(&clients, 5461).await;
    assert_eq!(store.index().await.unwrap().len(), 5461);
    let text = told(add(&store, 1).await);
    assert_tells(&text, &[SECRET, "5461 connections", "another stack"]);
    assert_eq!(store.index().await.unwrap().len(), 5461);
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_connection_that_is_too_large_says_what_to_do() {
    let (emulator, clients) = empty().await;
    let store = store(&clients);
    add(&store, 1).await.unwrap();
    let fill = |kept: &mut Kept| {
        let own = kept.get_mut(&name(1)).unwrap();
        own.webhooks = vec![webhook(&format!("whsec_{}", "x".repeat(40))); 160];
        Ok::<_, StoreError>(())
    };
    let writes = async || emulator.requests("AmazonSSM.PutParameter").await.unwrap();
    let before = writes().await;
    let text = told(store.update(Some(&name(1)), fill).await);
    assert_tells(&text, &["`customer-1`", "8192", "unsubscribe"]);
    assert!(store.read().await.unwrap()[&name(1)].webhooks.is_empty());
    assert_eq!(writes().await, before);
}

/// A change reads and writes only its own connection, regardless of the number of connections.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_change_of_one_takes_five_calls() {
    let (emulator, clients) = empty().await;
    let store = store(&clients);
    for number in 0..12 {
        add(&store, number).await.unwrap();
    }
    let all = [
        INDEX,
        GET,
        LIST,
        "AmazonSSM.PutParameter",
        "secretsmanager.PutSecretValue",
        MOVE,
    ];
    let calls = async || join_all(all.map(|it| emulator.requests(it))).await;
    let before = calls().await;
    roll(&store, 7, "whsec_7").await.unwrap();
    let after = calls().await;
    let made: Vec<_> = before
        .into_iter()
        .zip(after)
        .map(|(before, after)| after.unwrap() - before.unwrap())
        .collect();
    assert_eq!(made, [1, 1, 0, 1, 1, 1]);
}

/// One page of ten a call.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn all_are_read_ten_at_a_time() {
    let (emulator, clients) = empty().await;
    let store = store(&clients);
    for number in 0..25 {
        add(&store, number).await.unwrap();
    }
    let (one, pages) = (emulator.requests(GET).await.unwrap(), 3);
    assert_eq!(names(&store).await.len(), 25);
    assert_eq!(emulator.requests(LIST).await.unwrap(), pages);
    assert_eq!(emulator.requests(GET).await.unwrap(), one);
}
