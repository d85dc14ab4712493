//! The feed of updates.

use serde_json::{Value, json};

use super::{
    caller::Caller,
    page::{Above, limit},
};
use crate::{
    opentrain::{
        public::{schema::at, scope::grants, update::Update},
        world::World,
    },
    reply::{Answer, ok},
};

/// Oldest first. Types whose scope the token lacks are left out.
pub(super) fn poll(caller: &Caller<'_>, world: &mut World) -> Answer {
    let limit = limit(&caller.request, 50, (200, Above::Refused))?;
    let after: u64 = match caller.request.query("cursor") {
        None => 0,
        Some(text) => {
            let number = text.parse().ok();
            number.ok_or_else(|| at("cursor", "must be an event id"))?
        }
    };
    let visible = world.public.updates.iter().filter(|own: &&Update| {
        let sees = grants(&caller.actor.scopes, own.kind.scope());
        sees && own.id > after && own.organization == caller.organization()
    });
    let mut visible = visible.peekable();
    let page: Vec<&Update> = visible.by_ref().take(limit).collect();
    let next = page.last().map_or(after, |last| last.id);
    let events: Vec<&Value> = page.iter().map(|own| &own.body).collect();
    ok(json!({
        "events": events,
        "nextCursor": next.to_string(),
        "hasMore": visible.peek().is_some(),
    }))
}
