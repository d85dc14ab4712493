//! Webhook endpoints that were enabled: their alerts end at once, and not with the next reconcile.

use shared::ledger::{AlertKind, Ledger, LedgerError};
use shared::model::ids::EndpointId;
use shared::reconcile::{Outcome, What};

/// The subject of an alert about an endpoint.
pub(super) fn subject(endpoint: &EndpointId) -> String {
    format!("webhook endpoint {endpoint}")
}

/// Ends the alert about an endpoint.
pub(super) async fn end(ledger: &Ledger, endpoint: &EndpointId) -> Result<(), LedgerError> {
    let kind = AlertKind::EndpointDisabled;
    ledger.end_alert(kind, &subject(endpoint)).await
}

/// Ends the alerts about the endpoints that a reconcile has enabled.
pub(super) async fn end_all(ledger: &Ledger, outcome: &Outcome) -> Result<(), LedgerError> {
    for drift in outcome.drift.iter().filter(|it| it.repaired) {
        if let What::EndpointDisabled { endpoint, .. } = &drift.what {
            end(ledger, endpoint).await?;
        }
    }
    Ok(())
}
