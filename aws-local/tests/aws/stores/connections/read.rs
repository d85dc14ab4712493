//! Reads of connections by the webhook and the provisioner.

use std::sync::Arc;
use std::time::Duration;

use aws_local::Fault;
use aws_sdk_secretsmanager::primitives::Blob;
use shared::aws::Clients;
use shared::connection::{Connections, Freshness, StackStore};
use shared::model::clock::ManualClock;
use shared::opentrain::{Options, PlatformClient};

use super::{GET, INDEX, LIST, SECRET, add, credentials, empty, name, roll, store};

/// Writes an index of this number of connections, none of which has a parameter.
pub(super) async fn put_index(clients: &Clients, connections: u64) {
    let entries =
        (0..connections).flat_map(|number| [number.to_be_bytes().to_vec(), vec![0, 0, 0, 1]]);
    let bytes = [b"BRI1".to_vec()].into_iter().chain(entries).flatten();
    let put = clients.secrets.put_secret_value().secret_id(SECRET);
    let put = put.secret_binary(Blob::new(bytes.collect::<Vec<_>>()));
    put.send().await.unwrap();
}

fn connections(store: StackStore, clock: &Arc<ManualClock>) -> Connections {
    let pool = PlatformClient::new("https://h.example", &"none".into(), Options::default());
    let clock = Arc::clone(clock) as _;
    Connections::kept(Arc::new(store), pool.unwrap(), clock, Freshness::default())
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-06-12T10:00:00Z".parse().unwrap()))
}

/// With thousands of customers, a connection costs one read, once; an unknown one costs none.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn thousands_are_served_with_a_read_for_each_that_is_called() {
    let (emulator, clients) = empty().await;
    put_index(&clients, 5000).await;
    let (operator, clock) = (store(&clients), clock());
    add(&operator, 1).await.unwrap();
    let (reads, indexes) = (
        emulator.requests(GET).await.unwrap(),
        emulator.requests(INDEX).await.unwrap(),
    );
    let webhook = connections(store(&clients), &clock);
    for number in 0..100 {
        let found = webhook.find(&name(number)).await.unwrap();
        assert_eq!(found.is_some(), number == 1);
    }
    clock.advance(Duration::from_secs(29));
    assert!(webhook.find(&name(1)).await.unwrap().is_some());
    assert_eq!(emulator.requests(INDEX).await.unwrap(), indexes + 1);
    clock.advance(Duration::from_secs(3600));
    assert!(webhook.find(&name(1)).await.unwrap().is_some());
    assert_eq!(emulator.requests(INDEX).await.unwrap(), indexes + 2);
    assert_eq!(emulator.requests(GET).await.unwrap(), reads + 1);
    assert_eq!(emulator.requests(LIST).await.unwrap(), 0);
}

/// The new secret is found even directly after the webhook has read the index.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_rolled_secret_is_found_before_a_signature_is_refused() {
    let (_emulator, clients) = empty().await;
    let (operator, clock) = (store(&clients), clock());
    add(&operator, 1).await.unwrap();
    let webhook = connections(store(&clients), &clock);
    let before = webhook.find(&name(1)).await.unwrap().unwrap();
    assert!(before.secrets.is_empty());
    roll(&operator, 1, "whsec_new").await.unwrap();
    let fresh = webhook.reread(&before).await.unwrap();
    assert_eq!(fresh.secrets[0].expose(), "whsec_new");
}

/// Other connections are served meanwhile. The failed one is read again a second later.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_read_that_fails_is_remembered_for_a_second() {
    let (emulator, clients) = empty().await;
    let (operator, clock) = (store(&clients), clock());
    add(&operator, 1).await.unwrap();
    add(&operator, 2).await.unwrap();
    let webhook = connections(store(&clients), &clock);
    webhook.find(&name(2)).await.unwrap().unwrap();
    emulator.fail(&[Fault::no_parameters()]).await.unwrap();
    let mut reads = Vec::new();
    for _ in 0..2 {
        let error = webhook.find(&name(1)).await.unwrap_err().to_string();
        assert!(error.contains("ssm:GetParameter"), "{error}");
        webhook.find(&name(2)).await.unwrap().unwrap();
        reads.push(emulator.requests(GET).await.unwrap());
    }
    assert_eq!(reads[0], reads[1], "the failure is remembered");
    emulator.mend().await.unwrap();
    clock.advance(Duration::from_secs(1));
    let found = webhook.find(&name(1)).await.unwrap().unwrap();
    assert_eq!(found.name, name(1));
}

/// Remains of an interrupted change are ignored: a newer version, or a connection that is not in the index.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn versions_and_connections_outside_the_index_are_ignored() {
    let (emulator, clients) = empty().await;
    let operator = store(&clients);
    add(&operator, 1).await.unwrap();
    let denial = Fault::denial("secretsmanager.PutSecretValue");
    emulator.fail(&[denial]).await.unwrap();
    roll(&operator, 1, "whsec_lost").await.unwrap_err();
    add(&operator, 2).await.unwrap_err();
    emulator.mend().await.unwrap();
    let kept = store(&clients).read().await.unwrap();
    assert!(kept.keys().eq([&name(1)]));
    assert!(kept[&name(1)].webhooks.is_empty());
    let webhook = connections(store(&clients), &clock());
    assert!(webhook.find(&name(2)).await.unwrap().is_none());
    let found = webhook.find(&name(1)).await.unwrap().unwrap();
    assert!(found.secrets.is_empty());
    roll(&operator, 1, "whsec_kept").await.unwrap();
    let kept = store(&clients).read().await.unwrap();
    assert_eq!(kept[&name(1)].webhooks.len(), 1);
    assert_eq!(kept[&name(1)].organization, credentials(1).organization);
}
