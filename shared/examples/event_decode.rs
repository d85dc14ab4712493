//! CPU time to decode an event: once at intake, once at the worker.
//!
//! `cargo run --release -p shared --example event_decode`

#![allow(clippy::print_stdout, reason = "this is what it is for")]

use std::hint::black_box;
use std::time::Instant;

use jiff::Timestamp;
use shared::model::ConnectionName;
use shared::model::event::{Event, read};
use shared::queue::{EventMessage, Message};

const EVENT: &str = include_str!("../../events/webhook/contract.started.json");
const EVENTS: usize = 10_000;
const ROUNDS: usize = 41;

fn main() {
    let bodies: Vec<_> = (0..EVENTS)
        .map(|id| EVENT.replace("\"1042\"", &format!("\"{}\"", 1_000_000 + id)))
        .collect();
    let events: Vec<_> = bodies
        .iter()
        .map(|body| read(body.as_bytes()).ok())
        .collect();
    let stored: Vec<_> = events.into_iter().map(stored).collect();
    measure("intake: body to event", || {
        for body in &bodies {
            black_box(read(black_box(body.as_bytes())).ok());
        }
    });
    measure("worker: stored message to event", || {
        for body in &stored {
            black_box(Message::decode(black_box(body)).ok());
        }
    });
}

fn stored(event: Option<Event>) -> String {
    let message = event.map(|event| {
        Message::Event(EventMessage {
            connection: ConnectionName::default(),
            delivery: Some("dlv_1".into()),
            received_at: Timestamp::UNIX_EPOCH,
            handed_on: None,
            event,
        })
    });
    message.map_or_else(String::new, |it| it.encode().body)
}

/// Prints the median and the least of all rounds.
fn measure(what: &str, work: impl Fn()) {
    let mut took: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    took.sort();
    let each = |at: usize| took[at].as_nanos() / EVENTS as u128;
    println!(
        "{what}: {} ns each (median of {ROUNDS} rounds of {EVENTS}), least {} ns",
        each(ROUNDS / 2),
        each(0)
    );
}
