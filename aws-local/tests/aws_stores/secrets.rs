//! The connections of a stack, in Secrets Manager.

use std::sync::Arc;

use aws_local::{Emulator, Fault};
use futures::future::join_all;
use shared::aws::Clients;
use shared::clock::SystemClock;
use shared::connection::{
    ConnectionName, ConnectionStore, Credentials, Kept, SecretStore, StoreError, Webhook,
};
use shared::delivery::signature::WebhookSecret;

use crate::{assert_tells, emulator};

const NAME: &str = "stack/connections";
const READ: &str = "secretsmanager.GetSecretValue";

/// A secret as a stack creates it: without a value.
async fn empty() -> (Emulator, Clients) {
    let (emulator, clients) = emulator();
    aws_local::secret(&clients, NAME, None).await.unwrap();
    (emulator, clients)
}

async fn holding(text: &str) -> (Emulator, Clients) {
    let (emulator, clients) = emulator();
    aws_local::secret(&clients, NAME, Some(text)).await.unwrap();
    (emulator, clients)
}

/// One operator's, or one function's; nothing is shared with another's.
fn store(clients: &Clients) -> SecretStore {
    SecretStore::new(clients, NAME, Arc::new(SystemClock))
}

fn name(number: usize) -> ConnectionName {
    ConnectionName::parse(&format!("customer-{number}")).unwrap()
}

/// A token that stands in an error or a log is found by its first word.
fn credentials(number: usize) -> Credentials {
    Credentials {
        token: Some(format!("ot_ptk_canary_{number}").into()),
        organization: Some(format!("organization {number} {}", "x".repeat(100))),
        ..Credentials::default()
    }
}

async fn add(store: &SecretStore, number: usize) -> Result<(), StoreError> {
    store
        .update(|kept: &mut Kept| {
            kept.insert(name(number), credentials(number));
            Ok(())
        })
        .await
}

/// A new stack's has none. A secret whose current version was taken away is another matter: it had connections.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_secret_without_a_value_has_no_connections() {
    let (emulator, clients) = empty().await;
    let unread = store(&clients);
    assert!(unread.names().await.unwrap().is_empty());
    assert!(unread.load(&name(1)).await.unwrap().is_none());
    let denial = Fault::denial("secretsmanager.DescribeSecret");
    emulator.fail(&[denial]).await.unwrap();
    let told = store(&clients).names().await.unwrap_err().to_string();
    assert_tells(&told, &["secretsmanager:DescribeSecret", NAME, "role"]);
    emulator.mend().await.unwrap();

    add(&unread, 1).await.unwrap();
    assert_eq!(unread.read().await.unwrap().len(), 1);
    let held = clients.secrets.get_secret_value().secret_id(NAME).send();
    let current = held.await.unwrap().version_id;
    let taken = clients.secrets.update_secret_version_stage();
    let taken = taken.secret_id(NAME).version_stage("AWSCURRENT");
    let taken = taken.set_remove_from_version_id(current);
    taken.send().await.unwrap();
    let told = store(&clients).names().await.unwrap_err().to_string();
    assert_tells(&told, &[NAME, "BRIDGE_CONNECTIONS_SECRET"]);
}

/// A door that has just read the secret would answer a doubt with what it read.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_doubt_is_answered_by_the_secret_as_it_is_now() {
    let (_emulator, clients) = empty().await;
    let (door, operator) = (store(&clients), store(&clients));
    add(&operator, 1).await.unwrap();
    let before = door.load(&name(1)).await.unwrap().unwrap();
    assert!(before.webhooks.is_empty());
    let webhook = Webhook {
        endpoint: None,
        secret: WebhookSecret::new("whsec_new").unwrap(),
    };
    let rolled = operator.update(|kept: &mut Kept| {
        kept.get_mut(&name(1))
            .unwrap()
            .webhooks
            .push(webhook.clone());
        Ok::<_, StoreError>(())
    });
    rolled.await.unwrap();
    let fresh = door.reload(&name(1)).await.unwrap().unwrap();
    assert_eq!(fresh.webhooks.len(), 1);
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn what_one_stores_another_reads() {
    let (_emulator, clients) = empty().await;
    let (writer, reader) = (store(&clients), store(&clients));
    add(&writer, 1).await.unwrap();
    let names = reader.names().await.unwrap();
    assert!(names.into_iter().eq([name(1)]));
    add(&writer, 2).await.unwrap();
    assert!(writer.load(&name(2)).await.unwrap().is_some());
    let kept = reader.read().await.unwrap();
    let organization = kept[&name(2)].organization.as_deref().unwrap();
    assert!(organization.starts_with("organization 2 "));
    assert!(kept[&name(1)].token.is_some());
}

/// Two operators at once: neither loses the other's change.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn changes_at_the_same_time_are_all_kept() {
    let (emulator, clients) = empty().await;
    let stores: Vec<_> = (0..4).map(|_| store(&clients)).collect();
    let changes = stores.iter().enumerate().map(|(at, store)| async move {
        for number in [at * 10, at * 10 + 1] {
            add(store, number).await.unwrap();
        }
    });
    join_all(changes).await;
    let kept = store(&clients).read().await.unwrap();
    let expected: Vec<_> = [0, 1, 10, 11, 20, 21, 30, 31].map(name).into();
    let mut found: Vec<_> = kept.into_keys().collect();
    found.sort_by_key(|name| name.as_str().len());
    assert_eq!(found, expected);
    let moves = emulator.requests("secretsmanager.UpdateSecretVersionStage");
    assert!(moves.await.unwrap() > 8, "nobody was ever slower");
}

/// A change that is refused half way leaves everything as it was. Of the first version this is not so: Secrets Manager
/// makes it the current one by itself.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_change_that_fails_changes_nothing() {
    let none = r#"{"version":1,"connections":{}}"#;
    let (emulator, clients) = holding(none).await;
    let store = store(&clients);
    let refused = store
        .update(|kept: &mut Kept| {
            kept.insert(name(1), credentials(1));
            Err::<(), _>(StoreError::Failing("no".into()))
        })
        .await;
    assert_eq!(refused.unwrap_err().to_string(), "no");
    let denial = Fault::denial("secretsmanager.UpdateSecretVersionStage");
    emulator.fail(&[denial]).await.unwrap();
    let text = add(&store, 1).await.unwrap_err().to_string();
    assert_tells(&text, &["UpdateSecretVersionStage", NAME, "role"]);
    assert!(store.read().await.unwrap().is_empty());
}

/// The change is there, and it is made once.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_change_whose_answer_is_lost_is_done() {
    let (emulator, clients) = empty().await;
    let store = store(&clients);
    let lost = Fault::lost_answer("secretsmanager.UpdateSecretVersionStage").times(1);
    emulator.fail(&[lost]).await.unwrap();
    let mut made = 0;
    let changed = store.update(|kept: &mut Kept| {
        made += 1;
        kept.insert(name(1), credentials(1));
        Ok::<_, StoreError>(())
    });
    changed.await.unwrap();
    assert_eq!(made, 1);
    assert_eq!(store.read().await.unwrap().len(), 1);
}

/// With how many there are; and everything stays as it was.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_full_secret_is_told_from_a_broken_one() {
    let (_emulator, clients) = empty().await;
    let store = store(&clients);
    let fill = |most: usize| {
        store.update(move |kept: &mut Kept| {
            kept.extend((0..most).map(|number| (name(number), credentials(number))));
            Ok::<_, StoreError>(())
        })
    };
    fill(300).await.unwrap();
    let text = fill(400).await.unwrap_err().to_string();
    assert_tells(
        &text,
        &[NAME, "65536 bytes", "400 connections", "another stack"],
    );
    assert_eq!(store.read().await.unwrap().len(), 300);
}

/// However many customers there are.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn one_reading_serves_all() {
    let (emulator, clients) = empty().await;
    let writer = store(&clients);
    for number in 0..5 {
        add(&writer, number).await.unwrap();
    }
    let before = emulator.requests(READ).await.unwrap();
    let store = store(&clients);
    for name in store.names().await.unwrap() {
        assert!(store.load(&name).await.unwrap().is_some());
    }
    assert_eq!(emulator.requests(READ).await.unwrap(), before + 1);
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_secret_that_can_t_be_read_names_its_cure() {
    let canary = r#"{"version":1,"connections":{"a":"ot_ptk_canary"}}"#;
    let cases = [
        (canary, "does not hold connections"),
        ("ot_ptk_canary", "bridge connect"),
        (r#"{"version":2}"#, "a newer bridge"),
    ];
    for (text, cure) in cases {
        let (_emulator, clients) = holding(text).await;
        let told = store(&clients).names().await.unwrap_err().to_string();
        assert_tells(&told, &[NAME, cure]);
        assert!(!told.contains("canary"), "{told}");
    }
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_refusal_names_its_cure() {
    let (emulator, clients) = emulator();
    let store = store(&clients);
    let told = async || store.read().await.unwrap_err().to_string();
    let cure = ["no secret `stack/connections`", "BRIDGE_CONNECTIONS_SECRET"];
    assert_tells(&told().await, &cure);
    emulator.fail(&[Fault::no_secrets()]).await.unwrap();
    assert_tells(&told().await, &["fails at secretsmanager:GetSecretValue"]);
    drop(emulator);
    assert_tells(&told().await, &["can't be reached", "AWS_REGION"]);
}
