//! Records the organisation of each project, when several organisations are served.

use std::collections::BTreeMap;

use anyhow::anyhow;
use shared::config::OpenTrainSettings;
use shared::connection::{Credentials, Kept, Linked, Readable, is_record_due, record};
use shared::ledger::{Install, InstallStatus, Ledger, Link};
use shared::model::ConnectionName;
use shared::opentrain::{OpenTrainError, PlatformClient, ProjectLink};

use super::super::{environment, session::clock};
use crate::exit::CliError;

pub(super) struct Links {
    /// Links that OpenTrain lists; empty if they were not read.
    pub(super) listed: Vec<ProjectLink>,
    /// Links in the ledger, without removed ones.
    pub(super) known: Vec<Link>,
    /// Failure of OpenTrain's list; `None` if it was not requested, e.g. for a disconnected connection.
    pub(super) failed: Option<OpenTrainError>,
    install: Option<Install>,
    is_listed: bool,
}

impl Links {
    /// Whether neither OpenTrain nor the ledger has data about the connection.
    fn are_unknown(&self) -> bool {
        !self.is_listed && self.install.is_none() && self.known.is_empty()
    }

    /// The projects that the connection has linked, from OpenTrain's list, otherwise from the ledger. Fails if
    /// OpenTrain does not answer and the ledger has no data about the connection.
    fn linked(&self, name: &ConnectionName) -> Result<Vec<Linked>, CliError> {
        if self.is_listed {
            return Ok(self.listed.iter().map(Linked::from).collect());
        }
        let failed = self.failed.as_ref();
        let is_refused = failed.is_none_or(OpenTrainError::is_refusal);
        if self.are_unknown() && !is_refused {
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

/// The links of each connection in `kept`.
pub(super) async fn links(
    settings: &OpenTrainSettings,
    ledger: Option<&Ledger>,
    kept: &Kept,
) -> Result<BTreeMap<ConnectionName, Links>, CliError> {
    let pool = settings.pool(clock()).map_err(|error| anyhow!(error))?;
    let mut all = BTreeMap::new();
    for (name, own) in kept {
        let links = links_of(settings, &pool, ledger, (name, own)).await?;
        all.insert(name.clone(), links);
    }
    Ok(all)
}

async fn links_of(
    settings: &OpenTrainSettings,
    pool: &PlatformClient,
    ledger: Option<&Ledger>,
    (name, own): (&ConnectionName, &Credentials),
) -> Result<Links, CliError> {
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
    let credentials = settings.kept().environment.over(name, Some(own.clone()));
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

/// Maximum attempts of an update while other operators connect customers.
const MOST_RACES: usize = 5;

/// Changes the connections. If several organisations are served afterwards and no projects are recorded yet, the same
/// write records each project for the organisation of its oldest link, so that no other organisation can use it in
/// between. If OpenTrain refuses a connection's token, its links in the ledger are used. Returns whether it recorded
/// projects. Stores nothing if it fails, e.g. because links are unknown.
pub(in crate::setup) async fn update<T>(
    settings: &OpenTrainSettings,
    ledger: Option<&Ledger>,
    mut change: impl FnMut(&mut Kept) -> Result<T, CliError>,
) -> Result<(T, bool), CliError> {
    for _ in 1..MOST_RACES {
        let mut raced = false;
        let result = update_once(settings, ledger, &mut change, &mut raced).await;
        if !raced {
            return result;
        }
    }
    update_once(settings, ledger, &mut change, &mut false).await
}

/// One attempt. Sets `raced` if another operator stored a connection after the links were read.
async fn update_once<T>(
    settings: &OpenTrainSettings,
    ledger: Option<&Ledger>,
    change: &mut impl FnMut(&mut Kept) -> Result<T, CliError>,
    raced: &mut bool,
) -> Result<(T, bool), CliError> {
    let keeper = &settings.kept().keeper;
    let Readable { mut kept, faults } = keeper.read_each().await?;
    change(&mut kept)?;
    let linked = match (is_record_due(&kept), faults.into_iter().next()) {
        (true, Some(fault)) => return Err(fault.into()),
        (true, None) => linked(settings, ledger, &kept).await?,
        (false, _) => BTreeMap::new(),
    };
    let change = |kept: &mut Kept| {
        let outcome = change(kept)?;
        let recorded = record_linked(kept, &linked).inspect_err(|_| *raced = true)?;
        Ok::<_, CliError>((outcome, recorded))
    };
    keeper.update(change).await
}

/// Records projects if that is due, and returns whether it was. Fails if a connection was stored after the links were
/// read.
pub(in crate::setup) fn record_linked(kept: &mut Kept, linked: &Linkeds) -> Result<bool, CliError> {
    if !is_record_due(kept) {
        return Ok(false);
    }
    if let Some(name) = kept.keys().find(|name| !linked.contains_key(*name)) {
        let reason = "was connected by another operator at the same time; nothing was stored: repeat the command";
        return Err(anyhow!("`{name}` {reason}").into());
    }
    record(kept, linked);
    Ok(true)
}

pub(in crate::setup) type Linkeds = BTreeMap<ConnectionName, Vec<Linked>>;

/// The projects that each connection has linked. Fails if the links of one connection are unknown, or if those of all
/// are, because every token is refused.
pub(in crate::setup) async fn linked(
    settings: &OpenTrainSettings,
    ledger: Option<&Ledger>,
    kept: &Kept,
) -> Result<Linkeds, CliError> {
    let all = links(settings, ledger, kept).await?;
    let refused = all.values().find_map(|links| links.failed.as_ref());
    if let Some(refused) = refused.filter(|_| all.values().all(Links::are_unknown)) {
        return Err(anyhow!("nothing was recorded: no connection's links are known ({refused}): run `bridge connect` for each with a new token").into());
    }
    let linked = |(name, links): (ConnectionName, Links)| {
        let linked = links.linked(&name)?;
        Ok((name, linked))
    };
    all.into_iter().map(linked).collect()
}

/// Records the organisations of the projects, if that is due.
pub(super) async fn all(
    settings: &OpenTrainSettings,
    ledger: Option<&Ledger>,
) -> Result<(), CliError> {
    update(settings, ledger, |_| Ok(())).await.map(drop)
}

/// The same at the start of a bridge, which also serves the environment's connection. Fails if the token in the
/// environment belongs to another organisation.
pub(crate) async fn record_at_start(
    settings: &OpenTrainSettings,
    ledger: &Ledger,
) -> Result<(), CliError> {
    enter(settings, Some(ledger)).await?;
    match is_record_due(&settings.kept().keeper.read_each().await?.kept) {
        true => all(settings, Some(ledger)).await,
        false => Ok(()),
    }
}

/// Verifies the environment's token, and stores an entry with the organisation and projects of its connection. Fails if
/// the token belongs to another organisation, or if its organisation is unknown.
pub(super) async fn enter(
    settings: &OpenTrainSettings,
    ledger: Option<&Ledger>,
) -> Result<(), CliError> {
    let (single, all) = (ConnectionName::default(), settings.kept());
    if all.environment.token.is_none() {
        return Ok(());
    }
    let organization = environment::verify(settings, ledger).await?;
    let kept = all.keeper.read_each().await?.kept;
    let is_alone = kept.keys().all(|name| *name == single);
    let is_known = kept
        .get(&single)
        .is_some_and(|own| own.organization.is_some());
    if is_alone || is_known {
        return Ok(());
    }
    let change = |kept: &mut Kept| {
        let own = kept.entry(single.clone()).or_default();
        own.organization.clone_from(&organization);
        Ok(())
    };
    update(settings, ledger, change).await.map(drop)
}
