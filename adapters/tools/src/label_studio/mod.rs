//! The adapter for Label Studio, Community and Enterprise.
//!
//! Community has no access per project: a member of the organisation has access to all of its projects. People join by
//! an invitation link, and are removed by a *soft* delete, after which a part of their account still works. With an
//! admin's credentials the account is disabled as well. Enterprise has members of projects.
//!
//! - `token`, `call`: API calls and their errors
//! - `edition`: the product, Community or Enterprise, and its capabilities
//! - `people`: the organisation and its members
//! - `community`, `removal`, `admin`: access in Community; `enterprise`, `workers`: in Enterprise
//! - `totals`: work, from the annotations
//! - `notice`: a budget notice in a project's instructions
//! - `check`: checks for `bridge check`

mod admin;
mod call;
mod check;
mod community;
mod edition;
mod enterprise;
mod invite;
mod notice;
mod people;
mod removal;
mod token;
mod totals;
mod workers;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;

use self::admin::{AdminClient, Pages};
use self::edition::{Edition, Known};
use self::token::Token;
use self::totals::Reader;
use crate::outcome::{is_number, never_final, no_project, no_such_project};
use shared::http::{BaseUrl, Credential, Http, SetupError};
use shared::model::clock::Clock;
use shared::model::ids::ProjectId;
use shared::model::json::Listing;
use shared::model::lenient;
use shared::model::person::Email;
use shared::tool::{
    AdapterState, AnnotationTool, Ask, Capabilities, Granted, Member, Membership, Notice, Person,
    Project, Remark, Removed, ToolError, Totals,
};

/// Time limit of reading a page of tasks, which takes seconds in a large project.
const PAGE_TIMEOUT: Duration = Duration::from_secs(30);

/// Settings.
#[derive(Debug, Clone)]
pub struct LabelStudioOptions {
    /// `TOOL_ACCOUNT_MODE=create`: single sign-on is in front, so accounts may be created. They have no password, and
    /// none can be set.
    pub sign_on: bool,
    /// `TOOL_ADMIN_EMAIL` and `TOOL_ADMIN_PASSWORD`.
    pub admin: Option<Admin>,
    /// `MAX_SECONDS_PER_ANNOTATION`.
    pub max_seconds: u32,
    /// `TOOL_NOTICES=instructions`: whether budget notices are written into instructions.
    pub notices: bool,
}

/// A superuser, for actions that the API can't do.
#[derive(Debug, Clone)]
pub struct Admin {
    /// E-mail of the account.
    pub email: Email,
    /// Password of the account.
    pub password: SecretString,
}

/// A Label Studio server.
pub struct LabelStudio {
    http: Http,
    pages: Http,
    token: Token,
    clock: Arc<dyn Clock>,
    /// Work of people before others reviewed it.
    memory: Arc<dyn AdapterState>,
    version: Known,
    sign_on: bool,
    admin: Option<AdminClient>,
    sign_up: Pages,
    /// Time at which this process last replaced the invitation link, in seconds.
    rotated_at: AtomicI64,
    reader: Reader,
    notices: bool,
}

impl fmt::Debug for LabelStudio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LabelStudio({})", self.http.base())
    }
}

#[derive(Deserialize)]
struct ProjectBody {
    #[serde(deserialize_with = "lenient::whole")]
    id: u64,
    #[serde(default, deserialize_with = "lenient::text_or_empty")]
    title: String,
}

impl LabelStudio {
    /// The server at `base`. `token` is of either kind; `timeout` is for all calls except pages of tasks.
    ///
    /// # Errors
    /// [`SetupError`] if the URL or the token can't be used.
    pub fn new(
        base: BaseUrl,
        token: &SecretString,
        timeout: Duration,
        clock: Arc<dyn Clock>,
        memory: Arc<dyn AdapterState>,
        options: LabelStudioOptions,
    ) -> Result<Self, SetupError> {
        // Never sent: each call has the credential from its token.
        let nothing = Credential::bearer(token)?;
        let http = |timeout| Http::new(base.clone(), nothing.clone(), timeout, Arc::clone(&clock));
        let admin = options
            .admin
            .map(|admin| AdminClient::new(&base, admin, timeout));
        Ok(Self {
            http: http(timeout)?,
            pages: http(timeout.max(PAGE_TIMEOUT))?,
            token: Token::new(token)?,
            version: Known::default(),
            sign_on: options.sign_on,
            admin: admin.transpose()?,
            sign_up: Pages::new(&base, timeout)?,
            rotated_at: AtomicI64::new(i64::MIN),
            reader: Reader::new(options.max_seconds),
            notices: options.notices,
            clock,
            memory,
        })
    }

    /// `GET /api/projects/{id}/`.
    async fn read_project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        let found = self.see_project(project).await?;
        found.ok_or_else(|| no_such_project(project))
    }

    /// As [`read_project`](Self::read_project), but a project only counts as missing if Label Studio itself answers at
    /// this address.
    async fn proven_project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        match self.see_project(project).await? {
            Some(found) => Ok(found),
            None => {
                self.whoami().await?;
                Err(no_such_project(project))
            }
        }
    }

    /// As [`read_project`](Self::read_project); `None` if the JSON states that the project does not exist.
    async fn see_project(&self, project: &ProjectId) -> Result<Option<Project>, ToolError> {
        let mut url = self.folder(&["api", "projects", number(project)?])?;
        url.query_pairs_mut().append_pair("include", "id,title");
        let answer = self.call(reqwest::Method::GET, url, None).await?;
        match answer.status {
            StatusCode::NOT_FOUND if answer.is_json() => Ok(None),
            status if status.is_success() => {
                let found: ProjectBody = call::read(&answer)?;
                let id = found.id.to_string();
                let url = self.path(&["projects", &id])?;
                Ok(Some(Project {
                    id: ProjectId::new(id),
                    name: found.title,
                    url: Some(url.to_string()),
                }))
            }
            _ => Err(self.refused(&answer, &[])),
        }
    }
}

/// Projects are numbered. Any other id does not exist, and no call is made for it.
fn number(project: &ProjectId) -> Result<&str, ToolError> {
    match is_number(project) {
        true => Ok(project.as_str()),
        false => Err(no_project(
            project,
            "; Label Studio numbers its projects: link the number in the \
             project's address",
        )),
    }
}

#[async_trait]
impl AnnotationTool for LabelStudio {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        let edition = self.edition().await?;
        Ok(edition.capabilities(self.sign_on, self.admin.is_some()))
    }

    async fn opens_every_project(&self) -> Result<bool, ToolError> {
        Ok(self.edition().await? == Edition::Community)
    }

    fn figures(&self) -> Option<String> {
        Some(self.reader.figures())
    }

    async fn check(&self) -> Vec<Remark> {
        self.remarks().await
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        self.read_project(project).await
    }

    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError> {
        match self.edition().await? {
            Edition::Community => self.grant_access(project, person).await,
            Edition::Enterprise => self.assign(project, person).await,
        }
    }

    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError> {
        let removed = async {
            match self.edition().await? {
                Edition::Community => self.revoke(member).await,
                Edition::Enterprise => self.unassign(project, member).await,
            }
        };
        removed.await.map_err(never_final)
    }

    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        match self.edition().await? {
            Edition::Community => self.seat_access(member).await,
            Edition::Enterprise => self.assignment(project, member).await,
        }
    }

    async fn members(&self, project: &ProjectId) -> Result<Option<Listing<Member>>, ToolError> {
        match self.edition().await? {
            Edition::Community => self.listed().await.map(Some),
            Edition::Enterprise => self.workers(project).await.map(Some),
        }
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        self.read_totals(project, ask).await.map(Some)
    }

    async fn show_notice(&self, project: &ProjectId, notice: &Notice) -> Result<bool, ToolError> {
        match self.notices {
            true => self.write_notice(project, Some(notice)).await,
            false => Ok(false),
        }
    }

    async fn clear_notice(&self, project: &ProjectId) -> Result<bool, ToolError> {
        match self.notices {
            true => self.write_notice(project, None).await,
            false => Ok(false),
        }
    }
}
