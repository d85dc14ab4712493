//! `bridge link`: links a job to a project in the tool.

use anyhow::anyhow;
use shared::connection::{Kept, Readable, StoreError, allow, are_recorded, owner};
use shared::ledger::audit::{AuditEvent, Entry};
use shared::model::ids::{JobId, ProjectId};
use shared::opentrain::{NewProjectLink, OpenTrainError, ProjectLink, ProvisioningMode};
use shared::tool::{AnnotationTool, Project};

use super::args::LinkArgs;
use super::output::Linked;
use super::print;
use super::projects::owner_but;
use super::session::Session;
use crate::control::{self, action};
use crate::document::Foreign;
use crate::exit::CliError;
use crate::paint::{GOOD, paint};
use crate::targets::Target;

/// Maximum lengths in characters (docs/opentrain-api.md, Project links).
const LONGEST_ID: usize = 200;
const LONGEST_NAME: usize = 300;
const LONGEST_URL: usize = 2048;

/// A job to link to a project.
pub(crate) struct NewLink<'a> {
    pub(crate) job: &'a JobId,
    pub(crate) project: &'a ProjectId,
    /// OpenTrain grants access itself.
    pub(crate) managed: bool,
}

pub(super) async fn run(args: &LinkArgs, target: &Target) -> Result<(), CliError> {
    let (session, tool) = Session::open_with_tool(target, &args.common.name()).await?;
    let new = NewLink {
        job: &JobId::from(args.job.as_str()),
        project: &ProjectId::from(args.project.as_str()),
        managed: args.managed,
    };
    // The entry has no job id: a mistyped id can be a name, which no row may keep. The project is verified below.
    let entry = Entry {
        project: Some(new.project.clone()),
        ..action(AuditEvent::OperatorLink, &session.name)
    };
    let body = prepare(&session, tool.as_ref(), &new).await?;
    control::record(target, entry).await?;
    let link = send(&session, &body).await?;
    if args.common.json {
        let link = Foreign::of(&link);
        print::json(&Linked { link })?;
    } else {
        show(&link);
    }
    Ok(())
}

/// Links the job to the project, if the connection's organisation may use the project.
pub(crate) async fn create(
    session: &Session,
    tool: &dyn AnnotationTool,
    new: &NewLink<'_>,
) -> Result<ProjectLink, CliError> {
    let body = prepare(session, tool, new).await?;
    send(session, &body).await
}

async fn send(session: &Session, body: &NewProjectLink) -> Result<ProjectLink, CliError> {
    let link = match session.platform.create_link(body).await {
        Ok(link) => link,
        Err(error) => return Err(explained(error, session, &body.external_project_id).await),
    };
    record(session, &link).await?;
    Ok(link)
}

/// The link to create. Fails if the connection's organisation may not use the project.
pub(crate) async fn prepare(
    session: &Session,
    tool: &dyn AnnotationTool,
    new: &NewLink<'_>,
) -> Result<NewProjectLink, CliError> {
    Ok(body(new, may_link(session, tool, new).await?))
}

/// The project in the tool, if the connection's organisation may use it.
pub(crate) async fn may_link(
    session: &Session,
    tool: &dyn AnnotationTool,
    new: &NewLink<'_>,
) -> Result<Project, CliError> {
    let id = new.project;
    if id.as_str().chars().count() > LONGEST_ID {
        return Err(CliError::Usage(format!(
            "--project: OpenTrain accepts ids of at most {LONGEST_ID} characters"
        )));
    }
    let keeper = &session.settings.kept().keeper;
    let Readable { kept, faults } = keeper.read_each().await?;
    // A project without a readable owner may belong to an unreadable connection.
    if owner(&kept, id).is_none()
        && let Some(fault) = faults.into_iter().next()
    {
        return Err(fault.into());
    }
    if let Some(other) = owner_but(&kept, &session.name, id) {
        return Err(CliError::Usage(format!(
            "project {id} belongs to {other}: move it with `bridge projects move {id}{}`",
            session.flags()
        )));
    }
    Ok(tool.project(id).await?)
}

/// Records that the connection's organisation uses the link's project, if projects are recorded.
pub(crate) async fn record(session: &Session, link: &ProjectLink) -> Result<(), CliError> {
    let keeper = &session.settings.kept().keeper;
    // Meanwhile, another operator may have connected a second organisation, and allowed it the project.
    if are_recorded(&keeper.read_each().await?.kept) {
        let change = |kept: &mut Kept| {
            let project = &link.external_project_id;
            if owner_but(kept, &session.name, project).is_none() {
                allow(kept, &session.name, project);
            }
            Ok::<_, StoreError>(())
        };
        keeper.update(change).await?;
    }
    Ok(())
}

/// Combines the operator's id with the tool's name and URL.
fn body(new: &NewLink<'_>, project: Project) -> NewProjectLink {
    let mode = match new.managed {
        true => ProvisioningMode::ManagedAdapter,
        false => ProvisioningMode::PartnerWebhook,
    };
    let name: String = project.name.chars().take(LONGEST_NAME).collect();
    NewProjectLink {
        external_project_id: new.project.clone(),
        external_project_name: Some(name).filter(|name| !name.is_empty()),
        // A truncated URL would not work, so a longer one is omitted.
        external_project_url: project.url.filter(|url| url.chars().count() <= LONGEST_URL),
        job_id: Some(new.job.clone()),
        provisioning_mode: mode,
    }
}

/// Adds the existing link to the error for a 409, if OpenTrain lists it.
async fn explained(error: OpenTrainError, session: &Session, project: &ProjectId) -> CliError {
    if error.own_status() != Some(409) {
        return error.into();
    }
    let links = session.platform.links().await.unwrap_or_default();
    let is_in_the_way = |link: &ProjectLink| link.external_project_id == *project;
    let Some(link) = links.find(is_in_the_way).found() else {
        return error.into();
    };
    let job = link
        .job_id
        .as_ref()
        .map_or("no job".to_owned(), |job| format!("job {job}"));
    CliError::Failed(anyhow!(
        "the project `{project}` is linked already: {}, with {job}. A link can't be changed: `bridge unlink {}{}`, then link it again",
        link.id,
        link.id,
        session.flags()
    ))
}

fn show(link: &ProjectLink) {
    let job = link.job_id.as_ref().map_or("no job", |job| job.as_str());
    let name = link.external_project_name.as_deref().unwrap_or_default();
    let title = print::plain(format!(
        "job {job} ↔ project {}",
        print::project(&link.external_project_id, name)
    ));
    anstream::println!(
        "{} {}: {}",
        paint(GOOD, "Linked"),
        link.id,
        title.trim_end()
    );
    anstream::println!(
        "  {}",
        match link.provisioning_mode {
            ProvisioningMode::ManagedAdapter =>
                "OpenTrain grants access itself; the bridge does not change it.",
            _ =>
                "Trainers hired on the job get access to the project, including those hired before.",
        }
    );
}
