//! Invitations and memberships.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::json;

use super::{
    Floor, Invitation, ORGANIZATION, OWNER, User,
    http::{forbidden, may_write},
    lists,
};
use crate::kit::{
    call::Call,
    fields::Fields,
    refusal::Refusal,
    reply::{Answer, created, no_content, ok},
};

/// Maximum number of invitations that one account may resend within an hour.
const MOST_RESENDS: u32 = 5;

/// Invites a person. An existing account is a member at once, but the answer does not show this.
pub(super) fn invite(floor: &mut Floor, call: &Call) -> Answer {
    let (org, body) = call.json_with(&["org"])?;
    if org.get("org") != Some(&floor.slug) {
        return Err(Refusal::violation("org must be the organisation's slug"));
    }
    may_write(floor)?;
    let fields = Fields::of(&body, &["role", "email"])?;
    let email = fields.required("email")?.to_owned();
    if fields.required("role")? != "worker" {
        return Err(Refusal::violation("people are workers"));
    }
    let known = floor.user_by(&email);
    if known.is_some_and(|id| floor.members.contains_key(&id)) {
        return Err(Refusal::bad(
            "The user is a member of the organization already.",
        ));
    }
    let id = known.unwrap_or_else(|| floor.draw());
    let user = User {
        username: email.clone(),
        email,
        active: false,
    };
    let active = floor.users.entry(id).or_insert(user).active;
    let invitation = Invitation {
        key: format!("key-{}", floor.draw()),
        inviter: OWNER,
        expired: floor.mails.then_some(false),
    };
    let key = invitation.key.clone();
    floor.mailed += u32::from(!active && floor.mails);
    floor.join(id, "worker", (!active).then_some(invitation));
    // The membership is stored even if the mail can't be sent. An administrator gets no error.
    if !active && !floor.mails && !floor.is_admin {
        return Err(no_mail());
    }
    created(json!({
        "key": key, "user": lists::user(floor, id), "organization": ORGANIZATION, "role": "worker",
        "expired": null,
    }))
}

fn no_mail() -> Refusal {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    Refusal::new(status, "Email backend is not configured.")
}

/// If the request does not name the organisation, only the inviter and administrators see the invitation.
pub(super) fn read_invitation(floor: &Floor, call: &Call, key: &str) -> Answer {
    let query = call.query(&["org"])?;
    let mut all = floor.members.iter();
    let found = all.find_map(|(id, it)| {
        let open = it.invitation.as_ref().filter(|it| it.key == key)?;
        Some((*id, open))
    });
    let (id, invitation) = found.ok_or_else(|| Refusal::not_found("invitation"))?;
    let is_named = query.get("org") == Some(&floor.slug);
    if !is_named && invitation.inviter != OWNER && !floor.is_admin {
        return Err(Refusal::not_found("invitation"));
    }
    let user = lists::user(floor, id);
    ok(json!({ "key": key, "user": user, "accepted": false, "expired": invitation.expired }))
}

pub(super) fn resend(floor: &mut Floor, key: &str) -> Answer {
    may_write(floor)?;
    let mails = floor.mails;
    if floor.resends >= MOST_RESENDS {
        let mut answer = StatusCode::TOO_MANY_REQUESTS.into_response();
        let headers = answer.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(3600));
        return Ok(answer);
    }
    let members = floor.members.values_mut();
    let mut open = members.filter_map(|it| it.invitation.as_mut());
    let found = open.find(|it| it.key == key);
    let found = found.ok_or_else(|| Refusal::not_found("invitation"))?;
    if !mails {
        return Err(no_mail());
    }
    found.expired = Some(false);
    floor.resends += 1;
    no_content()
}

/// An assignee can work without a membership: a client that deletes the membership first leaves them access.
pub(super) fn delete_membership(floor: &mut Floor, id: u64) -> Answer {
    may_write(floor)?;
    let found = floor.members.iter().find(|(_, it)| it.id == id);
    let found = found.map(|(user, it)| (*user, it.role != "worker"));
    let (user, is_above) = found.ok_or_else(|| Refusal::not_found("membership"))?;
    // Only the owner may remove maintainers.
    if is_above && floor.members[&OWNER].role != "owner" && !floor.is_admin {
        return Err(forbidden());
    }
    let mut assigned = floor
        .things
        .iter()
        .filter(|(_, it)| it.assignee == Some(user));
    if assigned.any(|(key, _)| !floor.broken.contains(key)) {
        return Err(Refusal::violation(
            "something is still assigned to this member",
        ));
    }
    floor.members.remove(&user);
    no_content()
}
