//! The adapter for CVAT (`TOOL_KIND=cvat`), for its API as of version 2.80.
//!
//! Access is a membership of the organisation with the role `worker`. Workers only see their assignments. The project's
//! owner assigns work; the bridge assigns nothing. A removal removes the assignments before the membership, because an
//! assignee without a membership can still read and write the job.

mod assignment;
mod call;
mod check;
mod events;
mod guide;
mod invitation;
mod member;
mod organization;
mod removal;
mod rights;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use crate::outcome::never_final;
use shared::http::{BaseUrl, Credential, Http, SetupError};
use shared::model::clock::Clock;
use shared::model::ids::ProjectId;
use shared::model::json::Listing;
use shared::tool::{
    Accounts, AdapterState, AnnotationTool, Ask, Capabilities, Granted, Member as Listed,
    Membership, Notice, Person, Project, Readding, Remark, Removal, Removed, Scope, TimeSource,
    ToolError, Totals,
};

/// A CVAT server, called as an owner or maintainer of one organisation.
pub struct Cvat {
    http: Http,
    clock: Arc<dyn Clock>,
    options: CvatOptions,
    memory: Arc<dyn AdapterState>,
    /// The organisation's id. It never changes.
    organization: OnceCell<i64>,
    /// Whether the token is a personal access token.
    is_personal: bool,
}

/// Settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CvatOptions {
    /// The organisation's short name.
    pub organization: String,
    /// `TOOL_EMAILS_VERIFIED`: whether CVAT lets only verified addresses register.
    pub emails_verified: bool,
    /// Whether budget notices are written into the project's guide.
    pub notices: bool,
}

impl fmt::Debug for Cvat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cvat({})", self.http.base())
    }
}

impl Cvat {
    /// The CVAT at `base_url`, its own URL without `/api`.
    ///
    /// # Errors
    /// [`SetupError`] if the URL or the token can't be used.
    pub fn new(
        base_url: BaseUrl,
        token: &SecretString,
        timeout: Duration,
        clock: Arc<dyn Clock>,
        memory: Arc<dyn AdapterState>,
        options: CvatOptions,
    ) -> Result<Self, SetupError> {
        let credential = Credential::new(scheme(token), token)?;
        Ok(Self {
            http: Http::new(base_url, credential, timeout, Arc::clone(&clock))?,
            options,
            clock,
            memory,
            organization: OnceCell::new(),
            is_personal: scheme(token) == "Bearer",
        })
    }
}

/// A login returns a key of 40 hexadecimal digits; everything else is a personal access token.
fn scheme(token: &SecretString) -> &'static str {
    let token = token.expose_secret();
    match token.len() == 40 && token.bytes().all(|b| b.is_ascii_hexdigit()) {
        true => "Token",
        false => "Bearer",
    }
}

#[async_trait]
impl AnnotationTool for Cvat {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        Ok(Capabilities {
            scope: Scope::Organization,
            accounts: Accounts::InviteOnly,
            removal: Removal::Full,
            readding: Readding::Api,
            time: TimeSource::Active,
            updates_email: false,
        })
    }

    async fn check(&self) -> Vec<Remark> {
        self.remarks().await
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
        self.read_project(project).await?;
        self.invite(person).await
    }

    async fn remove(&self, _: &ProjectId, member: &Membership) -> Result<Removed, ToolError> {
        self.revoke(member).await.map_err(never_final)
    }

    async fn release(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Removed, ToolError> {
        let released = self.release_from(project, member).await;
        released.map_err(never_final)
    }

    async fn access(
        &self,
        _: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        self.look_up(member).await
    }

    async fn members(&self, _: &ProjectId) -> Result<Option<Listing<Listed>>, ToolError> {
        self.listed().await.map(Some)
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        self.read_project(project).await?;
        self.read_totals(project, ask).await.map(Some)
    }

    async fn show_notice(&self, project: &ProjectId, notice: &Notice) -> Result<bool, ToolError> {
        self.write_notice(project, Some(notice)).await
    }

    async fn clear_notice(&self, project: &ProjectId) -> Result<bool, ToolError> {
        self.write_notice(project, None).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_by_its_form() {
        let key = "0123456789abcdef0123456789ABCDEF01234567";
        assert_eq!(scheme(&key.into()), "Token");
        for other in ["abc.def", &key[1..], &key.replace('0', "g")] {
            assert_eq!(scheme(&SecretString::from(other)), "Bearer", "{other}");
        }
    }
}
