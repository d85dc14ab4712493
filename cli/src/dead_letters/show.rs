//! Lists dead letters, and shows one.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use shared::model::clock::{Clock, SystemClock};
use shared::queue::{Cause, DeadLetter, causes};

use super::unknown;
use crate::exit::CliError;
use crate::screen::{self, ago, cell, count, plain, table};

/// Maximum number of ids in a row of the table.
const MOST_IDS: usize = 5;

/// Output of `bridge dead-letters`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Listed {
    count: usize,
    /// The largest group first.
    causes: Vec<Cause>,
}

/// Output of `bridge dead-letters show`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Shown {
    #[serde(flatten)]
    letter: DeadLetter,
    kind: String,
    /// The message with masked personal data; null if it is not JSON.
    body: Option<Value>,
}

pub(super) fn list(letters: &[DeadLetter], as_json: bool) -> Result<(), CliError> {
    let causes = causes(letters);
    if as_json {
        let count = letters.len();
        return screen::json(&Listed { count, causes });
    }
    if causes.is_empty() {
        anstream::println!("No dead letters.");
        return Ok(());
    }
    let now = SystemClock.now();
    let mut rows = table(["count", "kind", "cause", "oldest", "newest", "ids"]);
    for cause in &causes {
        let mut ids = cause.ids.iter().take(MOST_IDS).cloned().collect::<Vec<_>>();
        if cause.ids.len() > MOST_IDS {
            ids.push("…".to_owned());
        }
        rows.add_row([
            cell(cause.count),
            cell(&cause.kind),
            cell(&cause.reason),
            cell(ago(cause.oldest, now)),
            cell(ago(cause.newest, now)),
            cell(ids.join(" ")),
        ]);
    }
    anstream::println!("{rows}");
    anstream::println!(
        "Fix the cause, then `bridge dead-letters redrive --all {}`, or name ids.",
        letters.len()
    );
    Ok(())
}

pub(super) fn show(letters: &[DeadLetter], id: &str, json: bool) -> Result<(), CliError> {
    let shown = shown(letters, id)?;
    if json {
        return screen::json(&shown);
    }
    let letter = &shown.letter;
    let at = letter.at;
    anstream::println!(
        "{id}: {} in group {}, dead since {at:.0} after {}",
        plain(&shown.kind),
        plain(&letter.group),
        count(letter.receive_count, "receive", "receives")
    );
    anstream::println!("  {}", plain(&letter.reason));
    match &shown.body {
        Some(body) => anstream::println!("{body:#}"),
        None => anstream::println!("Its {} bytes are not JSON.", letter.body.expose().len()),
    }
    Ok(())
}

/// One dead letter with masked personal data. Fails if it is not there.
pub(crate) fn shown(letters: &[DeadLetter], id: &str) -> Result<Shown, CliError> {
    let letter = letters.iter().find(|it| it.message_id == id);
    letter.map(described).ok_or_else(|| unknown(id))
}

/// The dead letter with masked personal data.
pub(super) fn described(letter: &DeadLetter) -> Shown {
    Shown {
        letter: letter.clone(),
        kind: letter.body.kind(),
        body: letter.body.masked(),
    }
}
