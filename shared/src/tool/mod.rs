//! The annotation tool: what the bridge asks of it, and the adapters that ask.

mod cvat;
mod doccano;
mod label_studio;
mod memory;
mod notice_block;
mod outcome;
mod rest;
mod totals;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use cvat::{Cvat, CvatOptions};
pub use doccano::{Doccano, DoccanoOptions, DoccanoRole};
pub use label_studio::{Admin, LabelStudio, LabelStudioOptions};
pub use memory::{Count, Counters, Days, Memory, NoMemory};
pub use rest::RestTool;
pub use totals::{Apart, Ask, DayTotal, Gaps, NotOwn, Totals, Window, Worker};

use crate::ids::{ContractId, MemberId, ProjectId, TrainerId};
use crate::person::Email;

/// An annotation tool that people are let into and taken out of.
///
/// Every call may be repeated: the bridge does so after a time-out or a crash, without asking.
#[async_trait]
pub trait AnnotationTool: Send + Sync {
    /// What this tool can and can't do. A tool of several editions is asked which one it is.
    async fn capabilities(&self) -> Result<Capabilities, ToolError>;

    /// How the figures come about, in a line for whoever reads them; nothing when they are somebody else's.
    fn figures(&self) -> Option<String> {
        None
    }

    /// What `bridge check` should say beside what the projects show: nothing, unless the tool has traps of
    /// its own.
    async fn check(&self) -> Vec<Remark> {
        Vec::new()
    }

    /// The project as the tool knows it.
    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError>;

    /// Makes sure that the person has access to the project.
    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError>;

    /// Takes the person's access to the project away, and reads back that it is gone. Somebody who
    /// had none is a success.
    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<(), ToolError>;

    /// Takes from the person what ties them to one project, in a tool where access spans the organisation
    /// and another hire still calls for it.
    async fn release(&self, project: &ProjectId, member: &Membership) -> Result<(), ToolError> {
        let _nothing_ties = (project, member);
        Ok(())
    }

    /// The access that the person has now, as the tool tells it.
    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError>;

    /// Whole-day totals of the project, for each person and UTC day in the window; only what the tool
    /// measures. Nothing when it measures nothing at all.
    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError>;

    /// Shows a notice on the project, in place of the one before; false when the tool has no place for it.
    async fn show_notice(&self, project: &ProjectId, notice: &Notice) -> Result<bool, ToolError>;

    /// Takes the notice off the project; false when the tool has no place for one.
    async fn clear_notice(&self, project: &ProjectId) -> Result<bool, ToolError>;
}

/// What a tool can do; shown to the operator, and weighed when access is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Capabilities {
    /// What a person gets access to.
    pub scope: Scope,
    /// How a new person comes to an account.
    pub accounts: Accounts,
    /// What is left after a removal.
    pub removal: Removal,
    /// How somebody who was removed gets in again.
    pub readding: Readding,
    /// Where seconds of work come from.
    pub time: TimeSource,
}

/// What a person gets access to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One project at a time.
    Project,
    /// The organisation, with all of its projects: it is taken away with the last hire.
    Organization,
}

/// How a new person comes to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accounts {
    /// The tool makes one.
    Created,
    /// The person has to follow an invitation.
    InviteOnly,
    /// The tool makes one, and an operator hands it over.
    Claimed,
}

/// What is left after a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// Nothing: the person can neither read nor write.
    Full,
    /// The account still works in part; the tool's documentation tells in which.
    Soft,
}

/// How somebody who was removed gets in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readding {
    /// By the tool's API.
    Api,
    /// By an operator's hand.
    Manual,
}

/// Where seconds of work come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeSource {
    /// The tool measures activity.
    Active,
    /// The tool measures from open to submit, idle time included.
    WallClock,
    /// The platform states it, by a measure of its own.
    Platform,
    /// The tool measures no time: seconds are never reported.
    None,
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

/// Somebody to let in. `Debug` shows the key alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// OpenTrain's user id.
    pub trainer: TrainerId,
    /// The work e-mail.
    pub email: Email,
    /// The masked name.
    pub display_name: Option<String>,
    /// ISO country.
    pub country: Option<String>,
    /// The public profile at OpenTrain.
    pub profile_url: Option<String>,
    /// The tool's own id for them, if they were there before.
    pub member: Option<MemberId>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({}, …)", self.trainer)
    }
}

/// Names somebody who may have access already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// OpenTrain's user id.
    pub trainer: TrainerId,
    /// The tool's own id for them, if we know it.
    pub member: Option<MemberId>,
    /// The e-mail they were let in by, if we still have it.
    pub email: Option<Email>,
    /// Whether we may have let them in, or sent them an invitation.
    pub let_in: bool,
}

/// The access that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The tool's own id for the person; nobody who is only invited need have one.
    pub member: Option<MemberId>,
    /// Whether they can work now.
    pub standing: Standing,
}

/// Whether somebody who was let in can work now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// They can.
    Active,
    /// They have to accept an invitation first. The link to it, where the tool leaves it to us to hand
    /// it over; it is a secret.
    Invited(Option<String>),
    /// They have an account that was made for them, and can't log in to it yet: what the operator has to
    /// do, free of personal data.
    Unclaimed(String),
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
    /// An operator has to act: the token or its rights are wrong. It is tried again meanwhile.
    #[error("{reason}")]
    Operator {
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
