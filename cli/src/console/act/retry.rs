//! Retry of a trainer's due work.

use std::sync::Arc;

use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;
use shared::model::ids::TrainerId;
use shared::provision::Retried;

use crate::console::app::Console;
use crate::console::html::{Link, Page, Problem, Section, text};
use crate::console::query::Form;
use crate::control::Order;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Asked {
    trainer: String,
}

/// The page that states what will happen.
pub(in super::super) fn ask(console: &Console, asked: &Asked) -> Result<Page, Problem> {
    console.writes()?;
    let back = Link::to("/people/of").with("what", &asked.trainer);
    let body = html! {
        section {
            p { "The bridge tries all due work of " strong { (text(&asked.trainer)) }
                " now, instead of at the planned time, and checks open invitations. Repeating it is harmless." }
            form.act method="post" action="/people/retry" {
                input type="hidden" name="trainer" value=(asked.trainer);
                button.primary type="submit" { "Retry now" }
                a.button href=(String::from(back)) { "Cancel" }
            }
        }
    };
    Ok(Page::new("Retry due work?", body))
}

pub(in super::super) async fn retry(console: &Arc<Console>, form: &Form) -> Response {
    let done = async {
        console.writes()?;
        let order = Order::Retry {
            trainer: TrainerId::from(form.get("trainer")),
        };
        let retried: Retried = console.order(order).await?;
        let result = match retried.planned {
            Some(_) => "Requested. The work that was due is tried now.",
            None => "Requested. No work was due, so access is only checked.",
        };
        let page = Link::to("/people/of").with("what", retried.trainer.as_str());
        Ok::<_, Problem>(page.with("result", console.keep(result.to_owned())))
    };
    match done.await {
        Ok(page) => Redirect::to(&String::from(page)).into_response(),
        Err(problem) => console.answer(Section::People, Err(problem)),
    }
}
