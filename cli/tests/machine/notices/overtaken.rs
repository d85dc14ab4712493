//! Two workers on one project's notice; the slower one has the older update.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use shared::http::TIMEOUT;
use shared::ledger::Policy;
use shared::model::clock::SystemClock;
use shared::model::ids::ProjectId;
use shared::notice::{NoticeSettings, Notices};
use shared::tool::{
    AnnotationTool, Ask, Capabilities, Granted, Membership, Notice, NoticeLevel, Person, Project,
    Removed, ToolError, Totals,
};
use simulator::Hold;
use tokio::sync::Semaphore;
use tools::RestTool;

use crate::common::world::{adapter, play};
use crate::notices::scene::{answer, default, fund, report, ten_hours};

/// A tool whose first notice stays in progress until it is released.
struct Slow {
    inner: RestTool,
    first: AtomicBool,
    reached: Semaphore,
    gate: Semaphore,
    shown: Mutex<Option<NoticeLevel>>,
}

impl Slow {
    fn show(&self, level: Option<NoticeLevel>) -> Result<bool, ToolError> {
        *self.shown.lock().unwrap() = level;
        Ok(true)
    }
}

#[async_trait]
impl AnnotationTool for Slow {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        self.inner.capabilities().await
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        self.inner.project(project).await
    }

    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError> {
        self.inner.grant(project, person).await
    }

    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError> {
        self.inner.remove(project, member).await
    }

    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        self.inner.access(project, member).await
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        self.inner.totals(project, ask).await
    }

    async fn show_notice(&self, _: &ProjectId, notice: &Notice) -> Result<bool, ToolError> {
        if self.first.swap(false, Ordering::SeqCst) {
            self.reached.add_permits(1);
            let _closed = self.gate.acquire().await;
        }
        self.show(Some(notice.level))
    }

    async fn clear_notice(&self, _: &ProjectId) -> Result<bool, ToolError> {
        self.show(None)
    }
}

#[tokio::test]
async fn an_overtaken_worker_shows_the_current_notice() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        w.opentrain.hold(Hold::all());
        let slow = Arc::new(Slow {
            inner: adapter(&w.tool, TIMEOUT),
            first: AtomicBool::new(true),
            reached: Semaphore::new(0),
            gate: Semaphore::new(0),
            shown: Mutex::default(),
        });
        let (ledger, clock) = (w.bridge.ledger().clone(), Arc::new(SystemClock));
        let (tool, settings) = (Arc::clone(&slow), NoticeSettings::default());
        let notices = Notices::new(ledger, tool, clock, Policy::default(), settings);

        let low = answer(w, report(w, &contract, 8).await);
        let first = tokio::spawn({
            let notices = notices.clone();
            async move { notices.heard(&default(), low).await }
        });
        let reached = slow.reached.acquire().await;
        drop(reached);
        let exhausted = answer(w, report(w, &contract, 10).await);
        notices.heard(&default(), exhausted).await.unwrap();
        slow.gate.close();
        first.await.unwrap().unwrap();
        assert_eq!(*slow.shown.lock().unwrap(), Some(NoticeLevel::Exhausted));

        fund(w, &contract, 90.0);
        w.opentrain.release();
        w.idle().await;
    })
    .await;
}
