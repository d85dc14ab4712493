//! The feed of updates.

use serde_json::{Value, json};

use super::{
    access::{PublicCall, PublicGroup},
    caller::Caller,
};
use crate::{
    http::{
        operation::Group,
        param::{Above, Param},
    },
    kit::{
        reply::{Answer, ok},
        schema::{Form, Kind},
        shape::{Reply, Shape, has},
    },
    market::{
        Market,
        data::{
            scope::{TokenScope, grants},
            update::Update,
        },
        feed::EVENT,
    },
};

const SCOPES: &[TokenScope] = &[
    TokenScope::ProposalsRead,
    TokenScope::MessagesRead,
    TokenScope::PaymentsRead,
];

pub(super) const GROUP: PublicGroup = Group {
    tag: "Updates",
    calls: &[PublicCall::token(
        "pollUpdates",
        ("GET", "/updates"),
        "List events after a cursor, oldest first; only those that the scopes allow",
        poll,
    )
    .scope(SCOPES)
    .query(&[
        Param::limit(50, (200, Above::Refused)),
        Param::new("cursor", "Id of the last known event.", EVENT_ID),
    ])
    .answers(&[Reply::ok(FEED)])],
};

/// Digits that fit into 64 bits.
const EVENT_ID: Kind = Kind::Form(&Form {
    pattern: "^[0-9]{1,18}$",
    most: 18,
    fits: |text| !text.is_empty() && text.bytes().all(|own| own.is_ascii_digit()),
    expected: "must be an event id",
});
const FEED: Shape = Shape::Object(&[
    has("events", Shape::List(&EVENT)),
    has("nextCursor", Shape::Text),
    has("hasMore", Shape::Flag),
]);

/// Oldest first. Types whose scope the token lacks are left out.
fn poll(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let cursor = caller.request.query("cursor");
    let after: u64 = cursor.and_then(|own| own.parse().ok()).unwrap_or(0);
    let visible = market.updates.iter().filter(|own: &&Update| {
        let sees = grants(&caller.actor.scopes, own.kind.scope());
        sees && own.id > after && own.organization == caller.organization()
    });
    let mut visible = visible.peekable();
    let page: Vec<&Update> = visible.by_ref().take(caller.request.limit()).collect();
    let next = page.last().map_or(after, |last| last.id);
    let events: Vec<&Value> = page.iter().map(|own| &own.body).collect();
    ok(json!({
        "events": events,
        "nextCursor": next.to_string(),
        "hasMore": visible.peek().is_some(),
    }))
}
