//! Interface of an annotation tool. The adapters are a separate crate (`adapters/tools`).

mod access;
mod account;
mod capabilities;
mod error;
mod memory;
mod paced;
mod spans;
mod totals;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use access::{Granted, Kept, Member, Membership, MembershipStatus, Person, Proof, Removed};
pub use account::Account;
pub use capabilities::{Accounts, Capabilities, Readding, Removal, Scope, TimeSource};
pub use error::{NO_PROJECT, ToolError};
pub use memory::{AdapterState, Count, Counters, Days, NoState, Piece, Pieces};
pub use paced::Paced;
pub use spans::Spans;
pub use totals::{Apart, Ask, DayTotal, Doubt, Gaps, NotOwn, Totals, Window, Worker};

use crate::model::ids::{ContractId, ProjectId};
use crate::model::json::Listing;

/// An annotation tool in which people are granted access.
///
/// Every call may be repeated: the bridge does so after a time-out or a crash.
#[async_trait]
pub trait AnnotationTool: Send + Sync {
    /// The capabilities of this tool. Reads the edition, if there are several.
    async fn capabilities(&self) -> Result<Capabilities, ToolError>;

    /// Whether a member sees every project of the tool. If customers share it, their trainers see each other's
    /// projects.
    async fn opens_every_project(&self) -> Result<bool, ToolError> {
        Ok(false)
    }

    /// How the figures are measured, in one line for their readers; `None` if the tool's platform measures them.
    fn figures(&self) -> Option<String> {
        None
    }

    /// Remarks of `bridge check` about the tool, in addition to those about projects. Empty by default.
    async fn check(&self) -> Vec<Remark> {
        Vec::new()
    }

    /// Remarks of `bridge check` about a readable project.
    async fn check_project(&self, project: &ProjectId) -> Vec<Remark> {
        let _nothing = project;
        Vec::new()
    }

    /// Reads the project.
    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError>;

    /// Grants the person access to the project. Repeated with another e-mail, it updates the account's e-mail if
    /// [`Capabilities::updates_email`] is set.
    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError>;

    /// Revokes the access of all of the person's accounts to the project, and reads it back. It is a success if the
    /// person has no access. The error is never [`ToolError::Wrong`] or [`ToolError::NoProject`], because a removal is
    /// retried until it is proven.
    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError>;

    /// Revokes the person's access to one project and keeps the seat, if another hire needs it. Only for tools in which
    /// access spans the organisation. The error is never [`ToolError::Wrong`] or [`ToolError::NoProject`].
    async fn release(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Removed, ToolError> {
        let _nothing_ties = (project, member);
        Ok(Removed::Proven(Proof::NeverThere))
    }

    /// The current access of the person, through any account. `None` and [`ToolError::NoProject`] need the same proof
    /// as a removal.
    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError>;

    /// All members and open invitations of the project, or of the organisation with [`Scope::Organization`]. `None` if
    /// the tool has no such list. [`ToolError::NoProject`] needs the same proof as a removal.
    async fn members(&self, project: &ProjectId) -> Result<Option<Listing<Member>>, ToolError> {
        let _no_list = project;
        Ok(None)
    }

    /// Whole-day totals of the project, for each person and UTC day in the window, in the units that the tool measures.
    /// `None` if it measures nothing.
    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError>;

    /// Shows a notice on the project, in place of the previous one. Returns false if the tool has no place for it.
    async fn show_notice(&self, project: &ProjectId, notice: &Notice) -> Result<bool, ToolError>;

    /// Removes the notice from the project. Returns false if the tool has no place for one.
    async fn clear_notice(&self, project: &ProjectId) -> Result<bool, ToolError>;
}

/// A project in the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The tool's id.
    pub id: ProjectId,
    /// The name that people see.
    pub name: String,
    /// URL of the project.
    pub url: Option<String>,
}

/// A remark of `bridge check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Severity of the remark.
    pub grade: Grade,
    /// The finding; free of personal data.
    pub says: String,
    /// The fix, if one is needed.
    pub cure: Option<String>,
}

/// Severity of a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// No problem.
    Good,
    /// It works, but should be reviewed.
    Note,
    /// The bridge cannot work like this.
    Wrong,
}

/// A budget notice on a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Level of the notice.
    pub level: NoticeLevel,
    /// The text that people read.
    pub text: String,
    /// URL for funding more work.
    pub url: String,
    /// The contracts in the notice.
    pub contract_ids: Vec<ContractId>,
}

/// Level of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NoticeLevel {
    /// 80 % of the funded work is consumed.
    Warning,
    /// All of the funded work is consumed.
    Exhausted,
}
