//! Migration of a stack whose earlier bridge stored all connections as one text.

use aws_local::Fault;
use shared::aws::Clients;
use shared::connection::{ConnectionStore, Kept, StoreError};

use super::{GET, SECRET, add, holding, name, names, roll, store, told};
use crate::stores::assert_tells;

const EARLIER: &str = r#"{"version":1,"connections":{
    "customer-1":{"token":"ot_ptk_canary_1","install":"ins_1","webhooks":[{"endpoint":"whe_1","secret":"whsec_1"}]},
    "customer-2":{"token":"ot_ptk_canary_2","organization":"org_2","webhooks":[]}}}"#;

fn unchanged(_: &mut Kept) -> Result<(), StoreError> {
    Ok(())
}

async fn overwrite(clients: &Clients, text: &str) {
    let put = clients.secrets.put_secret_value().secret_id(SECRET);
    put.secret_string(text).send().await.unwrap();
}

/// Connections are served from that text. Changes by an earlier `bridge` are noticed.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn the_earlier_form_is_read_as_it_is() {
    let (emulator, clients) = holding(EARLIER).await;
    let store = store(&clients);
    let index = store.index().await.unwrap();
    let version = index.version(&name(1)).unwrap();
    let own = store.load(&name(1), version).await.unwrap();
    assert_eq!(own.webhooks[0].secret.expose(), "whsec_1");
    assert_eq!(index.version(&name(3)), None);
    assert_eq!(names(&store).await, [name(1), name(2)].into());
    overwrite(&clients, &EARLIER.replace("whsec_1", "whsec_rolled")).await;
    let index = store.index().await.unwrap();
    let newer = index.version(&name(1)).unwrap();
    assert_ne!(newer, version);
    let own = store.load(&name(1), newer).await.unwrap();
    assert_eq!(own.webhooks[0].secret.expose(), "whsec_rolled");
    assert_eq!(emulator.requests(GET).await.unwrap(), 0);
}

/// Functions of the earlier version may still run, and could not read the new format.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_change_requires_the_migration_and_does_not_change_the_text() {
    let (emulator, clients) = holding(EARLIER).await;
    let store = store(&clients);
    for refused in [add(&store, 3).await, roll(&store, 1, "whsec_2").await] {
        assert_tells(&told(refused), &[SECRET, "deploy", "bridge migrate"]);
    }
    let writes = emulator.requests("AmazonSSM.PutParameter").await.unwrap();
    assert_eq!(writes, 0);
    let held = clients.secrets.get_secret_value().secret_id(SECRET).send();
    assert_eq!(held.await.unwrap().secret_string.unwrap(), EARLIER);
}

/// A migration that is interrupted at any call is completed by the next one. A process that has read the text continues
/// with the parameters.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn the_migration_does_not_change_the_connections() {
    let (emulator, clients) = holding(EARLIER).await;
    let (operator, running) = (store(&clients), store(&clients));
    running.index().await.unwrap();
    let before = format!("{:?}", operator.read().await.unwrap());
    for denied in ["AmazonSSM.PutParameter", "secretsmanager.PutSecretValue"] {
        emulator.fail(&[Fault::denial(denied)]).await.unwrap();
        told(operator.migrate(unchanged).await);
        emulator.mend().await.unwrap();
        assert_eq!(format!("{:?}", running.read().await.unwrap()), before);
    }
    assert_eq!(operator.migrate(unchanged).await.unwrap(), Some(2));
    assert_eq!(operator.migrate(unchanged).await.unwrap(), None);
    assert_eq!(format!("{:?}", running.read().await.unwrap()), before);
    let version = running.index().await.unwrap().version(&name(1)).unwrap();
    let own = running.load(&name(1), version).await.unwrap();
    assert_eq!(own.webhooks[0].secret.expose(), "whsec_1");
    assert!(emulator.requests(GET).await.unwrap() > 0);
    roll(&operator, 1, "whsec_2").await.unwrap();
    add(&operator, 3).await.unwrap();
    assert_eq!(names(&running).await.len(), 3);
}

/// If an earlier `bridge` changes the text meanwhile, its change is migrated, too.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_change_during_the_migration_is_migrated() {
    let (emulator, clients) = holding(EARLIER).await;
    let operator = store(&clients);
    let slow = Fault::slowness(
        "AmazonSSM.PutParameter",
        std::time::Duration::from_millis(300),
    );
    emulator.fail(&[slow]).await.unwrap();
    let moving = tokio::spawn(async move { operator.migrate(unchanged).await });
    while emulator.requests("AmazonSSM.PutParameter").await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    overwrite(&clients, &EARLIER.replace("whsec_1", "whsec_rolled")).await;
    emulator.mend().await.unwrap();
    assert_eq!(moving.await.unwrap().unwrap(), Some(2));
    let kept = store(&clients).read().await.unwrap();
    assert_eq!(kept[&name(1)].webhooks[0].secret.expose(), "whsec_rolled");
}
