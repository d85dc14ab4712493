//! The connection `default` with a token from the environment. The token is not stored, but its organisation is served
//! like any other.

use std::sync::Arc;

use anyhow::anyhow;
use shared::config::OpenTrainSettings;
use shared::ledger::Ledger;
use shared::model::ConnectionName;
use shared::model::clock::SystemClock;
use shared::opentrain::Install;
use shared::reconcile::foreign;

use crate::exit::CliError;

/// Refuses a token if the connection `default` belongs to another organisation, because the token's customer would get
/// the projects and trainers of that organisation. Returns the token's organisation; `None` without a token in the
/// environment.
pub(super) async fn verify(
    settings: &OpenTrainSettings,
    ledger: Option<&Ledger>,
) -> Result<Option<String>, CliError> {
    let (single, all) = (ConnectionName::default(), settings.kept());
    let Some(token) = &all.environment.token else {
        return Ok(None);
    };
    let kept = all.keeper.read_one(&single).await?;
    let known = match kept.and_then(|own| own.organization) {
        Some(known) => Some(known),
        None => known_organization(ledger, &single).await?,
    };
    let pool = settings
        .pool(Arc::new(SystemClock))
        .map_err(|error| anyhow!(error))?;
    let platform = pool.with_token(token).map_err(|error| anyhow!(error))?;
    match platform.install().await {
        Ok(install) => match mismatch(known.as_ref(), &install) {
            Some(reason) => Err(CliError::Usage(reason)),
            None => Ok(install.organization_id.or(known)),
        },
        // A refused token grants no access, so the connection still belongs to its known organisation.
        Err(error) if error.is_refusal() => Ok(known),
        Err(error) => known.map(Some).ok_or_else(|| error.into()),
    }
}

fn mismatch(known: Option<&String>, install: &Install) -> Option<String> {
    let reason = foreign(known, install, &ConnectionName::default())?;
    Some(format!("OPENTRAIN_PARTNER_TOKEN: {reason}"))
}

async fn known_organization(
    ledger: Option<&Ledger>,
    name: &ConnectionName,
) -> Result<Option<String>, CliError> {
    let Some(ledger) = ledger else {
        return Ok(None);
    };
    let install = ledger.install(name).await.map_err(anyhow::Error::from)?;
    Ok(install.and_then(|install| install.organization))
}
