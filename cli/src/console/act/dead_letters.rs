//! Redrive and drop of dead letters: the selected ones, or all of a cause if their number is typed.

use std::collections::BTreeSet;

use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use shared::queue::{DeadLetter, without_ids};
use std::sync::Arc;

use crate::console::app::Console;
use crate::console::html::{Link, Page, Problem, Section, code, table, text};
use crate::console::query::Form;
use crate::console::run::apart;
use crate::dead_letters::{discard, letters, redrive};
use crate::exit::CliError;
use crate::screen::count;

/// Rows of the confirmation.
const SHOWN: usize = 100;

/// What is done with dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Deed {
    Redrive,
    Drop,
}

impl Deed {
    fn path(self) -> &'static str {
        match self {
            Self::Redrive => "/dead-letters/redrive",
            Self::Drop => "/dead-letters/drop",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Redrive => "Redrive dead letters?",
            Self::Drop => "Drop dead letters?",
        }
    }

    fn effect(self) -> &'static str {
        match self {
            Self::Redrive => {
                "They are sent to their groups again. Repeating this is harmless: events count once."
            }
            Self::Drop => {
                "They are deleted and can't be restored. The next reconcile corrects access."
            }
        }
    }
}

/// The letters that a form names: by their ids, or all of a cause.
struct Chosen<'a> {
    letters: Vec<&'a DeadLetter>,
    /// Kind and cause, if the form names all of a cause.
    all_of: Option<(String, String)>,
}

fn chosen<'a>(form: &Form, all: &'a [DeadLetter]) -> Result<Chosen<'a>, Problem> {
    let ids: BTreeSet<_> = form.all("id").collect();
    let (kind, cause) = (form.get("kind").to_owned(), form.get("cause").to_owned());
    if !ids.is_empty() {
        let letters = all.iter().filter(|it| ids.contains(it.message_id.as_str()));
        return Ok(Chosen {
            letters: letters.collect(),
            all_of: None,
        });
    }
    if cause.is_empty() {
        return Err(Problem::Misused(
            "No dead letter is selected, so nothing was changed. Select some on the page Dead letters.".to_owned(),
        ));
    }
    let is_of = |it: &&DeadLetter| it.body.kind() == kind && without_ids(&it.reason) == cause;
    Ok(Chosen {
        letters: all.iter().filter(is_of).collect(),
        all_of: Some((kind, cause)),
    })
}

/// The page that states what will happen.
pub(in super::super) async fn ask(
    console: &Console,
    deed: Deed,
    query: &Form,
) -> Result<Page, Problem> {
    console.writes()?;
    let all = letters(&console.target).await?;
    let chosen = chosen(query, &all)?;
    let number = chosen.letters.len();
    if number == 0 {
        return Err(Problem::NotFound(
            "These dead letters are gone: they were redriven or dropped.".to_owned(),
        ));
    }
    let rows = chosen
        .letters
        .iter()
        .take(SHOWN)
        .map(|it| vec![code(&it.message_id), code(it.body.kind()), text(&it.reason)]);
    let rows: Vec<_> = rows.collect();
    let body = html! {
        section {
            p.lead { (count(number, "dead letter", "dead letters")) ". " (deed.effect()) }
            (table("Dead letters", &["Id", "Kind", "Reason"], &rows))
            @if number > SHOWN { p { "and " (number - SHOWN) " more" } }
            (confirmation(deed, &chosen))
        }
    };
    Ok(Page::new(deed.title(), body))
}

fn confirmation(deed: Deed, chosen: &Chosen<'_>) -> Markup {
    html! {
        form.act method="post" action=(deed.path()) {
            @match &chosen.all_of {
                None => @for it in &chosen.letters { input type="hidden" name="id" value=(it.message_id); },
                Some((kind, cause)) => {
                    input type="hidden" name="kind" value=(kind);
                    input type="hidden" name="cause" value=(cause);
                    label.field { span { "Their number (" (chosen.letters.len()) ")" }
                        input type="number" name="count" min="1" required autocomplete="off";
                    }
                }
            }
            @if deed == Deed::Drop {
                label.field { span { "Reason, for the log" }
                    input type="text" name="reason" required maxlength="200" size="40" autocomplete="off";
                }
            }
            @match deed {
                Deed::Redrive => button.primary type="submit" { "Redrive" },
                Deed::Drop => button.danger type="submit" { "Drop for good" },
            }
            a.button href="/dead-letters" { "Cancel" }
        }
    }
}

pub(in super::super) async fn act(console: &Arc<Console>, deed: Deed, form: &Form) -> Response {
    match done(console, deed, form).await {
        Ok(result) => {
            let page = Link::to("/dead-letters").with("result", console.keep(result));
            Redirect::to(&String::from(page)).into_response()
        }
        Err(problem) => console.answer(Section::DeadLetters, Err(problem)),
    }
}

async fn done(console: &Arc<Console>, deed: Deed, form: &Form) -> Result<String, Problem> {
    console.writes()?;
    let reason = form.get("reason").to_owned();
    if deed == Deed::Drop && reason.trim().is_empty() {
        return Err(Problem::Misused(
            "The reason is empty: nothing was changed. Go back and write why they are deleted."
                .to_owned(),
        ));
    }
    let all = letters(&console.target).await?;
    let chosen = chosen(form, &all)?;
    let number = chosen.letters.len();
    if chosen.all_of.is_some() && form.get("count") != number.to_string() {
        return Err(Problem::Misused(format!(
            "There are {number} dead letters of this cause, and another number was typed: nothing was changed."
        )));
    }
    let ids: BTreeSet<_> = chosen
        .letters
        .iter()
        .map(|it| it.message_id.clone())
        .collect();
    let own = Arc::clone(console);
    let taken = apart(move || async move {
        match deed {
            Deed::Redrive => redrive(&own.target, &ids).await,
            Deed::Drop => discard(&own.target, &ids, &all, &reason).await,
        }
    });
    let taken = taken.await.map_err(CliError::from).flatten();
    console.read_again().await;
    let taken = taken?.count();
    let word = match deed {
        Deed::Redrive => "redriven",
        Deed::Drop => "dropped",
    };
    let gone = match number - taken.min(number) {
        0 => String::new(),
        gone => format!(" {} gone already.", count(gone, "other was", "others were")),
    };
    Ok(format!(
        "{} {word}.{gone}",
        count(taken, "dead letter was", "dead letters were")
    ))
}
