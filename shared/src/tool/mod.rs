//! The annotation tool: what the bridge asks of it, and the adapters that ask.

mod access;
mod capabilities;
mod cvat;
mod doccano;
mod label_studio;
mod memory;
mod notice_block;
mod outcome;
mod paced;
mod rest;
mod spans;
mod totals;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use access::{Granted, Kept, Member, Membership, Person, Proof, Removed, Standing};
pub use capabilities::{Accounts, Capabilities, Readding, Removal, Scope, TimeSource};
pub use cvat::{Cvat, CvatOptions};
pub use doccano::{Doccano, DoccanoOptions, DoccanoRole};
pub use label_studio::{Admin, LabelStudio, LabelStudioOptions};
pub use memory::{Count, Counters, Days, Memory, NoMemory, Piece, Pieces};
pub use paced::Paced;
pub use rest::RestTool;
pub use spans::Spans;
pub use totals::{Apart, Ask, DayTotal, Doubt, Gaps, NotOwn, Totals, Window, Worker};

use crate::http::Listing;
use crate::ids::{ContractId, ProjectId};

/// An annotation tool in which people are granted access.
///
/// Every call may be repeated: the bridge does so after a time-out or a crash.
#[async_trait]
pub trait AnnotationTool: Send + Sync {
    /// What this tool can and can't do. A tool of several editions is asked which one it is.
    async fn capabilities(&self) -> Result<Capabilities, ToolError>;

    /// Whether a member sees every project of the tool: customers who share it would see each other's work.
    async fn opens_every_project(&self) -> Result<bool, ToolError> {
        Ok(false)
    }

    /// How the figures come about, in a line for whoever reads them; nothing when they are somebody else's.
    fn figures(&self) -> Option<String> {
        None
    }

    /// What `bridge check` should say beside what the projects show: nothing, unless the tool has traps of
    /// its own.
    async fn check(&self) -> Vec<Remark> {
        Vec::new()
    }

    /// What `bridge check` should say about one project, beside that it can be read.
    async fn check_project(&self, project: &ProjectId) -> Vec<Remark> {
        let _nothing = project;
        Vec::new()
    }

    /// The project as the tool knows it.
    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError>;

    /// Grants the person access to the project. Repeated with another e-mail, it updates the account's where
    /// [`Capabilities::updates_email`] says so.
    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError>;

    /// Revokes the access to the project of every account of the person, and reads it back. A person without
    /// access is a success. The error is never [`ToolError::Wrong`] or [`ToolError::NoProject`]: a removal is retried
    /// until it is proven.
    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError>;

    /// Revokes what ties the person to one project and keeps their seat, in a tool where access spans the
    /// organisation and another hire needs the seat. The error is never [`ToolError::Wrong`] or
    /// [`ToolError::NoProject`].
    async fn release(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Removed, ToolError> {
        let _nothing_ties = (project, member);
        Ok(Removed::Proven(Proof::NeverThere))
    }

    /// The access that the person has now, through any of their accounts. That there is none is proven as a removal is,
    /// and so is [`ToolError::NoProject`].
    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError>;

    /// All members and open invitations of the project, or of the organisation where a seat spans it
    /// ([`Scope::Organization`]). `None` where the tool has no such list. [`ToolError::NoProject`] is proven as a removal
    /// is.
    async fn members(&self, project: &ProjectId) -> Result<Option<Listing<Member>>, ToolError> {
        let _no_list = project;
        Ok(None)
    }

    /// Whole-day totals of the project, for each person and UTC day in the window; only what the tool
    /// measures. Nothing when it measures nothing at all.
    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError>;

    /// Shows a notice on the project, in place of the one before; false when the tool has no place for it.
    async fn show_notice(&self, project: &ProjectId, notice: &Notice) -> Result<bool, ToolError>;

    /// Takes the notice off the project; false when the tool has no place for one.
    async fn clear_notice(&self, project: &ProjectId) -> Result<bool, ToolError>;
}

/// A project in the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The tool's id.
    pub id: ProjectId,
    /// The name that people see.
    pub name: String,
    /// Where it is found.
    pub url: Option<String>,
}

/// What `bridge check` should say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// How it stands.
    pub grade: Grade,
    /// What was found; free of personal data.
    pub says: String,
    /// What to do about it; nothing where nothing is to be done.
    pub cure: Option<String>,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// As it should be.
    Good,
    /// It works, and is worth a look.
    Note,
    /// The loop does not work like this.
    Wrong,
}

/// A budget notice on a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// How bad it is.
    pub level: NoticeLevel,
    /// What people read.
    pub text: String,
    /// Where to top up.
    pub url: String,
    /// The contracts it is about.
    pub contract_ids: Vec<ContractId>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeLevel {
    /// 80 % of the funded work is consumed.
    Warning,
    /// All of it is.
    Exhausted,
}

/// Why the tool didn't do it, sorted by what has to happen next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// It may work later: the tool is down, slow or busy. `after` is the tool's own word on when.
    #[error("{reason}")]
    Transient {
        /// What happened; free of personal data.
        reason: String,
        /// The `Retry-After` that came with it.
        after: Option<Duration>,
    },
    /// The tool is called as often as it allows, or asked for a pause: nothing was tried.
    #[error("the tool is called as often as it allows, and this waits for its turn")]
    Paused {
        /// When there is room.
        after: Duration,
    },
    /// An operator has to act: the token or its rights are wrong. It is tried again meanwhile.
    #[error("{reason}")]
    Operator {
        /// What happened and what to do; free of personal data.
        reason: String,
    },
    /// The tool answers that there is no such project.
    #[error("{reason}")]
    NoProject {
        /// What happened and what to do; free of personal data.
        reason: String,
    },
    /// No retry can mend it: the data is wrong.
    #[error("{reason}")]
    Wrong {
        /// What happened and what to do; free of personal data.
        reason: String,
    },
}
