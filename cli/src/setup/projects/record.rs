//! Records whose project is whose, once several organisations are served.

use std::collections::BTreeMap;

use anyhow::anyhow;
use shared::config::OpenTrainSettings;
use shared::connection::{
    ConnectionName, Kept, Linked, StoreError, are_recorded, organizations, record,
};
use shared::ledger::{Install, InstallStatus, Ledger, Link};
use shared::opentrain::{Disposition, OpenTrainError, PlatformClient, ProjectLink};

use super::super::{environment, session::clock};
use crate::exit::Failed;

/// The links of one connection.
pub(super) struct Links {
    /// As OpenTrain lists them; empty if it does not.
    pub(super) listed: Vec<ProjectLink>,
    /// As the ledger knows them, those that were removed left out.
    pub(super) known: Vec<Link>,
    /// Why OpenTrain does not list them. None if an operator has disconnected the connection.
    pub(super) failed: Option<OpenTrainError>,
    install: Option<Install>,
    is_listed: bool,
}

impl Links {
    /// The projects that the connection has linked, by OpenTrain's list, else by the ledger's.
    ///
    /// # Errors
    /// If neither is known: OpenTrain does not answer, and the ledger has never seen the connection.
    fn linked(&self, name: &ConnectionName) -> Result<Vec<Linked>, Failed> {
        if self.is_listed {
            return Ok(self.listed.iter().map(Linked::from).collect());
        }
        let failed = self.failed.as_ref();
        let is_refused = failed.is_none_or(|it| it.disposition() == Disposition::Operator);
        if self.install.is_none() && self.known.is_empty() && !is_refused {
            let why = failed.map(ToString::to_string).unwrap_or_default();
            return Err(
                anyhow!("nothing was recorded: the links of {name} can't be read: {why}").into(),
            );
        }
        let linked = |link: &Link| {
            Some(Linked {
                project: link.project.clone()?,
                made: link.at,
            })
        };
        Ok(self.known.iter().filter_map(linked).collect())
    }
}

/// The links of each connection that is kept.
pub(super) async fn links(
    settings: &OpenTrainSettings,
    ledger: Option<&Ledger>,
    kept: &Kept,
) -> Result<BTreeMap<ConnectionName, Links>, Failed> {
    let pool = settings.pool(clock()).map_err(|error| anyhow!(error))?;
    let mut all = BTreeMap::new();
    for name in kept.keys() {
        let links = links_of(settings, &pool, ledger, name).await?;
        all.insert(name.clone(), links);
    }
    Ok(all)
}

async fn links_of(
    settings: &OpenTrainSettings,
    pool: &PlatformClient,
    ledger: Option<&Ledger>,
    name: &ConnectionName,
) -> Result<Links, Failed> {
    let mut links = Links {
        listed: Vec::new(),
        known: Vec::new(),
        failed: None,
        install: None,
        is_listed: false,
    };
    if let Some(ledger) = ledger {
        let known = ledger.links(name).await.map_err(anyhow::Error::from)?;
        links.known = known.into_iter().filter(|link| !link.removed).collect();
        links.install = ledger.install(name).await.map_err(anyhow::Error::from)?;
    }
    let is_gone = |it: &Install| it.disconnected || it.status == InstallStatus::Revoked;
    if links.install.as_ref().is_some_and(is_gone) {
        return Ok(links);
    }
    let credentials = settings.credentials(name).await?;
    let Some(token) = credentials.and_then(|it| it.token) else {
        return Ok(links);
    };
    let platform = pool.with_token(&token).map_err(|error| anyhow!(error))?;
    match platform.links().await {
        Ok(listed) => {
            links.listed = listed.into_parts().0;
            links.is_listed = true;
        }
        Err(error) => links.failed = Some(error),
    }
    Ok(links)
}

/// Records each project for the organisation of its oldest link. Of a connection whose token OpenTrain refuses, the links
/// that the ledger knows count.
pub(super) async fn all(
    settings: &OpenTrainSettings,
    ledger: Option<&Ledger>,
) -> Result<(), Failed> {
    let keeper = &settings.kept().keeper;
    let kept = keeper.read().await?;
    let mut linked = BTreeMap::new();
    for (name, links) in links(settings, ledger, &kept).await? {
        linked.insert(name.clone(), links.linked(&name)?);
    }
    let change = |kept: &mut Kept| {
        record(kept, &linked);
        Ok::<_, StoreError>(())
    };
    Ok(keeper.update(change).await?)
}

/// Records the projects when a second organisation is served. Called when a token is stored and when the bridge starts.
/// Returns whether it did.
///
/// # Errors
/// Connections or a ledger that can't be read; links of a connection that are not known at all.
pub(crate) async fn record_if_shared(
    settings: &OpenTrainSettings,
    ledger: Option<&Ledger>,
) -> Result<bool, Failed> {
    let kept = settings.kept().keeper.read_each().await?.kept;
    if organizations(&kept).len() < 2 || are_recorded(&kept) {
        return Ok(false);
    }
    all(settings, ledger).await?;
    Ok(true)
}

/// The same at the start of a bridge, which serves the environment's connection too.
///
/// # Errors
/// Those of [`record_if_shared`], and a token of another organisation in the environment.
pub(crate) async fn record_at_start(
    settings: &OpenTrainSettings,
    ledger: &Ledger,
) -> Result<bool, Failed> {
    environment::enter(settings, Some(ledger)).await?;
    record_if_shared(settings, Some(ledger)).await
}
