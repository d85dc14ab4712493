//! `bridge projects`: which organisation may use which project of the tool.
//!
//! While a bridge serves one organisation, that one may use every project and nothing is recorded. From the second
//! organisation on each project belongs to one: links of other organisations give no access to it.
//!
//! - `record`: whose project is whose, from OpenTrain's links or, where a token is refused, from the ledger's
//! - `environment`: the connection whose token is in the environment, as one of the organisations
//! - `list`, `give`: what `bridge projects` shows and changes

mod environment;
mod give;
mod list;
mod record;

use shared::config::{OpenTrainSettings, Reader};
use shared::connection::{ConnectionName, Kept, owner};
use shared::ids::ProjectId;
use shared::ledger::Ledger;

use super::args::{ProjectAction, ProjectsArgs};
use super::session::no_connection;
use crate::exit::Failed;
use crate::place::Place;

use environment::enter as enter_environment;
pub(super) use environment::verify as verify_environment;
pub(crate) use record::{record_at_start, record_if_shared};

/// Shows projects and links, or changes whose a project is.
pub(super) async fn run(args: &ProjectsArgs, place: &Place) -> Result<(), Failed> {
    let mut reader = Reader::new(place.vars());
    let settings = place.opentrain(&mut reader);
    let settings = reader.finish(settings)?;
    let ledger = place.ledger_if_any()?;
    enter_environment(&settings, ledger.as_ref()).await?;
    if served(&settings).await?.is_empty() {
        return Err(no_connection(place, &args.common.name()));
    }
    let give = give::Give {
        settings: &settings,
        ledger: ledger.as_ref(),
        place,
        args,
    };
    match &args.action {
        None => list::show(&settings, ledger.as_ref(), args).await,
        Some(ProjectAction::Record) => {
            record::all(&settings, ledger.as_ref()).await?;
            list::show(&settings, ledger.as_ref(), args).await
        }
        Some(ProjectAction::Allow { project }) => give.to_connection(project, None).await,
        Some(ProjectAction::Move { project, yes }) => give.to_connection(project, Some(*yes)).await,
    }
}

/// The connections that are set up here, with a token.
pub(super) async fn served(settings: &OpenTrainSettings) -> Result<Vec<ConnectionName>, Failed> {
    let all = settings.kept();
    let kept = all.keeper.read_each().await?.kept;
    let mut names: Vec<_> = kept
        .into_iter()
        .filter_map(|(name, own)| own.token.map(|_| name))
        .collect();
    if all.environment.token.is_some() {
        names.push(ConnectionName::single());
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// The organisation that a project belongs to, if it is not the connection's.
pub(super) fn owner_but(kept: &Kept, name: &ConnectionName, project: &ProjectId) -> Option<String> {
    let is_own = kept.get(name).and_then(|own| own.projects.as_ref());
    owner(kept, project).filter(|_| !is_own.is_some_and(|own| own.contains(project)))
}

/// The organisation behind a connection, as far as the ledger knows it.
async fn known_organization(
    ledger: Option<&Ledger>,
    name: &ConnectionName,
) -> Result<Option<String>, Failed> {
    let Some(ledger) = ledger else {
        return Ok(None);
    };
    let install = ledger.install(name).await.map_err(anyhow::Error::from)?;
    Ok(install.and_then(|install| install.organization))
}
