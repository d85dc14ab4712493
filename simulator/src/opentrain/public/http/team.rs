//! The team of the caller's organisation.

use serde_json::json;

use super::caller::Caller;
use crate::{
    opentrain::{
        public::{account::is_email, schema::at},
        world::World,
    },
    reply::{Answer, ok},
};

pub(super) fn read(caller: &Caller<'_>, world: &mut World) -> Answer {
    ok(json!({"team": world.team(caller.organization())?}))
}

pub(super) fn invite(caller: &Caller<'_>, world: &mut World) -> Answer {
    let organization = caller.organization();
    world.team_owner(organization)?;
    let body = caller.request.body()?;
    let email = body.get("email");
    if !is_email(email) {
        return Err(at("email", "must be an e-mail address"));
    }
    let status = world.invite_to_team(organization, email, caller.now())?;
    ok(json!({
        "ok": true,
        "status": status,
        "email": email,
        "team": world.team(organization)?,
    }))
}
