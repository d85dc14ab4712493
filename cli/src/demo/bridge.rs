//! The bridge of a stage: in this process, or deployed.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use shared::ledger::Ledger;
use shared::model::signature::WebhookSecret;
use shared::queue::Queue;

/// The two systems that a bridge connects.
#[derive(Debug, Clone)]
pub struct Sides {
    /// URL of OpenTrain.
    pub opentrain: String,
    /// The install's token there.
    pub token: SecretString,
    /// Signing secret of the deliveries.
    pub secret: WebhookSecret,
    /// URL of the tool, which implements the members contract.
    pub tool: String,
    /// The bridge's token there.
    pub tool_token: SecretString,
}

/// A bridge for the demo, with one connection: `default`.
#[async_trait]
pub trait Bridge: Send + Sync {
    /// Address for deliveries, while it runs.
    fn address(&self) -> SocketAddr;

    /// Starts it, the first time or again, with all of its data.
    async fn start(&mut self, sides: &Sides) -> anyhow::Result<()>;

    /// Stops it: deliveries can't connect.
    async fn stop(&mut self) -> anyhow::Result<()>;

    /// Its queue.
    fn queue(&self) -> anyhow::Result<&Arc<dyn Queue>>;

    /// Its ledger.
    fn ledger(&self) -> anyhow::Result<&Ledger>;

    /// Reports work, as its schedule does; returns how many totals OpenTrain accepted.
    async fn usage(&self) -> anyhow::Result<usize>;

    /// Compares its ledger with OpenTrain, as its schedule does.
    async fn reconcile(&self) -> anyhow::Result<()>;
}
