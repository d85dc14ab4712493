//! The stores over AWS, against the emulator: `make test-aws`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

mod connections;
mod ledger;
mod queue;
mod settings;

use aws_local::Emulator;
use shared::aws::Clients;

/// An emulator of the test's own, and its clients.
fn emulator() -> (Emulator, Clients) {
    let emulator = Emulator::start().unwrap();
    let clients = emulator.clients().unwrap();
    (emulator, clients)
}

/// A name that nothing else has.
fn fresh(kind: &str) -> String {
    format!("{kind}-{}", uuid::Uuid::new_v4().simple())
}

/// Says whether a text names all of these.
#[track_caller]
fn assert_tells(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}
