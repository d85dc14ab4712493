//! Failed reads and writes, and their messages to the operator.

use aws_local::Fault;
use aws_sdk_ssm::types::ParameterType;
use secrecy::ExposeSecret as _;
use shared::connection::{ConnectionStore as _, Kept, StoreError};

use super::{LIST, MOVE, SECRET, add, credentials, empty, holding, name, names, roll, store, told};
use crate::stores::{assert_tells, emulator};

/// A new stack's secret has no value. A secret whose current version was removed is different: it had connections.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_secret_without_a_value_has_no_connections() {
    let (emulator, clients) = empty().await;
    let unread = store(&clients);
    assert!(names(&unread).await.is_empty());
    let denial = Fault::denial("secretsmanager.DescribeSecret");
    emulator.fail(&[denial]).await.unwrap();
    let text = told(store(&clients).read().await);
    assert_tells(&text, &["secretsmanager:DescribeSecret", SECRET, "role"]);
    emulator.mend().await.unwrap();

    add(&unread, 1).await.unwrap();
    assert_eq!(names(&unread).await.len(), 1);
    let held = clients.secrets.get_secret_value().secret_id(SECRET).send();
    let current = held.await.unwrap().version_id;
    let taken = clients.secrets.update_secret_version_stage();
    let taken = taken.secret_id(SECRET).version_stage("AWSCURRENT");
    let taken = taken.set_remove_from_version_id(current);
    taken.send().await.unwrap();
    let text = told(store(&clients).read().await);
    assert_tells(&text, &[SECRET, "BRIDGE_CONNECTIONS_SECRET"]);
}

/// A change that is refused halfway changes nothing, and can be repeated.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_change_that_fails_changes_nothing() {
    let (emulator, clients) = empty().await;
    let store = store(&clients);
    add(&store, 1).await.unwrap();
    let refused = store.update(None, |kept: &mut Kept| {
        kept.insert(name(2), credentials(2));
        Err::<(), _>(StoreError::Failing("no".into()))
    });
    assert_eq!(refused.await.unwrap_err().to_string(), "no");
    for (denied, right) in [
        ("AmazonSSM.PutParameter", "ssm:PutParameter"),
        ("secretsmanager.PutSecretValue", "PutSecretValue"),
        (MOVE, "UpdateSecretVersionStage"),
    ] {
        emulator.fail(&[Fault::denial(denied)]).await.unwrap();
        assert_tells(&told(add(&store, 2).await), &[right, "role"]);
        emulator.mend().await.unwrap();
        assert_eq!(names(&store).await, [name(1)].into(), "{denied}");
    }
    add(&store, 2).await.unwrap();
    assert_eq!(names(&store).await, [name(1), name(2)].into());
}

/// The change is stored once.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_change_whose_answer_is_lost_is_done() {
    let (emulator, clients) = empty().await;
    let store = store(&clients);
    add(&store, 1).await.unwrap();
    for lost in [
        "AmazonSSM.PutParameter",
        "secretsmanager.PutSecretValue",
        MOVE,
    ] {
        let lost = Fault::lost_answer(lost).times(1);
        emulator.fail(&[lost]).await.unwrap();
        let mut made = 0;
        let mut change = |kept: &mut Kept| {
            made += 1;
            let own = kept.get_mut(&name(1)).unwrap();
            own.webhooks.push(super::webhook("whsec_1"));
            Ok::<_, StoreError>(())
        };
        store.update(Some(&name(1)), &mut change).await.unwrap();
        assert_eq!(made, 1);
    }
    assert_eq!(store.read().await.unwrap()[&name(1)].webhooks.len(), 3);
}

/// The Parameter Store accepts three writes a second. A throttled write waits for its turn.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_write_that_is_throttled_is_repeated() {
    let (emulator, clients) = empty().await;
    let store = store(&clients);
    let busy = Fault::refusal("AmazonSSM.PutParameter", 400, "ThrottlingException");
    emulator.fail(&[busy.times(4)]).await.unwrap();
    add(&store, 1).await.unwrap();
    assert_eq!(names(&store).await.len(), 1);
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn the_error_of_an_unreadable_secret_contains_the_fix() {
    let canary = r#"{"version":1,"connections":{"a":"ot_ptk_canary"}}"#;
    let cases = [
        (canary, "does not hold connections"),
        ("ot_ptk_canary", "an older version"),
        (r#"{"version":2}"#, "a newer bridge"),
    ];
    for (text, cure) in cases {
        let (_emulator, clients) = holding(text).await;
        assert_tells(&told(store(&clients).read().await), &[SECRET, cure]);
    }
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn the_error_of_an_unreadable_parameter_contains_the_fix() {
    let (_emulator, clients) = empty().await;
    let store = store(&clients);
    let parameter = "/bridge/stack/connections/customer-1";
    add(&store, 1).await.unwrap();
    roll(&store, 1, "whsec_1").await.unwrap();
    // A write that took too long was repeated, and made one version more.
    let held = clients.ssm.get_parameter().name(parameter).send().await;
    let version = held.unwrap().parameter.unwrap().version;
    let delete = clients.ssm.delete_parameter().name(parameter);
    delete.send().await.unwrap();
    let text = told(store.read().await);
    assert_tells(
        &text,
        &["1 of the connections", "/bridge/stack", "bridge connect"],
    );
    for _ in 0..version {
        let text = r#"{"version":1,"connections":{"other":{"token":"ot_ptk_canary"}}}"#;
        let put = clients.ssm.put_parameter().name(parameter).value(text);
        let put = put.r#type(ParameterType::SecureString).overwrite(true);
        put.send().await.unwrap();
    }
    let text = told(store.read().await);
    assert_tells(
        &text,
        &[parameter, "does not hold a connection", "bridge connect"],
    );
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn the_error_of_a_refusal_contains_the_fix() {
    let (emulator, clients) = emulator();
    let store = store(&clients);
    let cure = ["no secret `stack/connections`", "BRIDGE_CONNECTIONS_SECRET"];
    assert_tells(&told(store.read().await), &cure);
    emulator.fail(&[Fault::no_secrets()]).await.unwrap();
    let failing = ["fails at secretsmanager:GetSecretValue"];
    assert_tells(&told(store.read().await), &failing);
    drop(emulator);
    let away = ["can't be reached", "AWS_REGION"];
    assert_tells(&told(store.read().await), &away);
}

/// Other connections can be read and changed. Connecting the damaged one again fixes it.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_damaged_parameter_affects_only_its_connection() {
    let (_emulator, clients) = empty().await;
    let store = store(&clients);
    add(&store, 1).await.unwrap();
    add(&store, 2).await.unwrap();
    let parameter = "/bridge/stack/connections/customer-1";
    for garbage in [None, Some("ot_ptk_canary")] {
        let before = store.index().await.unwrap().version(&name(1));
        let delete = clients.ssm.delete_parameter().name(parameter);
        delete.send().await.unwrap();
        if let Some(text) = garbage {
            let put = clients.ssm.put_parameter().name(parameter).value(text);
            put.r#type(ParameterType::SecureString)
                .send()
                .await
                .unwrap();
        }
        let read = store.read_each().await.unwrap();
        assert_eq!(read.kept.into_keys().collect::<Vec<_>>(), [name(2)]);
        assert_eq!(read.faults.len(), 1);
        assert!(read.faults[0].is_damage(), "{}", read.faults[0]);
        let load = store.load(&name(1), before.unwrap()).await;
        assert_tells(
            &told(load),
            &[parameter, "bridge connect --connection customer-1"],
        );

        // Another connection is changed, and the damaged one is unchanged.
        let change = |kept: &mut Kept| {
            kept.get_mut(&name(2)).unwrap().organization = Some("moved".into());
            Ok::<_, StoreError>(())
        };
        store.update(None, change).await.unwrap();
        assert_eq!(store.index().await.unwrap().version(&name(1)), before);

        let put = |kept: &mut Kept| {
            kept.insert(name(1), credentials(1));
            Ok::<_, StoreError>(())
        };
        store.update(None, put).await.unwrap();
        let after = store.index().await.unwrap().version(&name(1));
        assert_ne!(after, before, "stores with the old version read again");
        assert_eq!(store.read().await.unwrap().len(), 2);
    }
}

/// A list of parameters may lack one that was written a moment ago. Connected again, it keeps its webhook secrets.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn one_that_the_list_lacks_is_not_written_anew() {
    let (emulator, clients) = empty().await;
    let store = store(&clients);
    add(&store, 1).await.unwrap();
    roll(&store, 1, "whsec_1").await.unwrap();
    emulator.fail(&[Fault::partial(LIST, 1)]).await.unwrap();
    let connect = |kept: &mut Kept| {
        kept.entry(name(1)).or_default().token = Some("ot_ptk_canary_2".into());
        Ok::<_, StoreError>(())
    };
    store.update(None, connect).await.unwrap();
    emulator.mend().await.unwrap();
    let own = store.read().await.unwrap().remove(&name(1)).unwrap();
    assert_eq!(own.webhooks[0].secret.expose(), "whsec_1");
    let token = own.token.unwrap();
    assert_eq!(token.expose_secret(), "ot_ptk_canary_2");
}
