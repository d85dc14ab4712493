//! A tool whose calls are paced: removals first, then grants, then reads.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    AdapterState, AnnotationTool, Ask, Capabilities, Granted, Member, Membership, Notice, Person,
    Project, Remark, Removed, ToolError, Totals,
};
use crate::http::{Class, Pacer, SharedPause};
use crate::model::clock::Clock;
use crate::model::ids::ProjectId;
use crate::model::json::Listing;

/// A tool behind a [`Pacer`].
pub struct Paced<T> {
    tool: T,
    pacer: Arc<Pacer>,
}

impl<T: AnnotationTool> Paced<T> {
    /// Paces the tool's calls. `most` is this process's share of its calls per second, if there is a limit. Processes
    /// share pauses through `memory`.
    pub fn new(
        tool: T,
        most: Option<f64>,
        memory: Arc<dyn AdapterState>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let pacer = Pacer::new(most, Arc::new(InMemory(memory)), clock);
        Self {
            tool,
            pacer: Arc::new(pacer),
        }
    }
}

struct InMemory(Arc<dyn AdapterState>);

#[async_trait]
impl SharedPause for InMemory {
    async fn paused_until(&self) -> Option<Timestamp> {
        let read = self.0.paused_until().await;
        let failed =
            |error: &_| tracing::warn!(%error, "the pause of calls to the tool could not be read");
        read.inspect_err(failed).ok().flatten()
    }

    async fn pause(&self, until: Timestamp) {
        tracing::info!(pause.until = %until, "calls to the tool are paused");
        if let Err(error) = self.0.pause(until).await {
            tracing::warn!(%error, "the pause of calls to the tool could not be recorded for other processes");
        }
    }
}

#[async_trait]
impl<T: AnnotationTool> AnnotationTool for Paced<T> {
    /// In the highest class, because all other calls need it first.
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        let work = self.tool.capabilities();
        self.pacer.run(Class::Removal, work).await
    }

    async fn opens_every_project(&self) -> Result<bool, ToolError> {
        let work = self.tool.opens_every_project();
        self.pacer.run(Class::Look, work).await
    }

    fn figures(&self) -> Option<String> {
        self.tool.figures()
    }

    async fn check(&self) -> Vec<Remark> {
        self.pacer.run(Class::Look, self.tool.check()).await
    }

    async fn check_project(&self, project: &ProjectId) -> Vec<Remark> {
        let work = self.tool.check_project(project);
        self.pacer.run(Class::Look, work).await
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        let work = self.tool.project(project);
        self.pacer.run(Class::Look, work).await
    }

    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError> {
        let work = self.tool.grant(project, person);
        self.pacer.run(Class::Grant, work).await
    }

    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError> {
        let work = self.tool.remove(project, member);
        self.pacer.run(Class::Removal, work).await
    }

    async fn release(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Removed, ToolError> {
        let work = self.tool.release(project, member);
        self.pacer.run(Class::Removal, work).await
    }

    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        let work = self.tool.access(project, member);
        self.pacer.run(Class::Grant, work).await
    }

    async fn members(&self, project: &ProjectId) -> Result<Option<Listing<Member>>, ToolError> {
        let work = self.tool.members(project);
        self.pacer.run(Class::Look, work).await
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        let work = self.tool.totals(project, ask);
        self.pacer.run(Class::Look, work).await
    }

    async fn show_notice(&self, project: &ProjectId, notice: &Notice) -> Result<bool, ToolError> {
        let work = self.tool.show_notice(project, notice);
        self.pacer.run(Class::Look, work).await
    }

    async fn clear_notice(&self, project: &ProjectId) -> Result<bool, ToolError> {
        let work = self.tool.clear_notice(project);
        self.pacer.run(Class::Look, work).await
    }
}
