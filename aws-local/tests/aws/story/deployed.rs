//! The demo's bridge as a deployed stack.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use aws_local::{Deployment, Deviations};
use bridge::demo::{Bridge, Sides};
use shared::ledger::{DynamoTable, Ledger};
use shared::model::clock::SystemClock;
use shared::queue::{Queue, SqsQueue};

use crate::story::world::{PLACEHOLDERS, connect, tool_is};

/// The functions on an emulated stack.
pub(crate) struct Deployed {
    deployment: Deployment,
    queue: Arc<dyn Queue>,
    ledger: Ledger,
}

impl Deployed {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        let deviations = Deviations {
            parameters: PLACEHOLDERS
                .map(|(name, value)| (name, value.to_owned()))
                .into(),
            ..Deviations::default()
        };
        let deployment = Deployment::create("story", deviations).await?;
        let clock = Arc::new(SystemClock);
        let queue = SqsQueue::new(deployment.clients(), deployment.queues(), clock);
        let queue = Arc::new(queue);
        let table = DynamoTable::new(deployment.clients(), "story");
        let claims = DynamoTable::claims(deployment.clients(), "story-claims");
        let ledger = Ledger::new(Arc::new(table), Arc::new(claims), Arc::new(SystemClock));
        Ok(Self {
            deployment,
            queue,
            ledger,
        })
    }
}

#[async_trait]
impl Bridge for Deployed {
    fn address(&self) -> SocketAddr {
        self.deployment.address()
    }

    async fn start(&mut self, sides: &Sides) -> anyhow::Result<()> {
        connect(&self.deployment, sides).await?;
        tool_is(&self.deployment, sides).await?;
        self.deployment.set("OPENTRAIN_BASE_URL", &sides.opentrain);
        self.deployment.serve().await
    }

    async fn stop(&mut self) -> anyhow::Result<()> {
        self.deployment.stop().await;
        Ok(())
    }

    fn queue(&self) -> anyhow::Result<&Arc<dyn Queue>> {
        Ok(&self.queue)
    }

    fn ledger(&self) -> anyhow::Result<&Ledger> {
        Ok(&self.ledger)
    }

    async fn usage(&self) -> anyhow::Result<usize> {
        let said = self.deployment.run("usage-report").await?;
        let entries = said["entries"]
            .as_u64()
            .context("no number of entries in the answer")?;
        Ok(usize::try_from(entries)?)
    }

    async fn reconcile(&self) -> anyhow::Result<()> {
        self.deployment.run("reconciler").await?;
        Ok(())
    }
}
