//! Revokes access, and proves the removal.

use reqwest::{Method, StatusCode};

use super::RestTool;
use super::members::{Seen, is_gone};
use crate::outcome::{FOREIGN_NOT_FOUND, no_such_project, transient};
use shared::http::Answer;
use shared::model::ids::ProjectId;
use shared::tool::{Membership, Proof, Removed, ToolError};

/// Number of attempts after a "not found" without JSON, which may come from one replica of a proxy.
const TRIES: u8 = 2;

/// The tool's answer to a DELETE.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deleted {
    /// Done.
    Yes,
    /// The tool's own JSON: there was no such member.
    WasNoMember,
    /// "Not found" without JSON.
    NotFound,
}

impl RestTool {
    /// `DELETE /projects/{projectId}/members/{trainerId}`, read back. Makes at most three calls if the tool answers in
    /// JSON.
    pub(super) async fn remove_member(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Removed, ToolError> {
        let path = [
            "projects",
            project.as_str(),
            "members",
            member.trainer.as_str(),
        ];
        if self.http.url(&path).is_err() {
            // The ids can't be sent in a call, so no call has granted access.
            return Ok(Removed::Proven(Proof::NeverThere));
        }
        for _ in 0..TRIES {
            let deleted = self.delete_member(project, member).await?;
            match (deleted, self.see_member(project, &member.trainer).await?) {
                (_, Seen::Member(_)) => return Ok(still_a_member()),
                (Deleted::Yes, _) => return Ok(Removed::Proven(Proof::Account)),
                // The JSON may be about the project.
                (_, Seen::Absent) => return self.absent(project).await,
                (_, Seen::NotFound) => {}
            }
        }
        // The project's own JSON shows that the address is the tool's.
        match self.see_project(project).await? {
            Some(_) => Ok(Removed::NotFound(FOREIGN_NOT_FOUND.to_owned())),
            None => self.without_project(project).await,
        }
    }

    async fn delete_member(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Deleted, ToolError> {
        let trainer = member.trainer.as_str();
        let path = ["projects", project.as_str(), "members", trainer];
        let answer = self.call(Method::DELETE, &path, None).await?;
        match answer.status {
            StatusCode::NO_CONTENT => Ok(Deleted::Yes),
            // A page is not an answer of the tool.
            status if status.is_success() && !answer.is_page() => Ok(Deleted::Yes),
            status if status.is_success() => Ok(Deleted::NotFound),
            status if is_gone(status) && answer.is_json() => Ok(Deleted::WasNoMember),
            status if is_gone(status) => Ok(Deleted::NotFound),
            _ => Err(self.not_removed(&answer)),
        }
    }

    /// Decides after JSON with "not found". A request for the project shows whether the member or the project is
    /// missing.
    async fn absent(&self, project: &ProjectId) -> Result<Removed, ToolError> {
        match self.see_project(project).await? {
            Some(_) => Ok(Removed::Proven(Proof::Account)),
            None => self.without_project(project).await,
        }
    }

    /// Fails unless the trainer's absence has the proof that a removal needs.
    pub(super) async fn proven_absent(&self, project: &ProjectId) -> Result<(), ToolError> {
        match self.absent(project).await? {
            Removed::Proven(Proof::ProjectDeleted) => Err(no_such_project(project)),
            Removed::Proven(_) => Ok(()),
            Removed::NotFound(_) | Removed::Unconfirmed(_) => Err(ToolError::Transient {
                reason: format!(
                    "{}, but a gateway or a wrong TOOL_BASE_URL may answer the same, so this proves nothing: check \
                     TOOL_BASE_URL",
                    no_such_project(project)
                ),
                after: None,
            }),
        }
    }

    /// Decides after JSON that states that the project does not exist. A gateway, or any address below a wrong
    /// `TOOL_BASE_URL`, may return the same. It counts as proof if the tool then returns another project, and this
    /// project is again not found. For a tool with only one project, it counts at the second look, if this process has
    /// seen the project before.
    async fn without_project(&self, project: &ProjectId) -> Result<Removed, ToolError> {
        let others = self.served_beside(project);
        let is_alone = others.is_empty();
        for other in others {
            let is_served = matches!(self.see_project(&other).await, Ok(Some(_)));
            if is_served && self.see_project(project).await?.is_none() {
                return Ok(Removed::Proven(Proof::ProjectDeleted));
            }
        }
        // The address was right when the project existed. A fault of a gateway would have to last until the second
        // look.
        if is_alone && self.has_served(project) {
            return Ok(Removed::NotFound(no_such_project(project).to_string()));
        }
        Ok(Removed::Unconfirmed(format!(
            "{}, and no other project is found either, so TOOL_BASE_URL or a gateway may be wrong: check it, or, if the \
             project was deleted, settle the removal with `bridge settle`",
            no_such_project(project)
        )))
    }

    /// The refusal of a DELETE.
    fn not_removed(&self, answer: &Answer) -> ToolError {
        let told = self.told(answer, &[]);
        match answer.status {
            StatusCode::CONFLICT | StatusCode::LOCKED => {
                transient(answer, "the tool refuses the removal for now", &told)
            }
            _ => self.refused(answer, &[]),
        }
    }
}

fn still_a_member() -> Removed {
    Removed::Unconfirmed(
        "still a member after the removal: the tool reported success but did not do it".to_owned(),
    )
}
