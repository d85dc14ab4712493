//! The team of the caller's organisation.

use serde_json::json;

use super::{
    access::{PublicCall, PublicGroup},
    bodies::TEAM_INVITE,
    caller::Caller,
};
use crate::{
    kit::{
        reply::{Answer, ok},
        shape::{Refused, Reply, Shape, has},
    },
    opentrain::public::state::Market,
    opentrain::{
        operation::{Body, Group},
        public::{feature::Feature, market::team::TEAM, scope::TokenScope},
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
    ok(json!({"team": market.team(caller.organization())?}))
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
        "team": market.team(organization)?,
    }))
}
