//! Creates the services of every entry point except intake: the tool, the policy, notices, jobs and mail.

use std::sync::Arc;

use crate::config::{JobSettings, Reader, mailer, policy};
use crate::connection::Connections;
use crate::http::{BaseUrl, SetupError};
use crate::ledger::{Ledger, Policy};
use crate::mail::Mailer;
use crate::model::clock::Clock;
use crate::notice::{NoticeSettings, Notices};
use crate::provision::{Delays, Provisioner};
use crate::queue::Queue;
use crate::tool::{AdapterState, AnnotationTool};
use crate::usage::LastUsage;

/// Settings of the annotation tool. The crate with the adapters reads them.
pub trait ToolSettings: Send {
    /// Base URL of the tool.
    fn base_url(&self) -> &BaseUrl;

    /// Creates the tool's adapter, which stores its state in `memory`. Makes no call.
    ///
    /// # Errors
    /// The HTTP client cannot be created.
    fn connect(
        self: Box<Self>,
        clock: Arc<dyn Clock>,
        memory: Arc<dyn AdapterState>,
    ) -> Result<Arc<dyn AnnotationTool>, SetupError>;
}

/// Reads the settings of the tool. Returns `None` after a fault, which the reader has recorded.
pub type ReadTool = fn(&mut Reader<'_>) -> Option<Box<dyn ToolSettings>>;

/// Settings of the services, for all processes that do more than accept deliveries.
pub struct ServiceSettings {
    tool: Box<dyn ToolSettings>,
    policy: Policy,
    notices: NoticeSettings,
    jobs: JobSettings,
    mail: Option<Mailer>,
}

impl ServiceSettings {
    /// Reads the settings. Returns `None` after a fault, which the reader has recorded.
    pub fn read(settings: &mut Reader<'_>, tool: ReadTool) -> Option<Self> {
        let tool = tool(settings);
        let policy = policy(settings);
        let notices = NoticeSettings::read(settings);
        let jobs = JobSettings::read(settings);
        let mail = mailer(settings, tool.as_ref().map(|tool| tool.base_url()));
        Some(Self {
            tool: tool?,
            policy: policy?,
            notices: notices?,
            jobs: jobs?,
            mail: mail?,
        })
    }

    /// Base URL of the tool.
    pub fn tool_base_url(&self) -> &BaseUrl {
        self.tool.base_url()
    }

    /// Creates the clients. Makes no call. The tool's adapter stores its state in `ledger`.
    ///
    /// # Errors
    /// The HTTP client cannot be created.
    pub fn connect(self, clock: &Arc<dyn Clock>, ledger: &Ledger) -> Result<Services, SetupError> {
        Ok(Services {
            tool: self
                .tool
                .connect(Arc::clone(clock), Arc::new(ledger.clone()))?,
            policy: self.policy,
            notices: self.notices,
            jobs: self.jobs,
            mail: self.mail,
        })
    }
}

/// The services of a bridge.
pub struct Services {
    /// The annotation tool.
    pub tool: Arc<dyn AnnotationTool>,
    /// The operator's choices about access.
    pub policy: Policy,
    /// Settings of budget notices.
    pub notices: NoticeSettings,
    /// Settings of scheduled jobs.
    pub jobs: JobSettings,
    /// Mailer of invitations; `None` if the bridge does not mail them.
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
            ledger: ledger.with_audit_days(self.policy.audit_days),
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
