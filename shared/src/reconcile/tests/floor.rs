//! A tool in memory, with failures on demand.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;

use super::rig::lock;
use crate::model::ids::{MemberId, ProjectId};
use crate::tool::{
    Accounts, AnnotationTool, Ask, Capabilities, Granted, Membership, MembershipStatus, Notice,
    Person, Project, Proof, Readding, Removal, Removed, Scope, TimeSource, ToolError, Totals,
};

/// A tool in memory.
#[derive(Default)]
pub(super) struct Floor {
    members: Mutex<BTreeSet<(String, String)>>,
    /// The results of the next writes.
    mishaps: Mutex<VecDeque<Mishap>>,
}

/// Failure of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mishap {
    /// Nothing.
    None,
    /// It is not done.
    Down,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// It is refused for good.
    Refused,
}

impl Floor {
    pub(super) fn members(&self) -> BTreeSet<(String, String)> {
        lock(&self.members).clone()
    }

    pub(super) fn trip(&self, mishaps: &[Mishap]) {
        lock(&self.mishaps).extend(mishaps);
    }

    pub(super) fn recover(&self) {
        lock(&self.mishaps).clear();
    }

    fn write(
        &self,
        carry_out: impl FnOnce(&mut BTreeSet<(String, String)>),
    ) -> Result<(), ToolError> {
        let mishap = lock(&self.mishaps).pop_front().unwrap_or(Mishap::None);
        if matches!(mishap, Mishap::None | Mishap::AnswerLost) {
            carry_out(&mut lock(&self.members));
        }
        match mishap {
            Mishap::None => Ok(()),
            Mishap::Refused => Err(ToolError::Wrong {
                reason: "refused".into(),
            }),
            Mishap::Down | Mishap::AnswerLost => Err(ToolError::Transient {
                reason: "down".into(),
                after: None,
            }),
        }
    }
}

#[async_trait]
impl AnnotationTool for Floor {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        Ok(Capabilities {
            scope: Scope::Project,
            accounts: Accounts::Created,
            removal: Removal::Full,
            readding: Readding::Api,
            time: TimeSource::None,
            updates_email: false,
        })
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        Ok(Project {
            id: project.clone(),
            name: "A project".into(),
            url: None,
        })
    }

    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError> {
        let key = (project.to_string(), person.trainer.to_string());
        self.write(|members| {
            members.insert(key);
        })?;
        Ok(Granted::new(
            Some(MemberId::new(person.trainer.as_str())),
            MembershipStatus::Active,
        ))
    }

    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError> {
        let key = (project.to_string(), member.trainer.to_string());
        self.write(|members| {
            members.remove(&key);
        })?;
        Ok(Removed::Proven(Proof::Account))
    }

    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        let key = (project.to_string(), member.trainer.to_string());
        let known = lock(&self.members).contains(&key);
        let member = Some(MemberId::new(member.trainer.as_str()));
        Ok(known.then_some(Granted::new(member, MembershipStatus::Active)))
    }

    async fn totals(&self, _: &ProjectId, _: &Ask) -> Result<Option<Totals>, ToolError> {
        Ok(None)
    }

    async fn show_notice(&self, _: &ProjectId, _: &Notice) -> Result<bool, ToolError> {
        Ok(false)
    }

    async fn clear_notice(&self, _: &ProjectId) -> Result<bool, ToolError> {
        Ok(false)
    }
}
