//! The stream that reports a change.
//!
//! A page has one stream. Its event `changed` only reports that something is new. The page sends the id of the change
//! that it shows, so a page that was hidden gets an event for the changes that it missed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, stream};
use serde::Deserialize;

use super::app::Console;
use super::query::Filters;
use crate::status::state_of;

/// Interval of looks on a machine, where a look reads the state of a file.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Interval of looks at a stack, where a look is three calls.
const LOOK_AT_STACK_EVERY: Duration = Duration::from_secs(20);

/// Looks for changes while a page listens. Ends with the process.
pub(super) async fn watch(console: Arc<Console>) {
    let every = match console.target.is_machine() {
        true => LOOK_EVERY,
        false => LOOK_AT_STACK_EVERY,
    };
    console.changes.look(state_of(&console.target).await);
    loop {
        tokio::time::sleep(every).await;
        if console.changes.last.receiver_count() > 0 {
            console.changes.look(state_of(&console.target).await);
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Since {
    /// Id of the change that the page shows.
    since: Option<String>,
}

/// `GET /live`.
pub(super) async fn stream(
    State(console): State<Arc<Console>>,
    headers: HeaderMap,
    Filters(filter): Filters<Since>,
) -> impl IntoResponse {
    let last = headers.get("last-event-id");
    let last = last.and_then(|id| Some(id.to_str().ok()?.to_owned()));
    let seen = last
        .or(filter.since)
        .unwrap_or_else(|| console.changes.id());
    Sse::new(events(console, seen)).keep_alive(KeepAlive::default())
}

/// Reports each change after `seen`. Ends when the console stops.
fn events(console: Arc<Console>, seen: String) -> impl Stream<Item = Result<Event, Infallible>> {
    let last = console.changes.last.subscribe();
    stream::unfold((console, last, seen), async |(console, mut last, seen)| {
        loop {
            let now = last.borrow_and_update().clone();
            if now.is_stopping {
                return None;
            }
            let id = console.changes.named(now.number);
            if id != seen {
                // Browsers drop an event without data.
                let event = Event::default().event("changed").id(&id).data("changed");
                return Some((Ok(event), (console, last, id)));
            }
            last.changed().await.ok()?;
        }
    })
}
