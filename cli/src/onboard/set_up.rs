//! What follows the token: the webhook, the link to a job, and whether they work.

use hyper::StatusCode;
use shared::ledger::OnboardingLink;
use shared::ledger::audit::{AuditEvent, Entry};
use shared::model::event::EventType;
use shared::model::ids::{JobId, ProjectId};
use shared::opentrain::{
    EndpointStatus, Install, InstallStatus, OpenTrainError, Scope, WebhookEndpoint,
};
use shared::webhook::leads_to;

use super::problem::{Problem, broken};
use super::site::Onboarding;
use crate::exit::CliError;
use crate::setup::link::{NewLink, prepare, record};
use crate::setup::needs::NEEDS;
use crate::setup::session::Session;
use crate::setup::{answers, hook_url, subscribe};

/// What a customer's connection has.
pub(super) struct SetUp {
    pub(super) install: Install,
    pub(super) delivery: Delivery,
    pub(super) linked: Linked,
}

/// State of the webhook.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// The endpoint is active, and this bridge answers there.
    Works,
    /// The endpoint is active, and this bridge could not reach itself.
    Silent,
    Missing,
    /// The scope is missing.
    Refused,
}

/// State of the link to the project.
pub(super) enum Linked {
    /// To this job.
    To(Option<String>),
    No,
    /// The scope is missing.
    Refused,
    /// OpenTrain did not list the links.
    Unknown,
}

impl SetUp {
    pub(super) fn is_active(&self) -> bool {
        self.install.status == InstallStatus::Active
    }

    /// Each purpose, with what is missing for it.
    pub(super) fn features(&self) -> Vec<(&'static str, Vec<&str>)> {
        let row = |need: &'static crate::setup::needs::Need| {
            // The text after the colon names the operator's commands.
            let feature = need.feature.split(':').next().unwrap_or_default();
            (feature, need.missing(&self.install))
        };
        NEEDS.iter().map(row).collect()
    }
}

async fn session(site: &Onboarding, link: &OnboardingLink) -> Result<Session, Problem> {
    let session = Session::open(&site.target, &link.connection).await;
    session.map_err(broken)
}

/// The failure of a call to OpenTrain.
fn unanswered(error: &OpenTrainError) -> Problem {
    tracing::warn!(%error, "a page of onboarding needs OpenTrain");
    Problem::later("OpenTrain does not answer as expected. What was stored stays stored: load this page again in a minute.")
        .back("done", "Load again")
}

/// Reads what is set up, and proves what can be proven.
pub(super) async fn look(site: &Onboarding, link: &OnboardingLink) -> Result<SetUp, Problem> {
    let session = session(site, link).await?;
    let install = session.platform.install().await;
    let install = install.map_err(|error| unanswered(&error))?;
    let delivery = match endpoint(&session).await? {
        Some(endpoint) if answers(&session, &endpoint).await => Delivery::Works,
        Some(_) => Delivery::Silent,
        None if !install.grants(&Scope::WebhooksManage) => Delivery::Refused,
        None => Delivery::Missing,
    };
    let linked = match &link.project {
        Some(_) if !install.grants(&Scope::LinksWrite) => Linked::Refused,
        Some(project) => linked(&session, project).await,
        None => Linked::No,
    };
    Ok(SetUp {
        install,
        delivery,
        linked,
    })
}

/// The active endpoint whose deliveries reach this bridge, if there is one.
async fn endpoint(session: &Session) -> Result<Option<WebhookEndpoint>, Problem> {
    let listed = match session.platform.endpoints().await {
        Ok(listed) => listed,
        // Without the scope.
        Err(error) if error.own_status() == Some(403) => return Ok(None),
        Err(error) => return Err(unanswered(&error)),
    };
    let (endpoints, _) = listed.into_parts();
    let works = |it: &WebhookEndpoint| {
        it.status == EndpointStatus::Active
            && session.credentials.knows(&it.id)
            && leads_to(&it.url, session.name.as_str())
    };
    Ok(endpoints.into_iter().find(works))
}

async fn linked(session: &Session, project: &ProjectId) -> Linked {
    match session.platform.links().await {
        Ok(listed) => {
            let (links, _) = listed.into_parts();
            let mut links = links.into_iter();
            match links.find(|it| it.external_project_id == *project) {
                Some(link) => Linked::To(link.job_id.map(|job| job.to_string())),
                None => Linked::No,
            }
        }
        Err(error) => {
            tracing::warn!(%error, "a customer's links can't be listed");
            Linked::Unknown
        }
    }
}

/// Creates the webhook endpoint, unless there is one, or its scope is missing.
pub(super) async fn subscribe(site: &Onboarding, link: &OnboardingLink) -> Result<(), Problem> {
    let session = session(site, link).await?;
    let install = session.platform.install().await;
    let install = install.map_err(|error| unanswered(&error))?;
    if !install.grants(&Scope::WebhooksManage) || endpoint(&session).await?.is_some() {
        return Ok(());
    }
    let name = &link.connection;
    let url = hook_url::check(&format!("{}/hooks/{name}", link.url), name, true);
    let url = url.map_err(broken)?;
    let entry = Entry {
        target: Some(url.clone()),
        ..Entry::new(AuditEvent::CustomerSubscribe, site.clock.now())
    };
    let organization = install.organization_id.as_ref();
    let recorded = site.audit(link, organization, entry).await;
    recorded.map_err(broken)?;
    let events = EventType::known().map(Into::into).collect();
    let created = subscribe::create(&session, url, events).await;
    site.jobs.reload_connections().await;
    created.map(drop).map_err(|error| {
        tracing::error!(connection = %name, %error, "a customer's webhook endpoint could not be created");
        Problem::later("The token is stored, but the notifications could not be set up. Try again in a few minutes.")
            .back("done", "See what is set up")
    })
}

/// Links the job to the link's project.
pub(super) async fn link_job(
    site: &Onboarding,
    link: &OnboardingLink,
    job: &str,
) -> Result<(), Problem> {
    let Some(project) = &link.project else {
        return Err(job_problem(format!(
            "This link has no project. Ask {} for one.",
            link.from
        )));
    };
    if job.is_empty() || job.chars().count() > 200 || job.contains(char::is_whitespace) {
        return Err(job_problem(
            "This is no id of a job. Copy the id from the address of the job's page at OpenTrain.",
        ));
    }
    let (session, tool) = Session::open_with_tool(&site.target, &link.connection)
        .await
        .map_err(broken)?;
    let new = NewLink {
        job: &JobId::from(job),
        project,
        managed: false,
    };
    let unusable = |error: CliError| {
        tracing::error!(connection = %link.connection, project = %project, %error, "a customer can't link a job to the project");
        job_problem(format!(
            "The project can't be linked now. Your connection works: ask {} about the project.",
            link.from
        ))
    };
    let body = prepare(&session, tool.as_ref(), &new)
        .await
        .map_err(unusable)?;
    let organization = session.credentials.organization.as_ref();
    // The text may be a mistyped name or address, which no row may keep.
    let entry = Entry {
        project: Some(project.clone()),
        ..Entry::new(AuditEvent::CustomerLink, site.clock.now())
    };
    let recorded = site.audit(link, organization, entry).await;
    recorded.map_err(broken)?;
    let made = session.platform.create_link(&body).await;
    let made = made.map_err(|error| not_linked(&error, &link.from))?;
    record(&session, &made).await.map_err(unusable)
}

fn not_linked(error: &OpenTrainError, from: &str) -> Problem {
    tracing::info!(%error, "a customer's job was not linked");
    match error.own_status() {
        Some(404) => job_problem(
            "OpenTrain has no job with this id in your organisation. Copy the id from the address of the job's page.",
        ),
        Some(403) => job_problem(
            "The scope project-links:write was not approved, so no job can be linked. Disconnect the app at OpenTrain, ask for \
             a new link, and approve again.",
        ),
        Some(409) => job_problem(format!(
            "The project is linked to a job already, or your organisation has too many links. Ask {from} to change the link."
        )),
        _ => Problem::later("OpenTrain does not answer now. Try again in a few minutes.")
            .back("done", "Back"),
    }
}

fn job_problem(text: impl Into<String>) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "The job was not linked",
        text,
    )
    .back("done", "Back")
}
