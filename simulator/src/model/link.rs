//! Project links: a job and a project of the platform.

use serde::Serialize;

/// The system that grants access to a link's trainers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProvisioningMode {
    /// The platform, by webhooks.
    #[default]
    PartnerWebhook,
    /// OpenTrain.
    ManagedAdapter,
}

/// A project link, in the API's format.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectLink {
    /// The id.
    pub id: String,
    /// The linked job.
    pub job_id: Option<String>,
    /// The platform's own project id.
    pub external_project_id: String,
    /// The project's name.
    pub external_project_name: Option<String>,
    /// The project's page.
    pub external_project_url: Option<String>,
    /// The system that grants access.
    pub provisioning_mode: ProvisioningMode,
    /// Time of creation.
    pub created_at: String,
    /// Its install; not part of the API's answer.
    #[serde(skip)]
    pub install_id: String,
}

/// A link to create, with checked lengths.
pub(crate) struct NewLink {
    pub(crate) job_id: Option<String>,
    pub(crate) external_project_id: String,
    pub(crate) external_project_name: Option<String>,
    pub(crate) external_project_url: Option<String>,
    pub(crate) provisioning_mode: ProvisioningMode,
}
