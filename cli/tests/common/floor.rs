//! An annotation tool in memory, with strict members and faults on demand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use shared::model::ids::{MemberId, ProjectId, TrainerId};
use shared::tool::{
    Accounts, AnnotationTool, Ask, Capabilities, Granted, Membership, MembershipStatus, Notice,
    Person, Project, Proof, Readding, Removal, Removed, Scope, TimeSource, ToolError, Totals,
};
use tokio::sync::Notify;

use super::events::email;

/// Fault of one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// Not executed; temporary.
    Down,
    /// Executed, but the answer is lost.
    AnswerLost,
    /// Not executed; an operator must act.
    Forbidden,
}

/// A write that was executed or refused, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Grant(String),
    Remove(String),
}

#[derive(Default)]
struct State {
    members: BTreeMap<(String, String), MemberId>,
    busy: BTreeSet<TrainerId>,
    writes: Vec<Write>,
    mishaps: VecDeque<Mishap>,
    /// Projects whose writes fail.
    broken: BTreeSet<String>,
    /// Projects whose writes never return.
    deadly: BTreeSet<String>,
    /// Projects whose writes wait.
    held: BTreeSet<String>,
    /// Whether a seat opens every project.
    open: bool,
    /// Projects that do not exist in the tool.
    gone: BTreeSet<String>,
    /// Answers to the next removals, which are not executed.
    removals: VecDeque<Removed>,
}

/// The tool. Two concurrent calls for one person fail the test.
#[derive(Default)]
pub(crate) struct Floor(Mutex<State>, Notify, Notify);

impl Floor {
    /// Members of a project.
    pub(crate) fn members(&self, project: &str) -> BTreeSet<String> {
        let state = self.state();
        let own = state.members.keys().filter(|(own, _)| own == project);
        own.map(|(_, trainer)| trainer.clone()).collect()
    }

    /// Makes a person a member by hand.
    pub(crate) fn add(&self, project: &str, trainer: &str) {
        let key = (project.to_owned(), trainer.to_owned());
        let id = MemberId::new(format!("mem/{trainer}"));
        self.state().members.insert(key, id);
    }

    /// Removes a member by hand.
    pub(crate) fn expel(&self, project: &str, trainer: &str) {
        let key = (project.to_owned(), trainer.to_owned());
        self.state().members.remove(&key);
    }

    /// From now on a seat opens every project.
    pub(crate) fn open_every_project(&self) {
        self.state().open = true;
    }

    /// Deletes a project.
    pub(crate) fn delete_project(&self, project: &str) {
        self.state().gone.insert(project.to_owned());
    }

    /// Answers the next removals with these, without executing them.
    pub(crate) fn answer_removals(&self, answers: impl IntoIterator<Item = Removed>) {
        self.state().removals.extend(answers);
    }

    /// Number of remaining answers.
    pub(crate) fn answers_left(&self) -> usize {
        self.state().removals.len()
    }

    /// All writes so far.
    pub(crate) fn writes(&self) -> Vec<Write> {
        self.state().writes.clone()
    }

    /// Adds a fault to the next write without one.
    pub(crate) fn trip(&self, mishap: Mishap) {
        self.state().mishaps.push_back(mishap);
    }

    /// Makes all writes of a project fail, or restores it.
    pub(crate) fn set_broken(&self, project: &str, broken: bool) {
        let mut state = self.state();
        match broken {
            true => state.broken.insert(project.to_owned()),
            false => state.broken.remove(project),
        };
    }

    /// Makes no write of a project return, as when the process ends during it; or restores it.
    pub(crate) fn set_deadly(&self, project: &str, deadly: bool) {
        let mut state = self.state();
        match deadly {
            true => state.deadly.insert(project.to_owned()),
            false => state.deadly.remove(project),
        };
    }

    /// Makes the next write of a project wait until `go_on`.
    pub(crate) fn hold(&self, project: &str) {
        self.state().held.insert(project.to_owned());
    }

    /// Lets the write that waits go on.
    pub(crate) fn go_on(&self) {
        self.2.notify_one();
    }

    /// Returns when a write has begun that waits, or that never returns.
    pub(crate) async fn until_stuck(&self) {
        self.1.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, trainer: &TrainerId) -> Call<'_> {
        let alone = self.state().busy.insert(trainer.clone());
        assert!(alone, "{trainer} is worked on by two at once");
        Call {
            floor: self,
            trainer: trainer.clone(),
        }
    }

    /// Executes one write. Time passes before and after it, so that others may run in between and it may be
    /// interrupted.
    async fn write<T>(
        &self,
        trainer: &TrainerId,
        write: Write,
        project: &ProjectId,
        carry_out: impl FnOnce(&mut State) -> T,
    ) -> Result<T, ToolError> {
        let _call = self.begin(trainer);
        tokio::task::yield_now().await;
        if self.state().deadly.contains(project.as_str()) {
            self.1.notify_one();
            return std::future::pending().await;
        }
        let is_held = self.state().held.remove(project.as_str());
        if is_held {
            self.1.notify_one();
            self.2.notified().await;
        }
        let done = self.attempt(write, project, carry_out);
        tokio::task::yield_now().await;
        done
    }

    fn attempt<T>(
        &self,
        write: Write,
        project: &ProjectId,
        carry_out: impl FnOnce(&mut State) -> T,
    ) -> Result<T, ToolError> {
        let mut state = self.state();
        state.writes.push(write);
        if state.broken.contains(project.as_str()) {
            return Err(down());
        }
        match state.mishaps.pop_front() {
            None => Ok(carry_out(&mut state)),
            Some(Mishap::Down) => Err(down()),
            Some(Mishap::Forbidden) => Err(ToolError::Operator {
                reason: "forbidden".into(),
            }),
            Some(Mishap::AnswerLost) => {
                carry_out(&mut state);
                Err(down())
            }
        }
    }
}

/// A call in progress. It ends when this is dropped, also by a crash.
struct Call<'a> {
    floor: &'a Floor,
    trainer: TrainerId,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.floor.state().busy.remove(&self.trainer);
    }
}

fn no_project() -> ToolError {
    ToolError::NoProject {
        reason: "no such project".into(),
    }
}

fn down() -> ToolError {
    ToolError::Transient {
        reason: "down".into(),
        after: Some(Duration::from_secs(1)),
    }
}

fn key(project: &ProjectId, trainer: &TrainerId) -> (String, String) {
    (project.as_str().to_owned(), trainer.as_str().to_owned())
}

#[async_trait]
impl AnnotationTool for Floor {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        let scope = match self.state().open {
            true => Scope::Organization,
            false => Scope::Project,
        };
        Ok(Capabilities {
            scope,
            accounts: Accounts::Created,
            removal: Removal::Full,
            readding: Readding::Api,
            time: TimeSource::None,
            updates_email: false,
        })
    }

    async fn opens_every_project(&self) -> Result<bool, ToolError> {
        Ok(self.state().open)
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        Ok(Project {
            id: project.clone(),
            name: "A project".into(),
            url: None,
        })
    }

    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError> {
        assert_eq!(
            person.email.expose(),
            email(person.trainer.as_str()),
            "by another person's address"
        );
        if self.state().gone.contains(project.as_str()) {
            return Err(no_project());
        }
        let write = Write::Grant(project.as_str().to_owned());
        let id = MemberId::new(format!("mem/{}", person.trainer));
        let add = |state: &mut State| {
            state
                .members
                .insert(key(project, &person.trainer), id.clone());
        };
        self.write(&person.trainer, write, project, add).await?;
        Ok(Granted::new(Some(id), MembershipStatus::Active))
    }

    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError> {
        if self.state().gone.contains(project.as_str()) {
            return Ok(Removed::Proven(Proof::ProjectDeleted));
        }
        if let Some(answer) = self.state().removals.pop_front() {
            return Ok(answer);
        }
        let write = Write::Remove(project.as_str().to_owned());
        let remove = |state: &mut State| {
            state.members.remove(&key(project, &member.trainer));
        };
        self.write(&member.trainer, write, project, remove).await?;
        Ok(Removed::Proven(Proof::Account))
    }

    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        if self.state().gone.contains(project.as_str()) {
            return Err(no_project());
        }
        let known = self
            .state()
            .members
            .get(&key(project, &member.trainer))
            .cloned();
        Ok(known.map(|member| Granted::new(Some(member), MembershipStatus::Active)))
    }

    async fn totals(&self, _: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        let read_at = ask.window.to.to_zoned(TimeZone::UTC).unwrap().timestamp();
        Ok(Some(Totals::of(read_at, Vec::new().into())))
    }

    async fn show_notice(&self, _: &ProjectId, _: &Notice) -> Result<bool, ToolError> {
        Ok(false)
    }

    async fn clear_notice(&self, _: &ProjectId) -> Result<bool, ToolError> {
        Ok(false)
    }
}
