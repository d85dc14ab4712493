//! The bridge of a stage: on this machine, or anywhere else.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use shared::delivery::signature::WebhookSecret;
use shared::ledger::Ledger;
use shared::queue::Queue;

/// Whom a bridge is between.
#[derive(Debug, Clone)]
pub struct Sides {
    /// Where OpenTrain is.
    pub opentrain: String,
    /// The install's token there.
    pub token: SecretString,
    /// What deliveries are signed with.
    pub secret: WebhookSecret,
    /// Where the tool is; it speaks the members contract.
    pub tool: String,
    /// The bridge's token there.
    pub tool_token: SecretString,
}

/// A bridge that the story is played with, under the name of one connection: `default`.
#[async_trait]
pub trait Bridge: Send + Sync {
    /// Where it takes deliveries, when it runs.
    fn address(&self) -> SocketAddr;

    /// Starts it, the first time or again; nothing that it knew is lost.
    async fn start(&mut self, sides: &Sides) -> anyhow::Result<()>;

    /// Stops it: deliveries find nobody.
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
