//! The adapter for platforms that implement the members contract (`bring-your-own-tool`, version 1.1).
//!
//! Every call is sent once: the queue retries it for as long as necessary, with the pauses that `Retry-After` requests.

mod members;
mod notice;
mod refused;
mod removal;
mod silence;
mod usage;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::silence::Silence;
use crate::outcome::{body_else, never_final, no_answer, odd_id};
use shared::http::{Answer, BaseUrl, Credential, Http, SetupError};
use shared::model::clock::Clock;
use shared::model::ids::ProjectId;
use shared::tool::{
    Accounts, AnnotationTool, Ask, Capabilities, Granted, Membership, Notice, Person, Project,
    Readding, Removal, Removed, Scope, TimeSource, ToolError, Totals,
};

/// Maximum number of served projects in memory.
const SERVED: usize = 3;

/// A platform that implements the members contract, with a bearer token and one time-out for each call.
pub struct RestTool {
    http: Http,
    clock: Arc<dyn Clock>,
    /// Period without calls of `usage`.
    usage: Silence,
    /// Period without calls of `notice`.
    notice: Silence,
    /// The projects for which the tool has last answered successfully, newest first.
    served: Mutex<VecDeque<ProjectId>>,
}

impl fmt::Debug for RestTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RestTool({})", self.http.base())
    }
}

impl RestTool {
    /// The tool at `base_url`, which may have a path. [`TIMEOUT`](shared::http::TIMEOUT) is a good `timeout`.
    ///
    /// # Errors
    /// [`SetupError`] if the URL or the token can't be used.
    pub fn new(
        base_url: &str,
        token: &SecretString,
        timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetupError> {
        Self::at(BaseUrl::parse(base_url)?, token, timeout, clock)
    }

    /// The tool at a parsed base URL.
    ///
    /// # Errors
    /// [`SetupError`] if the token can't be used.
    pub fn at(
        base: BaseUrl,
        token: &SecretString,
        timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetupError> {
        let http = Http::new(
            base,
            Credential::bearer(token)?,
            timeout,
            Arc::clone(&clock),
        )?;
        Ok(Self {
            http,
            clock,
            usage: Silence::default(),
            notice: Silence::default(),
            served: Mutex::default(),
        })
    }

    /// Makes one call below the base URL, and returns answers of any status.
    async fn call(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Answer, ToolError> {
        let url = self.http.url(path).map_err(odd_id)?;
        let answer = self.http.send(method, url, body).await.map_err(no_answer)?;
        if let ["projects", project, ..] = path
            && answer.status.is_success()
            && answer.is_json()
        {
            self.note_served(ProjectId::from(*project));
        }
        Ok(answer)
    }

    fn note_served(&self, project: ProjectId) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.retain(|known| *known != project);
        served.push_front(project);
        served.truncate(SERVED);
    }

    /// Whether the project is among the last ones that the tool has served.
    fn has_served(&self, project: &ProjectId) -> bool {
        let served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.contains(project)
    }

    /// Other projects that the tool has served.
    fn served_beside(&self, project: &ProjectId) -> Vec<ProjectId> {
        let served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.iter().filter(|it| *it != project).cloned().collect()
    }
}

/// Decodes the body of a success. The error names the `call`.
fn read<T: DeserializeOwned>(answer: &Answer, call: &str) -> Result<T, ToolError> {
    let cure =
        format!("correct the tool's answer to `{call}`; docs/bring-your-own-tool.md has its form");
    body_else(answer, &cure)
}

#[async_trait]
impl AnnotationTool for RestTool {
    /// The contract determines the capabilities.
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        Ok(Capabilities {
            scope: Scope::Project,
            accounts: Accounts::Created,
            removal: Removal::Full,
            readding: Readding::Api,
            time: TimeSource::Platform,
            updates_email: true,
        })
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        self.read_project(project).await
    }

    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError> {
        self.put_member(project, person).await
    }

    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError> {
        self.remove_member(project, member)
            .await
            .map_err(never_final)
    }

    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        self.read_member(project, &member.trainer).await
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        self.read_totals(project, ask).await
    }

    async fn show_notice(&self, project: &ProjectId, notice: &Notice) -> Result<bool, ToolError> {
        self.put_notice(project, notice).await
    }

    async fn clear_notice(&self, project: &ProjectId) -> Result<bool, ToolError> {
        self.delete_notice(project).await
    }
}
