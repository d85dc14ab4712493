//! Grants and revocations of access.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    kit::{
        call::Call,
        fields::Fields,
        refusal::Refusal,
        reply::{Answer, created, no_content, ok},
    },
    tool::{
        floor::Floor,
        member::{Member, MemberStatus},
    },
};

const KNOWN: [&str; 4] = ["email", "displayName", "country", "profileUrl"];

pub(super) fn put(floor: &mut Floor, call: &Call, project: &str, trainer: &str) -> Answer {
    let member = member(&call.json()?, trainer)?;
    floor.project(project)?;
    if let Some(reason) = floor.refused.get(trainer) {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Err(Refusal::new(status, reason));
    }
    let (member, is_new) = floor.put_member(project, member);
    let mut body = body(&member);
    if member.status == MemberStatus::Invited {
        let url = format!("https://tool.example/invites/{}", member.member_id);
        body["inviteUrl"] = url.into();
    }
    if is_new { created(body) } else { ok(body) }
}

pub(super) fn read(floor: &Floor, call: &Call, project: &str, trainer: &str) -> Answer {
    call.bare()?;
    let member = floor.project(project)?.members.get(trainer);
    ok(body(member.ok_or_else(|| Refusal::not_found("member"))?))
}

pub(super) fn delete(floor: &mut Floor, call: &Call, project: &str, trainer: &str) -> Answer {
    call.bare()?;
    floor.project(project)?;
    floor.writes_mut(project, trainer).deletes += 1;
    let member = floor.project_mut(project)?.members.remove(trainer);
    member.ok_or_else(|| Refusal::not_found("member"))?;
    no_content()
}

fn member(body: &Value, trainer: &str) -> Result<Member, Refusal> {
    let fields = Fields::of(body, &KNOWN)?;
    // A bridge that omits a required field violates the contract.
    let required = |name| fields.required(name).map_err(Refusal::into_violation);
    let optional = |name| Ok::<_, Refusal>(fields.text(name)?.map(str::to_owned));
    Ok(Member {
        trainer_id: trainer.to_owned(),
        email: required("email")?.to_owned(),
        member_id: String::new(),
        status: MemberStatus::Active,
        display_name: required("displayName")?.to_owned(),
        country: optional("country")?,
        profile_url: optional("profileUrl")?,
    })
}

fn body(member: &Member) -> Value {
    json!({"memberId": member.member_id, "status": member.status})
}
