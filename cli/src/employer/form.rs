//! Questions for the fields that a draft lacks, on a terminal.

use std::collections::BTreeSet;
use std::io::{BufRead, Write, stdin, stdout};

use anyhow::Context;
use serde_json::{Map, Value};
use shared::opentrain::public::{Draft, DraftForm, MissingField};

use super::field::Kind;
use super::session::Session;
use crate::exit::Failed;
use crate::paint::{BAD, DIM, paint};
use crate::screen::plain;

/// Asks for each missing field once, until nothing is missing or nothing is answered. An answer can make another field
/// necessary: the price follows from the payment type.
pub(super) async fn complete(
    session: &Session,
    mut draft: Draft,
    form: &DraftForm,
) -> Result<Draft, Failed> {
    let mut asked = BTreeSet::new();
    loop {
        let mut changes = Map::new();
        for field in draft.missing() {
            if asked.insert(field.key().to_owned())
                && let Some(value) = ask(field, form)?
            {
                changes.insert(field.key().to_owned(), value);
            }
        }
        if changes.is_empty() {
            return Ok(draft);
        }
        let changed = session.client.update_draft(&draft.job_id, &changes).await;
        let unchanged = || format!("the draft {} exists, without these fields", draft.job_id);
        draft = changed.with_context(unchanged)?;
    }
}

/// The value, or none after an empty answer.
fn ask(field: &MissingField, form: &DraftForm) -> Result<Option<Value>, Failed> {
    let kind = Kind::of(field.key(), form, Some(field));
    let question = field.prompt.as_ref().or(field.label.as_ref());
    anstream::println!("{}", plain(question.unwrap_or(&field.field)));
    let hints = [Some(kind.hint()), field.hint.clone(), example(field)];
    let hints: Vec<_> = hints.into_iter().flatten().collect();
    anstream::println!("  {}", paint(DIM, &hints.join("; ")));
    loop {
        anstream::print!("{}> ", plain(field.key()));
        let mut answer = String::new();
        let read = stdout()
            .flush()
            .and_then(|()| stdin().lock().read_line(&mut answer));
        read.context("the terminal can't be read")?;
        if answer.trim().is_empty() {
            return Ok(None);
        }
        match kind.parse(&answer) {
            Ok(value) => return Ok(Some(value)),
            Err(why) => anstream::println!("{} {}", paint(BAD, "It"), plain(why)),
        }
    }
}

fn example(field: &MissingField) -> Option<String> {
    match &field.example {
        Value::Null => None,
        Value::String(text) => Some(format!("for example {text}")),
        other => Some(format!("for example {other}")),
    }
}
