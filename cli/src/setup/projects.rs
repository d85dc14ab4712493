//! `bridge projects`: which organisation may use which project of the tool.
//!
//! While a bridge serves one organisation, that one may use every project and nothing is recorded. From the second
//! organisation on each project belongs to one: nobody else's link gives access to it.

use std::collections::BTreeMap;

use anyhow::anyhow;
use serde_json::json;
use shared::config::{OpenTrainSettings, Reader};
use shared::connection::{
    ConnectionName, Kept, Readable, StoreError, allow, are_recorded, organizations, owner, record,
};
use shared::ids::ProjectId;
use shared::opentrain::ProjectLink;

use super::args::{ProjectAction, ProjectsArgs};
use super::print::{self, cell, table};
use super::session::{clock, misused, refused};
use crate::confirm::confirm;
use crate::exit::Failed;
use crate::paint::{BAD, GOOD, WAITS, paint};
use crate::place::Place;

/// The links of each connection that answered, and the connections that did not.
type Linked = (
    BTreeMap<ConnectionName, Vec<ProjectLink>>,
    Vec<(ConnectionName, String)>,
);

/// Shows projects and links, or changes whose a project is.
pub(super) async fn run(args: &ProjectsArgs, place: &Place) -> Result<(), Failed> {
    let mut reader = Reader::new(place.vars());
    let settings = place.opentrain_to_connect(&mut reader);
    let settings = reader.finish(settings)?;
    enter_environment(&settings).await?;
    let name = &args.common.connection;
    match &args.action {
        None => list(&settings, args.common.json).await,
        Some(ProjectAction::Record) => {
            record_all(&settings).await?;
            list(&settings, args.common.json).await
        }
        Some(ProjectAction::Allow { project }) => give(&settings, name, project, None).await,
        Some(ProjectAction::Move { project, yes }) => {
            give(&settings, name, project, Some(*yes)).await
        }
    }
}

async fn list(settings: &OpenTrainSettings, as_json: bool) -> Result<(), Failed> {
    let read = settings.kept().keeper.read_each().await.map_err(misused)?;
    let Readable { kept, faults } = read;
    let (links, failed) = links(settings, &kept).await?;
    let rows: Vec<_> = links
        .iter()
        .flat_map(|(name, links)| links.iter().map(move |link| (name, link)))
        .map(|(name, link)| {
            let projects = kept.get(name).and_then(|own| own.projects.as_ref());
            let allowed = projects.is_none_or(|it| it.contains(&link.external_project_id));
            (name, link, allowed)
        })
        .collect();
    if as_json {
        let row = |(name, link, allowed): &(&ConnectionName, &ProjectLink, bool)| {
            json!({ "project": link.external_project_id, "connection": name, "link": link.id, "allowed": allowed,
                "organization": owner(&kept, &link.external_project_id) })
        };
        print::json(&json!({ "projects": rows.iter().map(row).collect::<Vec<_>>() }));
        return Ok(());
    }
    let mut shown = table(["project", "connection", "link", "allowed"]);
    for (name, link, allowed) in &rows {
        let word = match allowed {
            true => paint(GOOD, "yes"),
            false => paint(BAD, "no: another organisation's"),
        };
        shown.add_row([
            cell(&link.external_project_id),
            cell(name),
            cell(&link.id),
            print::own(word),
        ]);
    }
    anstream::println!("{shown}");
    if organizations(&kept).len() > 1 && !are_recorded(&kept) {
        anstream::println!(
            "{} several organisations are served, and it is not recorded whose project is whose: run `bridge projects record`",
            paint(WAITS, "note")
        );
    }
    for (name, why) in failed {
        anstream::println!(
            "{} {name}: {}",
            paint(BAD, "not listed"),
            print::plain(&why)
        );
    }
    for fault in faults {
        anstream::println!("{} {fault}", paint(BAD, "not listed"));
    }
    Ok(())
}

/// Records each project for the organisation of its oldest link.
async fn record_all(settings: &OpenTrainSettings) -> Result<(), Failed> {
    let keeper = &settings.kept().keeper;
    let kept = keeper.read().await.map_err(misused)?;
    let (links, failed) = links(settings, &kept).await?;
    if let Some((name, why)) = failed.first() {
        return Err(
            anyhow!("nothing was recorded: the links of {name} can't be read: {why}").into(),
        );
    }
    let change = |kept: &mut Kept| {
        record(kept, &links);
        Ok::<_, StoreError>(())
    };
    keeper.update(change).await.map_err(misused)
}

/// Records the projects when a second organisation is served. Called when a token is stored and when the bridge starts.
/// Returns whether it did.
pub(crate) async fn record_if_shared(settings: &OpenTrainSettings) -> Result<bool, Failed> {
    enter_environment(settings).await?;
    let read = settings.kept().keeper.read_each().await.map_err(misused)?;
    if organizations(&read.kept).len() < 2 || are_recorded(&read.kept) {
        return Ok(false);
    }
    record_all(settings).await?;
    Ok(true)
}

/// Gives the environment's connection an entry beside the others, which its projects are recorded in.
async fn enter_environment(settings: &OpenTrainSettings) -> Result<(), Failed> {
    let (single, all) = (ConnectionName::single(), settings.kept());
    let Some(token) = &all.environment.token else {
        return Ok(());
    };
    let kept = all.keeper.read_each().await.map_err(misused)?.kept;
    let is_alone = kept.keys().all(|name| *name == single);
    let is_known = kept
        .get(&single)
        .is_some_and(|own| own.organization.is_some());
    if is_alone || is_known {
        return Ok(());
    }
    let pool = settings.pool(clock()).map_err(|error| anyhow!(error))?;
    let platform = pool.with_token(token).map_err(|error| anyhow!(error))?;
    let install = platform.install().await.map_err(refused)?;
    let change = |kept: &mut Kept| {
        let own = kept.entry(single.clone()).or_default();
        own.organization.clone_from(&install.organization_id);
        Ok::<_, StoreError>(())
    };
    all.keeper.update(change).await.map_err(misused)
}

async fn give(
    settings: &OpenTrainSettings,
    name: &ConnectionName,
    project: &str,
    moves: Option<bool>,
) -> Result<(), Failed> {
    let keeper = &settings.kept().keeper;
    let Readable { kept, faults } = keeper.read_each().await.map_err(misused)?;
    let project = ProjectId::from(project);
    // A project that nothing readable owns may belong to a connection that can't be read.
    let is_certain = kept.contains_key(name) && owner(&kept, &project).is_some();
    if let Some(fault) = faults.into_iter().next().filter(|_| !is_certain) {
        return Err(misused(fault));
    }
    if !kept.contains_key(name) {
        return Err(Failed::Misused(format!(
            "there is no connection `{name}`: `bridge connect --connection {name}`"
        )));
    }
    if organizations(&kept).len() > 1 && !are_recorded(&kept) {
        record_all(settings).await?;
    }
    if let Some(other) = owner_but(&kept, name, &project) {
        match moves {
            None => {
                return Err(Failed::Misused(format!(
                    "project {project} belongs to {other}: `bridge projects move {project} --connection {name}` takes it from there"
                )));
            }
            Some(yes) => confirm(
                &format!(
                    "Project {project} belongs to {other}, whose links give no access to it afterwards. Move it?"
                ),
                yes,
            )?,
        }
    }
    let change = |kept: &mut Kept| {
        allow(kept, name, &project);
        Ok::<_, StoreError>(())
    };
    keeper.update(change).await.map_err(misused)?;
    anstream::println!(
        "{} project {project} to {name}; the next reconcile grants what waits",
        paint(GOOD, "allowed")
    );
    Ok(())
}

/// The organisation that a project belongs to, if it is not the connection's.
pub(super) fn owner_but(kept: &Kept, name: &ConnectionName, project: &ProjectId) -> Option<String> {
    let is_own = kept.get(name).and_then(|own| own.projects.as_ref());
    owner(kept, project).filter(|_| !is_own.is_some_and(|own| own.contains(project)))
}

async fn links(settings: &OpenTrainSettings, kept: &Kept) -> Result<Linked, Failed> {
    let pool = settings.pool(clock()).map_err(|error| anyhow!(error))?;
    let (mut listed, mut failed) = (BTreeMap::new(), Vec::new());
    for name in kept.keys() {
        let credentials = settings.credentials(name).await.map_err(misused)?;
        let Some(token) = credentials.and_then(|it| it.token) else {
            continue;
        };
        let platform = pool.with_token(&token).map_err(|error| anyhow!(error))?;
        match platform.links().await {
            Ok(links) => drop(listed.insert(name.clone(), links.into_parts().0)),
            Err(error) => failed.push((name.clone(), error.to_string())),
        }
    }
    Ok((listed, failed))
}
