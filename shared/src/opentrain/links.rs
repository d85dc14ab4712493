//! Project links: endpoints 2 to 5.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::Call;
use super::vocabulary::vocabulary;
use super::{OpenTrainError, PlatformClient, Scope};
use crate::model::ids::{JobId, LinkId, ProjectId};
use crate::model::json::{Element, Listing};
use crate::model::lenient;

vocabulary! {
    /// The system that grants access to the project.
    ProvisioningMode {
        /// The platform, by webhook: this bridge.
        PartnerWebhook = "PARTNER_WEBHOOK",
        /// OpenTrain. The bridge does not change the access of the link's trainers.
        ManagedAdapter = "MANAGED_ADAPTER",
    }
}

impl Default for ProvisioningMode {
    /// OpenTrain's own default.
    fn default() -> Self {
        Self::PartnerWebhook
    }
}

/// A link between a job at OpenTrain and a project in the annotation tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectLink {
    /// OpenTrain's id of the link.
    pub id: LinkId,
    /// The job. A link without a job gets no contract events.
    #[serde(default)]
    pub job_id: Option<JobId>,
    /// The project in the tool.
    pub external_project_id: ProjectId,
    /// The project's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub external_project_name: Option<String>,
    /// The project's URL.
    #[serde(default, deserialize_with = "lenient::text")]
    pub external_project_url: Option<String>,
    /// The system that grants access.
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    pub provisioning_mode: ProvisioningMode,
    /// Time of creation.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
}

/// A link to create (endpoint 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewProjectLink {
    /// The project in the tool: at most 200 characters, unique per install.
    pub external_project_id: ProjectId,
    /// The project's name: at most 300 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_project_name: Option<String>,
    /// The project's URL: at most 2048 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_project_url: Option<String>,
    /// One of the employer's jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// The system that grants access.
    pub provisioning_mode: ProvisioningMode,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    project_link: ProjectLink,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Many {
    project_links: Listing<ProjectLink>,
}

impl Element for ProjectLink {
    const KIND: &'static str = "project link";
}

const MISSING: &str = "such project link: it was deleted, or it belongs to another install";
const IN_THE_WAY: &str = "The project has a link already, or the install has as many links as it may: list the links, \
                          and delete the one that is in the way (a link can't be changed).";

static CREATE: Call = Call::once(
    Method::POST,
    Scope::LinksWrite,
    "such job of this employer: check the id",
)
.on_conflict(IN_THE_WAY);
static LIST: Call = Call::safe(Method::GET, Scope::LinksRead, MISSING);
static GET: Call = Call::safe(Method::GET, Scope::LinksRead, MISSING);
static DELETE: Call = Call::safe(Method::DELETE, Scope::LinksWrite, MISSING);

impl PlatformClient {
    /// Creates a link (endpoint 2). OpenTrain then emits `project_link.created`.
    pub async fn create_link(&self, new: &NewProjectLink) -> Result<ProjectLink, OpenTrainError> {
        let request = self.ask(&CREATE, &["project-links"])?.body(json!(new));
        Ok(request.read::<One>().await?.project_link)
    }

    /// Lists all links, newest first (endpoint 3). There are no pages.
    pub async fn links(&self) -> Result<Listing<ProjectLink>, OpenTrainError> {
        Ok(self
            .ask(&LIST, &["project-links"])?
            .read::<Many>()
            .await?
            .project_links)
    }

    /// Reads one link (endpoint 4).
    pub async fn link(&self, id: &LinkId) -> Result<ProjectLink, OpenTrainError> {
        Ok(self
            .ask(&GET, &["project-links", id.as_str()])?
            .read::<One>()
            .await?
            .project_link)
    }

    /// Deletes a link permanently (endpoint 5). OpenTrain then emits `project_link.removed`.
    ///
    /// Returns the link's last data. `None` if the link is deleted but the answer is lost (a repeated attempt finds no
    /// link) or unreadable.
    pub async fn delete_link(&self, id: &LinkId) -> Result<Option<ProjectLink>, OpenTrainError> {
        let request = self.ask(&DELETE, &["project-links", id.as_str()])?;
        let outcome = request.send().await;
        match outcome.result {
            Ok(answer) => Ok(request
                .parse::<One>(&answer)
                .ok()
                .map(|one| one.project_link)),
            Err(error) if outcome.repeated && error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
