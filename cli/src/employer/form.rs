//! Questions for the fields that a draft lacks, on a terminal.

use std::collections::BTreeSet;
use std::io::{BufRead, Write, stdin, stdout};

use anyhow::Context;
use serde_json::{Map, Value};
use shared::opentrain::public::{Draft, DraftForm, MissingField};

use super::field::{Kind, Refused};
use super::session::Session;
use crate::exit::CliError;
use crate::paint::{BAD, DIM, paint};
use crate::screen::plain;

/// Asks for each missing field, and sends each answer at once. If OpenTrain refuses a value, asks again. An empty
/// answer skips the field. An answer can make another field necessary: the payment type decides which price is needed.
pub(super) async fn complete(
    session: &Session,
    mut draft: Draft,
    form: &DraftForm,
) -> Result<Draft, CliError> {
    let mut asked = BTreeSet::new();
    loop {
        let mut missing = draft.missing().iter();
        let next = missing.find(|field| asked.insert(field.key().to_owned()));
        let Some(field) = next.cloned() else {
            return Ok(draft);
        };
        draft = answered(session, draft, &field, form).await?;
    }
}

/// The draft with a value for the field, or unchanged after an empty answer.
async fn answered(
    session: &Session,
    draft: Draft,
    field: &MissingField,
    form: &DraftForm,
) -> Result<Draft, CliError> {
    while let Some(value) = ask(field, form)? {
        let change = Map::from_iter([(field.key().to_owned(), value)]);
        let error = match session.client.update_draft(&draft.job_id, &change).await {
            Ok(changed) => return Ok(changed),
            Err(error) => error,
        };
        let Some(refused) = Refused::of(&error, &change) else {
            let kept = format!(
                "the draft {} exists, with the answers before this one",
                draft.job_id
            );
            return Err(anyhow::Error::from(error).context(kept).into());
        };
        anstream::println!("{} {}", paint(BAD, "OpenTrain refuses it:"), refused.why);
    }
    Ok(draft)
}

/// The value, or none after an empty answer.
fn ask(field: &MissingField, form: &DraftForm) -> Result<Option<Value>, CliError> {
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
