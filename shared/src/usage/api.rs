//! The API to which work is reported.

use async_trait::async_trait;

use crate::connection::Connection;
use crate::model::ids::ContractId;
use crate::opentrain::{ReportError, UsageAccepted, UsageEntry};

/// Receiver of work reports: OpenTrain's Platform API, or a model in memory for property tests.
#[async_trait]
pub trait UsageApi: Send + Sync {
    /// Reports whole-day totals of one contract.
    async fn report(
        &self,
        connection: &Connection,
        contract: &ContractId,
        entries: &[UsageEntry],
    ) -> Result<UsageAccepted, ReportError>;
}

/// OpenTrain's Platform API, by the connection's own client.
#[derive(Debug, Clone, Copy, Default)]
pub struct Platform;

#[async_trait]
impl UsageApi for Platform {
    async fn report(
        &self,
        connection: &Connection,
        contract: &ContractId,
        entries: &[UsageEntry],
    ) -> Result<UsageAccepted, ReportError> {
        connection.platform.report_usage(contract, entries).await
    }
}
