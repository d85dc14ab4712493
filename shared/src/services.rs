//! What the settings name: the installs, the tool, what the operator chose.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::{JobSettings, OpenTrainSettings, Reader, ToolSettings, policy};
use crate::connection::Connections;
use crate::http::SetupError;
use crate::ledger::Ledger;
use crate::notice::{NoticeSettings, Notices};
use crate::provision::{Delays, Policy, Provisioner};
use crate::queue::Queue;
use crate::tool::AnnotationTool;

/// Whom a bridge works for, and with what: for all that does more than take deliveries in.
pub struct ServiceSettings {
    opentrain: OpenTrainSettings,
    tool: ToolSettings,
    policy: Policy,
    notices: NoticeSettings,
    jobs: JobSettings,
}

impl ServiceSettings {
    /// Reads them; `None` when something is wrong, which the reader has then noted.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let opentrain = OpenTrainSettings::read(settings);
        let tool = ToolSettings::read(settings);
        let policy = policy(settings);
        let notices = NoticeSettings::read(settings);
        let jobs = JobSettings::read(settings);
        Some(Self {
            opentrain: opentrain?,
            tool: tool?,
            policy: policy?,
            notices: notices?,
            jobs: jobs?,
        })
    }

    /// Makes the clients; calls nobody. The tool's adapter remembers what it has to in `ledger`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn connect(self, clock: &Arc<dyn Clock>, ledger: &Ledger) -> Result<Services, SetupError> {
        Ok(Services {
            connections: self.opentrain.connections(Arc::clone(clock))?,
            tool: self
                .tool
                .tool(Arc::clone(clock), Arc::new(ledger.clone()))?,
            policy: self.policy,
            notices: self.notices,
            jobs: self.jobs,
        })
    }
}

/// The installs, the tool, and what the operator chose.
pub struct Services {
    /// The installs that are served.
    pub connections: Connections,
    /// Where access is given.
    pub tool: Arc<dyn AnnotationTool>,
    /// What the operator chose.
    pub policy: Policy,
    /// How budgets are shown.
    pub notices: NoticeSettings,
    /// What runs by itself, and how far it may go.
    pub jobs: JobSettings,
}

impl Services {
    /// A provisioner over this ledger and this queue.
    pub fn provisioner(
        self,
        ledger: Ledger,
        queue: Arc<dyn Queue>,
        clock: Arc<dyn Clock>,
        delays: Delays,
    ) -> Provisioner {
        let tool = Arc::clone(&self.tool);
        let notices = Notices::new(
            ledger.clone(),
            tool,
            Arc::clone(&clock),
            self.policy,
            self.notices,
        );
        Provisioner {
            ledger,
            queue,
            tool: self.tool,
            notices,
            connections: self.connections,
            clock,
            policy: self.policy,
            delays,
        }
    }
}
