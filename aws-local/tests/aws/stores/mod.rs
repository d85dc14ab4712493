//! Stores over AWS, with the emulator: `make test-aws`.

mod connections;
mod ledger;
mod queue;
mod settings;

use aws_local::Emulator;
use shared::aws::Clients;

/// A new emulator and its clients.
fn emulator() -> (Emulator, Clients) {
    let emulator = Emulator::start().unwrap();
    let clients = emulator.clients().unwrap();
    (emulator, clients)
}

/// A unique name.
fn fresh(kind: &str) -> String {
    format!("{kind}-{}", uuid::Uuid::new_v4().simple())
}

/// Asserts that a text contains all of these.
#[track_caller]
fn assert_tells(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}
