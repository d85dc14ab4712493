//! What the settings name: the tool, and what the operator chose.

use std::sync::Arc;

use crate::config::{JobSettings, Reader, ToolSettings, mailer, policy};
use crate::connection::Connections;
use crate::http::{BaseUrl, SetupError};
use crate::ledger::{Ledger, Policy};
use crate::mail::Mailer;
use crate::model::clock::Clock;
use crate::notice::{NoticeSettings, Notices};
use crate::provision::{Delays, Provisioner};
use crate::queue::Queue;
use crate::tool::AnnotationTool;
use crate::usage::LastUsage;

/// What a bridge works with: for all that does more than take deliveries in.
pub struct ServiceSettings {
    tool: ToolSettings,
    policy: Policy,
    notices: NoticeSettings,
    jobs: JobSettings,
    mail: Option<Mailer>,
}

impl ServiceSettings {
    /// Reads them; `None` when something is wrong, which the reader has then noted.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let tool = ToolSettings::read(settings);
        let policy = policy(settings);
        let notices = NoticeSettings::read(settings);
        let jobs = JobSettings::read(settings);
        let mail = mailer(settings, tool.as_ref().map(ToolSettings::base_url));
        Some(Self {
            tool: tool?,
            policy: policy?,
            notices: notices?,
            jobs: jobs?,
            mail: mail?,
        })
    }

    /// Where the tool is.
    pub fn tool_base_url(&self) -> &BaseUrl {
        self.tool.base_url()
    }

    /// Makes the clients; calls nobody. The tool's adapter remembers what it has to in `ledger`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn connect(self, clock: &Arc<dyn Clock>, ledger: &Ledger) -> Result<Services, SetupError> {
        Ok(Services {
            tool: self
                .tool
                .tool(Arc::clone(clock), Arc::new(ledger.clone()))?,
            policy: self.policy,
            notices: self.notices,
            jobs: self.jobs,
            mail: self.mail,
        })
    }
}

/// The tool, and what the operator chose.
pub struct Services {
    /// Where access is given.
    pub tool: Arc<dyn AnnotationTool>,
    /// What the operator chose.
    pub policy: Policy,
    /// How budgets are shown.
    pub notices: NoticeSettings,
    /// What runs by itself, and how far it may go.
    pub jobs: JobSettings,
    /// How invitations are mailed, if they are.
    pub mail: Option<Mailer>,
}

impl Services {
    /// A provisioner for these installs, over this ledger and this queue.
    pub fn provisioner(
        self,
        connections: Connections,
        ledger: Ledger,
        queue: Arc<dyn Queue>,
        clock: Arc<dyn Clock>,
    ) -> Provisioner {
        let tool = Arc::clone(&self.tool);
        let notices = Notices::new(
            ledger.clone(),
            tool,
            Arc::clone(&clock),
            self.policy.clone(),
            self.notices,
        )
        .serving(connections.clone());
        Provisioner {
            ledger,
            queue,
            tool: self.tool,
            notices,
            connections,
            clock,
            policy: self.policy,
            delays: Delays::default(),
            mail: self.mail,
            usage: LastUsage::new(self.jobs.usage.look_back_days),
        }
    }
}
