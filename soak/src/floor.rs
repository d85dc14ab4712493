//! The annotation tool, as one process reaches it.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use shared::model::clock::Clock;
use shared::model::ids::ProjectId;
use shared::model::json::Listing;
use shared::tool::{
    Accounts, AnnotationTool, Ask, Capabilities, Granted, Member, Membership, Notice, Person,
    Project, Readding, Removal, Removed, Scope, TimeSource, ToolError, Totals,
};

use crate::content::Content;
use crate::hub::lock;
use crate::life::{Failed, Life};
use crate::weather::Site;

/// The tool.
#[derive(Default)]
pub(crate) struct Floor(Mutex<Content>);

impl Floor {
    pub(crate) fn content(&self) -> MutexGuard<'_, Content> {
        lock(&self.0)
    }
}

/// The tool as one process reaches it.
pub(crate) struct MemoryTool {
    pub(crate) floor: Arc<Floor>,
    pub(crate) life: Arc<Life>,
}

fn down(_: Failed) -> ToolError {
    ToolError::Transient {
        reason: "the tool is down".into(),
        after: None,
    }
}

impl MemoryTool {
    async fn call<T>(
        &self,
        name: &str,
        effect: impl FnOnce(&mut Content) -> T,
    ) -> Result<T, ToolError> {
        let work = || effect(&mut self.floor.content());
        self.life.call(Site::Tool, name, work).await.map_err(down)
    }

    /// Whether the tool gives a false answer to this call.
    fn lies(&self, name: &str) -> bool {
        let hub = self.life.hub();
        let lies = hub.strikes(|weather| weather.lies);
        if lies {
            hub.note(|| format!("the tool lies to {name}"));
        }
        lies
    }
}

#[async_trait]
impl AnnotationTool for MemoryTool {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        Ok(Capabilities {
            scope: Scope::Project,
            accounts: Accounts::Created,
            removal: Removal::Full,
            readding: Readding::Api,
            time: TimeSource::Platform,
            updates_email: self.floor.content().updates_email,
        })
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        self.call("project", |content| content.known(project.as_str()))
            .await??;
        Ok(Project {
            id: project.clone(),
            name: "A project".into(),
            url: None,
        })
    }

    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError> {
        let hub = self.life.hub();
        self.call("grant", |content| {
            hub.note(|| {
                format!(
                    "process {} grants {project} to {}",
                    self.life.id, person.trainer
                )
            });
            content.grant(project.as_str(), person)
        })
        .await?
    }

    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError> {
        if self.lies("a removal") {
            let place = (project.to_string(), member.trainer.to_string());
            *self.floor.content().denied.entry(place).or_default() += 1;
            return Ok(Removed::NotFound("a proxy answers 404".into()));
        }
        let hub = self.life.hub();
        self.call("remove", |content| {
            hub.note(|| {
                format!(
                    "process {} removes {} from {project}",
                    self.life.id, member.trainer
                )
            });
            content.remove(project.as_str(), member)
        })
        .await
    }

    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        if self.lies("a look") {
            return Ok(None);
        }
        self.call("access", |content| content.seen(project.as_str(), member))
            .await?
    }

    async fn members(&self, project: &ProjectId) -> Result<Option<Listing<Member>>, ToolError> {
        if self.floor.content().has_list && self.lies("a list") {
            return Ok(Some(Vec::new().into()));
        }
        self.call("members", |content| content.list(project.as_str()))
            .await?
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        let now = self.life.now();
        if self.lies("a reading") {
            return Ok(Some(Totals::of(now, Vec::new().into())));
        }
        let read = |content: &mut Content| content.totals(project.as_str(), ask, now);
        self.call("totals", read).await?
    }

    async fn show_notice(&self, _: &ProjectId, _: &Notice) -> Result<bool, ToolError> {
        self.call("show notice", |_| true).await
    }

    async fn clear_notice(&self, _: &ProjectId) -> Result<bool, ToolError> {
        self.call("clear notice", |_| true).await
    }
}
