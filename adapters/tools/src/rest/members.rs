//! Projects and their members.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{RestTool, read};
use crate::outcome::{foreign_not_found, no_such_project, unreadable};
use shared::http::Answer;
use shared::model::ids::{MemberId, ProjectId, TrainerId};
use shared::model::lenient;
use shared::tool::{Granted, MembershipStatus, Person, Project, ToolError};

/// Maximum number of characters of a stored id.
const LONGEST_ID: usize = 256;

#[derive(Deserialize)]
struct ProjectBody {
    id: ProjectId,
    #[serde(deserialize_with = "lenient::text_or_empty")]
    name: String,
    #[serde(default, deserialize_with = "lenient::text")]
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MemberBody {
    member_id: MemberId,
    status: String,
    #[serde(default, deserialize_with = "lenient::text")]
    invite_url: Option<String>,
}

/// The tool's response to a request for one member.
pub(super) enum Seen {
    /// A member, or an invited person.
    Member(Granted),
    /// The tool's own JSON: no such member, or no such project.
    Absent,
    /// "Not found" without JSON, which may be a proxy's answer.
    NotFound,
}

impl Seen {
    /// Meaning of a "not found".
    pub(super) fn absent(answer: &Answer) -> Self {
        match answer.is_json() {
            true => Self::Absent,
            false => Self::NotFound,
        }
    }
}

/// Whether the status means "gone". Some tools return 410 for a deleted member.
pub(super) fn is_gone(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE)
}

impl RestTool {
    /// `GET /projects/{projectId}`.
    pub(super) async fn read_project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        let found = self.see_project(project).await?;
        found.ok_or_else(|| no_such_project(project))
    }

    /// As [`read_project`](Self::read_project); `None` if the tool's JSON states that the project does not exist.
    pub(super) async fn see_project(
        &self,
        project: &ProjectId,
    ) -> Result<Option<Project>, ToolError> {
        let path = ["projects", project.as_str()];
        let answer = self.call(Method::GET, &path, None).await?;
        match answer.status {
            status if is_gone(status) && answer.is_json() => Ok(None),
            status if is_gone(status) => Err(foreign_not_found()),
            status if status.is_success() => {
                let found: ProjectBody = read(&answer, "GET /projects/{projectId}")?;
                Ok(Some(Project {
                    id: found.id,
                    name: found.name,
                    url: found.url,
                }))
            }
            _ => Err(self.refused(&answer, &[])),
        }
    }

    /// `PUT /projects/{projectId}/members/{trainerId}`.
    pub(super) async fn put_member(
        &self,
        project: &ProjectId,
        person: &Person,
    ) -> Result<Granted, ToolError> {
        let path = [
            "projects",
            project.as_str(),
            "members",
            person.trainer.as_str(),
        ];
        let answer = self
            .call(Method::PUT, &path, Some(&introduction(person)))
            .await?;
        match answer.status {
            StatusCode::NOT_FOUND if answer.is_json() => Err(no_such_project(project)),
            StatusCode::NOT_FOUND => Err(foreign_not_found()),
            status if status.is_success() => granted(read(&answer, "PUT …/members/{trainerId}")?),
            // The response may quote personal data from the request.
            _ => Err(self.refused(&answer, &personal(person))),
        }
    }

    /// `GET /projects/{projectId}/members/{trainerId}`.
    pub(super) async fn read_member(
        &self,
        project: &ProjectId,
        trainer: &TrainerId,
    ) -> Result<Option<Granted>, ToolError> {
        match self.see_member(project, trainer).await? {
            Seen::Member(granted) => Ok(Some(granted)),
            Seen::Absent => self.proven_absent(project).await.map(|()| None),
            Seen::NotFound => Err(foreign_not_found()),
        }
    }

    pub(super) async fn see_member(
        &self,
        project: &ProjectId,
        trainer: &TrainerId,
    ) -> Result<Seen, ToolError> {
        let path = ["projects", project.as_str(), "members", trainer.as_str()];
        let answer = self.call(Method::GET, &path, None).await?;
        match answer.status {
            status if status.is_success() => {
                granted(read(&answer, "GET …/members/{trainerId}")?).map(Seen::Member)
            }
            status if is_gone(status) => Ok(Seen::absent(&answer)),
            _ => Err(self.refused(&answer, &[])),
        }
    }
}

/// The data about a person that the tool receives. Unknown names are left out. The e-mail address never replaces the
/// display name.
fn introduction(person: &Person) -> Value {
    let mut body = json!({ "email": person.email.expose() });
    let more = [
        ("displayName", &person.display_name),
        ("country", &person.country),
        ("profileUrl", &person.profile_url),
    ];
    for (key, value) in more {
        if let Some(value) = value {
            body[key] = json!(value);
        }
    }
    body
}

fn personal(person: &Person) -> Vec<&str> {
    let more = [&person.display_name, &person.profile_url];
    more.into_iter()
        .flatten()
        .map(String::as_str)
        .chain([person.email.expose()])
        .collect()
}

fn granted(member: MemberBody) -> Result<Granted, ToolError> {
    let status = match member.status.as_str() {
        "active" => MembershipStatus::Active,
        "invited" => match member.invite_url {
            Some(link) => MembershipStatus::invited(link)?,
            None => MembershipStatus::Invited(None),
        },
        // The value is not quoted: its content is unknown, and the tool's developers can see it in the tool.
        _ => return Err(unreadable("`status` is neither `active` nor `invited`")),
    };
    if member.member_id.as_str().chars().nth(LONGEST_ID).is_some() {
        return Err(unreadable(format!(
            "`memberId` has more than {LONGEST_ID} characters"
        )));
    }
    Ok(Granted::new(Some(member.member_id), status))
}
