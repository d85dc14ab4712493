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
    pub opentrain: String,
    /// Token of the install.
    pub token: SecretString,
    /// Signing secret of the deliveries.
    pub secret: WebhookSecret,
    /// URL of the tool, which implements the members contract.
    pub tool: String,
    /// The bridge's token for the tool.
    pub tool_token: SecretString,
}

/// A bridge for the demo, with one connection: `default`.
#[async_trait]
pub trait Bridge: Send + Sync {
    /// Address that receives deliveries.
    fn address(&self) -> SocketAddr;

    /// Starts the bridge. A second start keeps its data.
    async fn start(&mut self, sides: &Sides) -> anyhow::Result<()>;

    /// Stops the bridge, so that deliveries can't connect.
    async fn stop(&mut self) -> anyhow::Result<()>;

    fn queue(&self) -> anyhow::Result<&Arc<dyn Queue>>;

    fn ledger(&self) -> anyhow::Result<&Ledger>;

    /// Reports work, as the schedule does. Returns the number of accepted totals.
    async fn usage(&self) -> anyhow::Result<usize>;

    /// Compares the ledger with OpenTrain, as the schedule does.
    async fn reconcile(&self) -> anyhow::Result<()>;
}
