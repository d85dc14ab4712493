//! The annotation tool: what the bridge asks of it, and the adapters that ask.

mod cvat;
mod doccano;
mod label_studio;
mod memory;
mod notice_block;
mod outcome;
mod rest;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use cvat::{Cvat, CvatOptions};
pub use doccano::{Doccano, DoccanoOptions, DoccanoRole};
pub use label_studio::{Admin, LabelStudio, LabelStudioOptions};
pub use memory::{Count, Counters, Days, Memory, NoMemory};
pub use rest::RestTool;

use crate::http::Listing;
use crate::ids::{ContractId, MemberId, ProjectId, TrainerId};
use crate::person::Email;

/// An annotation tool in which people are granted access.
///
/// Every call may be repeated: the bridge does so after a time-out or a crash.
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

    /// Grants the person access to the project. Repeated with another e-mail, it updates the account's where
    /// [`Capabilities::updates_email`] says so.
    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError>;

    /// Revokes the access to the project of every account of the person, and reads it back. A person without
    /// access is a success. The error is never [`ToolError::Wrong`]: a removal is retried until it is proven.
    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError>;

    /// Revokes what ties the person to one project and keeps their seat, in a tool where access spans the
    /// organisation and another hire needs the seat. The error is never [`ToolError::Wrong`].
    async fn release(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Removed, ToolError> {
        let _nothing_ties = (project, member);
        Ok(Removed::Proven(Proof::NeverThere))
    }

    /// The access that the person has now, through any of their accounts.
    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError>;

    /// All members and open invitations of the project, or of the organisation where a seat spans it
    /// ([`Scope::Organization`]). `None` where the tool has no such list.
    async fn members(&self, project: &ProjectId) -> Result<Option<Listing<Member>>, ToolError> {
        let _no_list = project;
        Ok(None)
    }

    /// Whole-day totals of the project, for each person and UTC day in the window; only what the tool
    /// measures. Nothing when it measures nothing at all. A row that can't be read is named, and costs no other.
    async fn totals(
        &self,
        project: &ProjectId,
        window: Window,
    ) -> Result<Option<Listing<DayTotal>>, ToolError>;

    /// The same, without a trace: tools that only count need to remember what they saw.
    async fn preview(
        &self,
        project: &ProjectId,
        window: Window,
    ) -> Result<Option<Listing<DayTotal>>, ToolError> {
        self.totals(project, window).await
    }

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
    /// Whether a repeated grant with a new work e-mail changes the account's e-mail in the tool.
    pub updates_email: bool,
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

/// A person to grant access to. `Debug` shows the key alone.
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
    /// The tool's ids of the accounts that they had through the bridge, newest first.
    pub accounts: Vec<MemberId>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({}, …)", self.trainer)
    }
}

/// A person who may have access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// OpenTrain's user id.
    pub trainer: TrainerId,
    /// The tool's ids of all accounts that they had through the bridge, newest first.
    pub accounts: Vec<MemberId>,
    /// All addresses that the tool may know them by, newest first.
    pub emails: Vec<Email>,
    /// Whether the bridge may have granted them access, or sent an invitation.
    pub let_in: bool,
    /// The other projects in which they keep their access. A tool that can only withdraw a person's invitations
    /// all at once renews those.
    pub keeps: Vec<ProjectId>,
}

/// The access that a person has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The tool's own id of the account; an invited person may have none.
    pub member: Option<MemberId>,
    /// Whether they can work now.
    pub standing: Standing,
    /// They had access before this grant. After a grant whose result was lost this is true as well, so it means
    /// something on the first try only. Always false where the tool does not tell, and in an answer to
    /// [`access`](AnnotationTool::access).
    pub was_member: bool,
    /// What the operator should look at although the access is as it should be; free of personal data.
    pub note: Option<String>,
}

impl Granted {
    /// An account with this standing.
    pub fn new(member: Option<MemberId>, standing: Standing) -> Self {
        Self {
            member,
            standing,
            was_member: false,
            note: None,
        }
    }
}

/// Result of a removal that the tool did not refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Removed {
    /// The person has no access.
    Proven(Proof),
    /// The tool's address answers "not found" in a form that may come from a proxy, and the tool itself knows the
    /// project. The reason is free of personal data. Twice, with `CONFIRM_AFTER` in between, it
    /// is [`Proof::TwiceNotFound`].
    NotFound(String),
    /// The tool did not refuse, and nothing proves that the person has no access. The reason is free of personal
    /// data. It is tried again.
    Unconfirmed(String),
}

/// What proves that a person has no access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The bridge never granted them access and knows no account and no address of theirs.
    NeverThere,
    /// The tool's own JSON says for the id of each account that it has no access, that it is switched off, or
    /// that it is deleted. Or the tool confirmed our DELETE, and then the account was not found.
    Account,
    /// The complete list of members has none of the accounts' ids and none of the addresses.
    MemberList,
    /// The invitation was withdrawn, and that was read back.
    Invitation,
    /// The account was not found in two looks that are far enough apart. See [`Removed::NotFound`].
    TwiceNotFound,
    /// The tool itself answers that the project does not exist: it has no members.
    ProjectDeleted,
}

/// A member of a project or an organisation, or an open invitation to it. `Debug` shows the id alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    /// The tool's own id of the account; an invitation may have none.
    pub account: Option<MemberId>,
    /// The address, where the tool shows it.
    pub email: Option<Email>,
    /// They have not accepted their invitation yet.
    pub invited: bool,
}

impl Member {
    /// Whether it is one of the person's accounts, or has one of their addresses.
    pub fn is_of(&self, person: &Membership) -> bool {
        let by_id = self.account.as_ref();
        let by_email = self.email.as_ref();
        by_id.is_some_and(|id| person.accounts.contains(id))
            || by_email.is_some_and(|email| person.emails.contains(email))
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member({:?}, …)", self.account)
    }
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

/// A span of UTC days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub from: jiff::civil::Date,
    /// The last day.
    pub to: jiff::civil::Date,
}

/// One person's work on one project on one UTC day: the whole day's total, not what was added.
/// What the tool doesn't measure is absent, never zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTotal {
    /// Who worked.
    pub worker: Worker,
    /// The UTC day.
    pub work_date: jiff::civil::Date,
    /// Seconds of work.
    pub total_seconds: Option<i64>,
    /// Tasks finished.
    pub tasks_completed: Option<i64>,
    /// Labels made.
    pub labels_completed: Option<i64>,
    /// How many pieces of the work somebody else has written to since: the figures are reported, and
    /// worth a look.
    pub disputed: u64,
}

/// Who worked, by the name that the tool knows them under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worker {
    /// OpenTrain's user id: the tool was told it.
    Trainer(TrainerId),
    /// The tool's own id; whose it is stands in the ledger.
    Member(MemberId),
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
