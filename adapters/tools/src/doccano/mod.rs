//! The adapter for doccano (`TOOL_KIND=doccano`), as of version 1.8.4.
//!
//! Access is a membership of one project, with a role. doccano's API shows no e-mails, so the e-mail in lower case is
//! the user name. doccano counts tasks and labels without days or times. So the work of a day is the difference of two
//! readings, which are stored in an [`AdapterState`].

mod account;
mod call;
mod check;
mod counters;
mod guideline;
mod member;
mod project;
mod removal;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::outcome::never_final;
use shared::http::{BaseUrl, Credential, Http, SetupError};
use shared::model::clock::Clock;
use shared::model::ids::ProjectId;
use shared::model::json::Listing;
use shared::tool::{
    Accounts, AdapterState, AnnotationTool, Ask, Capabilities, Granted, Member, Membership, Notice,
    Person, Project, Readding, Remark, Removal, Removed, Scope, TimeSource, ToolError, Totals,
};

/// A doccano server, called as the token's owner.
pub struct Doccano {
    http: Http,
    clock: Arc<dyn Clock>,
    memory: Arc<dyn AdapterState>,
    options: DoccanoOptions,
}

/// Settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DoccanoOptions {
    /// Role of trainers in a project.
    pub role: DoccanoRole,
    /// Whether single sign-on is in front, so that every account can log in at once.
    pub sign_on: bool,
    /// Whether budget notices are written into the project's guideline.
    pub notices: bool,
}

/// Role in a project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DoccanoRole {
    /// Label.
    #[default]
    Annotator,
    /// Label, and approve labels of others.
    Approver,
}

impl DoccanoRole {
    /// doccano's name of the role.
    pub fn name(self) -> &'static str {
        match self {
            Self::Annotator => "annotator",
            Self::Approver => "annotation_approver",
        }
    }
}

impl fmt::Debug for Doccano {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Doccano({})", self.http.base())
    }
}

impl Doccano {
    /// The doccano at `base_url`, its own URL without `/v1`.
    ///
    /// # Errors
    /// [`SetupError`] if the URL or the token can't be used.
    pub fn new(
        base_url: BaseUrl,
        token: &SecretString,
        timeout: Duration,
        clock: Arc<dyn Clock>,
        memory: Arc<dyn AdapterState>,
        options: DoccanoOptions,
    ) -> Result<Self, SetupError> {
        let credential = Credential::new("Token", token)?;
        let http = Http::new(base_url, credential, timeout, Arc::clone(&clock))?;
        Ok(Self {
            http,
            clock,
            memory,
            options,
        })
    }
}

#[async_trait]
impl AnnotationTool for Doccano {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        Ok(Capabilities {
            scope: Scope::Project,
            accounts: match self.options.sign_on {
                true => Accounts::Created,
                false => Accounts::Claimed,
            },
            // The account remains: it can log in, and list the names of all users.
            removal: Removal::Soft,
            readding: Readding::Api,
            time: TimeSource::None,
            updates_email: false,
        })
    }

    async fn check(&self) -> Vec<Remark> {
        self.remarks().await
    }

    async fn check_project(&self, project: &ProjectId) -> Vec<Remark> {
        self.project_remarks(project).await
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        let found = self.read_project(project).await?;
        Ok(Project {
            id: project.clone(),
            name: found.name,
            url: Some(format!("{}/projects/{project}", self.http.base())),
        })
    }

    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError> {
        self.grant_access(project, person).await
    }

    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError> {
        self.revoke(project, member).await.map_err(never_final)
    }

    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        self.look_up(project, member).await
    }

    async fn members(&self, project: &ProjectId) -> Result<Option<Listing<Member>>, ToolError> {
        self.listed(project).await.map(Some)
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        let found = self.read_project(project).await?;
        let seen = self.counters(&found).await?;
        let days = match ask.dry {
            true => self.memory.preview(project, &seen).await?,
            false => self.memory.count(project, &seen).await?,
        };
        let frozen = match seen.frozen {
            true => Some(self.frozen(&found, days.keys()).await),
            false => None,
        };
        let read_at = seen.asked_at;
        let days = counters::day_totals(days, seen.unreadable, ask.window);
        Ok(Some(Totals {
            frozen,
            ..Totals::of(read_at, days)
        }))
    }

    async fn show_notice(&self, project: &ProjectId, notice: &Notice) -> Result<bool, ToolError> {
        self.write_notice(project, Some(notice)).await
    }

    async fn clear_notice(&self, project: &ProjectId) -> Result<bool, ToolError> {
        self.write_notice(project, None).await
    }
}
