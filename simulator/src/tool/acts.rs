//! Actions of people in the tool, and state for tests.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{
    AnnotationPlatform,
    floor::Floor,
    member::{Member, Writes},
    notice::Notice,
    project::ToolMisuse,
    work::Work,
};

impl AnnotationPlatform {
    /// Creates a project. Replaces one with the same id, including its members.
    pub fn create_project(&self, id: &str, name: &str) {
        self.change(|floor| floor.create_project(id, name));
    }

    /// Deletes a project with everything in it.
    pub fn delete_project(&self, id: &str) -> Result<(), ToolMisuse> {
        let removed = self.change(|floor| floor.projects.remove(id));
        removed.map(|_| ()).ok_or(ToolMisuse::Unknown("project"))
    }

    /// A project's members, by trainer; empty if there is no such project.
    pub fn members(&self, project: &str) -> Vec<Member> {
        let all = |floor: &Floor| {
            let project = floor.projects.get(project)?;
            Some(project.members.values().cloned().collect())
        };
        self.look(all).unwrap_or_default()
    }

    /// One member of a project.
    pub fn member(&self, project: &str, trainer: &str) -> Option<Member> {
        self.look(|floor| floor.projects.get(project)?.members.get(trainer).cloned())
    }

    /// Removes a member by hand, as an administrator of the tool does.
    pub fn remove_member(&self, project: &str, trainer: &str) -> Result<(), ToolMisuse> {
        self.change(|floor| {
            let member = floor.project_mut(project)?.members.remove(trainer);
            member.map(|_| ()).ok_or(ToolMisuse::Unknown("member"))
        })
    }

    /// Answers new members with an invitation instead of access.
    pub fn set_invites(&self, invites: bool) {
        self.change(|floor| floor.invites = invites);
    }

    /// A trainer accepts their invitation.
    pub fn accept_invite(&self, project: &str, trainer: &str) -> Result<(), ToolMisuse> {
        self.change(|floor| floor.accept_invite(project, trainer))
    }

    /// Refuses a trainer with 422 and this reason, in every project.
    pub fn refuse(&self, trainer: &str, reason: &str) {
        let (trainer, reason) = (trainer.to_owned(), reason.to_owned());
        self.change(|floor| floor.refused.insert(trainer, reason));
    }

    /// Accepts the trainer again.
    pub fn stop_refusing(&self, trainer: &str) {
        self.change(|floor| floor.refused.remove(trainer));
    }

    /// The executed writes of members so far, by project and trainer.
    pub fn writes(&self) -> BTreeMap<(String, String), Writes> {
        self.look(|floor| floor.writes.clone())
    }

    /// The writes of one member so far.
    pub fn writes_of(&self, project: &str, trainer: &str) -> Writes {
        let key = (project.to_owned(), trainer.to_owned());
        self.look(|floor| floor.writes.get(&key).copied())
            .unwrap_or_default()
    }

    /// Adds to a current member's work of a day.
    pub fn record_work(
        &self,
        project: &str,
        trainer: &str,
        day: Date,
        work: Work,
    ) -> Result<(), ToolMisuse> {
        self.change(|floor| floor.record_work(project, trainer, day, work))
    }

    /// Sets a day's total, which may decrease. A former member's total can be set too.
    pub fn correct_work(
        &self,
        project: &str,
        trainer: &str,
        day: Date,
        total: Work,
    ) -> Result<(), ToolMisuse> {
        self.change(|floor| {
            let key = (day, trainer.to_owned());
            floor.project_mut(project)?.work.insert(key, total);
            Ok(())
        })
    }

    /// Sets the number of totals on a page of usage; 100 by default.
    pub fn set_page_size(&self, size: usize) {
        self.change(|floor| floor.page_size = size.max(1));
    }

    /// A project's notice.
    pub fn notice(&self, project: &str) -> Option<Notice> {
        self.look(|floor| floor.projects.get(project)?.notice.clone())
    }

    /// Number of writes and deletions of notices, in all projects.
    pub fn notice_writes(&self) -> u64 {
        self.look(|floor| floor.notice_writes)
    }
}
