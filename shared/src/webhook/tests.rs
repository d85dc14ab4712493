use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Head, Intake};
use crate::connection::{
    ConnectionStore, Connections, Credentials, Freshness, Index, Kept, Readable, StoreError,
    Version, Webhook,
};
use crate::model::ConnectionName;
use crate::model::clock::{Clock, ManualClock};
use crate::model::signature::WebhookSecret;
use crate::opentrain::{Options, PlatformClient};
use crate::queue::{Limits, SqliteQueue};
use crate::sqlite::Database;

/// A store with one connection, whose one secret is rolled.
struct Rolled(Mutex<Version>);

fn acme() -> ConnectionName {
    ConnectionName::parse("acme").unwrap()
}

fn secret(version: Version) -> WebhookSecret {
    WebhookSecret::new(&format!("whsec_{version}")).unwrap()
}

#[async_trait]
impl ConnectionStore for Rolled {
    async fn index(&self) -> Result<Index, StoreError> {
        let mut index = Index::default();
        index.set(&acme(), *self.0.lock().unwrap());
        Ok(index)
    }

    async fn load(&self, _: &ConnectionName, version: Version) -> Result<Credentials, StoreError> {
        let webhook = Webhook {
            endpoint: None,
            secret: secret(version),
        };
        Ok(Credentials {
            token: Some("ot_ptk_1".into()),
            webhooks: vec![webhook],
            ..Credentials::default()
        })
    }

    async fn load_all(&self, _: &Index) -> Result<Readable, StoreError> {
        let version = *self.0.lock().unwrap();
        let own = self.load(&acme(), version).await?;
        Ok(Kept::from([(acme(), own)]).into())
    }
}

/// Another delivery has made the bridge read the second secret, and the body is signed with the third.
#[tokio::test]
async fn a_secret_that_is_rolled_twice_while_a_body_arrives_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let time = || Arc::clone(&clock) as Arc<dyn Clock>;
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    let queue = Arc::new(SqliteQueue::new(database, time(), Limits::default()));
    let store = Arc::new(Rolled(Mutex::new(1)));
    let pool = PlatformClient::new("https://h.example", &"none".into(), Options::default());
    let freshness = Freshness::default();
    let connections = Connections::kept(Arc::clone(&store) as _, pool.unwrap(), time(), freshness);
    let intake = Intake::new(connections.clone(), queue, time());
    let first = connections.find(&acme()).await.unwrap().unwrap();
    let signature = secret(3).sign(b"{}", clock.now());
    let head = Head {
        connection: "acme",
        signature: Some(&signature),
        delivery: None,
    };
    let admitted = intake.admit(head).await.unwrap();
    *store.0.lock().unwrap() = 2;
    connections.reread(&first).await.unwrap();
    *store.0.lock().unwrap() = 3;
    clock.advance(freshness.doubt + Duration::from_millis(1));
    intake.receive(&admitted, b"{}").await.unwrap();
}
