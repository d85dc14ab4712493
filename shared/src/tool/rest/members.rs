//! Projects and their members.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{RestTool, read};
use crate::ids::{MemberId, ProjectId, TrainerId};
use crate::lenient;
use crate::tool::outcome::{no_such_project, unreadable};
use crate::tool::{Granted, Membership, Person, Project, Proof, Removed, Standing, ToolError};

/// Most characters of an id that is stored.
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

impl RestTool {
    /// `GET /projects/{projectId}`.
    pub(super) async fn read_project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        let answer = self
            .call(Method::GET, &["projects", project.as_str()], None)
            .await?;
        match answer.status {
            StatusCode::NOT_FOUND => Err(no_such_project(project)),
            status if status.is_success() => {
                let found: ProjectBody = read(&answer, "GET /projects/{projectId}")?;
                Ok(Project {
                    id: found.id,
                    name: found.name,
                    url: found.url,
                })
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
            StatusCode::NOT_FOUND => Err(no_such_project(project)),
            status if status.is_success() => granted(read(&answer, "PUT …/members/{trainerId}")?),
            // The tool may quote what we told it of the person.
            _ => Err(self.refused(&answer, &personal(person))),
        }
    }

    /// `GET /projects/{projectId}/members/{trainerId}`. A 404 may mean the project as well as the person:
    /// there is no access in either case.
    pub(super) async fn read_member(
        &self,
        project: &ProjectId,
        trainer: &TrainerId,
    ) -> Result<Option<Granted>, ToolError> {
        let path = ["projects", project.as_str(), "members", trainer.as_str()];
        let answer = self.call(Method::GET, &path, None).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => {
                granted(read(&answer, "GET …/members/{trainerId}")?).map(Some)
            }
            _ => Err(self.refused(&answer, &[])),
        }
    }

    /// `DELETE /projects/{projectId}/members/{trainerId}`, then a look whether it is true.
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
        let answer = self.call(Method::DELETE, &path, None).await?;
        let was_member = match answer.status {
            StatusCode::NOT_FOUND => false,
            status if status.is_success() => true,
            _ => return Err(self.refused(&answer, &[])),
        };
        if self.read_member(project, &member.trainer).await?.is_some() {
            let reason =
                "still a member after the removal: the tool said yes and did not do it".to_owned();
            return Err(ToolError::Transient {
                reason,
                after: None,
            });
        }
        if !was_member {
            // Two 404s are also what a wrong TOOL_BASE_URL answers: somebody would be taken for removed who
            // still has access. The project itself tells the one from the other.
            self.read_project(project).await?;
        }
        Ok(Removed::Proven(Proof::Account))
    }
}

/// What the tool is told of a person. Names that aren't known are left out; the e-mail stands in for the
/// display name nowhere.
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
    let standing = match member.status.as_str() {
        "active" => Standing::Active,
        "invited" => Standing::Invited(member.invite_url),
        // Not quoted: it is the tool's text, and whoever mends the tool can see it.
        _ => return Err(unreadable("`status` is neither `active` nor `invited`")),
    };
    if member.member_id.as_str().chars().nth(LONGEST_ID).is_some() {
        return Err(unreadable(format!(
            "`memberId` has more than {LONGEST_ID} characters"
        )));
    }
    Ok(Granted {
        member: Some(member.member_id),
        standing,
        was_member: false,
    })
}
