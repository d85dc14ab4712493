//! The team of the caller's organisation.

use serde_json::{Value, json};

use super::{
    access::{PublicCall, PublicGroup},
    caller::Caller,
};
use crate::{
    http::{
        bodies::TEAM_INVITE,
        operation::{Body, Group},
    },
    kit::{
        clock::iso,
        refusal::Refusal,
        reply::{Answer, ok},
        shape::{Refused, Reply, Shape, has, or_null},
    },
    market::{
        Market,
        data::{feature::Feature, scope::TokenScope},
    },
};

pub(super) const GROUP: PublicGroup = Group {
    tag: "Team",
    calls: &[
        PublicCall::token(
            "getTeam",
            ("GET", "/team"),
            "Read the members and the invitations",
            read,
        )
        .scope(&[TokenScope::TeamRead])
        .feature(Feature::Team)
        .answers(&[Reply::ok(Shape::Object(&[has("team", TEAM)]))])
        .refuses(&[Refused::forbidden(&["teams_not_enabled"])]),
        PublicCall::token(
            "inviteToTeam",
            ("POST", "/team/invites"),
            "Invite a person, or add the account with this e-mail",
            invite,
        )
        .scope(&[TokenScope::TeamWrite])
        .feature(Feature::Team)
        .claimed()
        .body(Body::Json(&TEAM_INVITE))
        .answers(&[Reply::ok(INVITED)])
        .refuses(&[
            Refused::forbidden(&["teams_not_enabled"]),
            Refused::conflict(&["invite_email_send_failed"]),
        ]),
    ],
};

/// The answer of [`team_body`].
const TEAM: Shape = Shape::Named(
    "Team",
    &[&[
        has("organization", ORGANIZATION),
        has("members", Shape::List(&MEMBER)),
        has("invites", Shape::List(&INVITE)),
    ]],
);
const ORGANIZATION: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("name", Shape::Text),
    has("ownerUserId", Shape::Text),
    or_null("ownerName", Shape::Text),
]);
const MEMBER: Shape = Shape::Object(&[
    has("userId", Shape::Text),
    has("role", Shape::OneOf(&["OWNER", "MEMBER"])),
    or_null("name", Shape::Text),
    or_null("email", Shape::Text),
    has("joinedAt", Shape::Time),
]);
const INVITE: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("email", Shape::Text),
    has("createdAt", Shape::Time),
    has("expiresAt", Shape::Time),
]);

const INVITED: Shape = Shape::Object(&[
    has("ok", Shape::Flag),
    has(
        "status",
        Shape::OneOf(&["invite_created", "member_added", "already_member"]),
    ),
    has("email", Shape::Text),
    has("team", TEAM),
]);

fn read(caller: &Caller<'_>, market: &mut Market) -> Answer {
    ok(json!({"team": team_body(market, caller.organization())?}))
}

fn invite(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let organization = caller.organization();
    market.team_owner(organization)?;
    let body = caller.request.body()?;
    let email = body.get("email");
    let status = market.invite_to_team(organization, email, caller.now())?;
    ok(json!({
        "ok": true,
        "status": status,
        "email": email,
        "team": team_body(market, organization)?,
    }))
}

fn team_body(market: &Market, organization: &str) -> Result<Value, Refusal> {
    let employer = market.team_owner(organization)?;
    let user = |id: &str| market.users.get(id);
    let owner = user(&employer.owner);
    let members = employer.members.iter().map(|own| {
        let user = user(&own.user);
        json!({
            "userId": own.user,
            "role": own.role,
            "name": user.and_then(|user| user.full_name()),
            "email": user.and_then(|user| user.email.as_deref()),
            "joinedAt": iso(own.joined),
        })
    });
    let invites = employer.invites.iter().map(|own| {
        json!({
            "id": own.id,
            "email": own.email,
            "createdAt": iso(own.created),
            "expiresAt": iso(own.expires),
        })
    });
    Ok(json!({
        "organization": {
            "id": employer.organization,
            "name": employer.name,
            "ownerUserId": employer.owner,
            "ownerName": owner.and_then(|owner| owner.full_name()),
        },
        "members": members.collect::<Vec<Value>>(),
        "invites": invites.collect::<Vec<Value>>(),
    }))
}
