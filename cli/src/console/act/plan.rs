//! The pages that read and apply the plan of a reconcile.

use std::sync::Arc;

use anyhow::anyhow;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use shared::reconcile::Wish;

use crate::console::app::Console;
use crate::console::html::{Page, Problem, Section};
use crate::console::pages::reconcile::rows::removed;
use crate::console::query::Form;
use crate::console::run::State;
use crate::exit::CliError;
use crate::reconcile::plan::{Applied, Plan};
use crate::screen::count;

/// Starts the dry run.
pub(in super::super) async fn read(console: &Arc<Console>, form: &Form) -> Response {
    let connection = match form.connection() {
        Ok(connection) => connection,
        Err(problem) => return console.answer(Section::Reconcile, Err(problem)),
    };
    let wish = Wish {
        force: !form.get("force").is_empty(),
        connection,
        ..Wish::default()
    };
    let work = async |console: Arc<Console>, wish| Plan::read(&console.target, wish).await;
    console
        .start(|runs| &runs.plan, move |console| work(console, wish))
        .await;
    Redirect::to("/reconcile").into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Asked {
    plan: String,
}

/// The page that states what will happen.
pub(in super::super) fn ask(console: &Console, asked: &Asked) -> Result<Page, Problem> {
    console.writes()?;
    let plan = known(console, &asked.plan)?;
    let losing = plan.losing().len();
    let body = html! {
        section {
            (summary(&plan))
            @if losing > 0 { (removed(&plan)) }
            form.act method="post" action="/reconcile/apply" {
                input type="hidden" name="plan" value=(plan.hash);
                @if losing > 0 {
                    label.field { span { "Number of people who lose access (" (losing) ")" }
                        input type="number" name="people" min="0" required autocomplete="off";
                    }
                }
                button.danger type="submit" { "Apply this plan" }
                a.button href="/reconcile" { "Cancel" }
            }
            p.hint { "The run is bound to this plan. If the state has changed since, nothing is changed." }
        }
    };
    Ok(Page::new("Apply this plan?", body))
}

fn summary(plan: &Plan) -> Markup {
    let losing = plan.losing().len();
    let changes = plan.outcome.access.len();
    let differences = plan.outcome.drift.iter().filter(|it| it.waits.is_none());
    html! {
        p.lead {
            (count(losing, "person loses", "people lose")) " access. "
            (count(changes, "change of access is", "changes of access are")) " queued, and "
            (count(differences.count(), "difference is", "differences are")) " recorded."
        }
        @if let Some(name) = plan.wish.connection.as_ref().filter(|_| plan.wish.force) {
            p { strong { "The hold of connection " (name) " is lifted." } }
        }
    }
}

/// The last plan, if it has this hash.
fn known(console: &Console, hash: &str) -> Result<Arc<Plan>, Problem> {
    match console.runs.plan.state() {
        State::Ended {
            result: Ok(plan), ..
        } if plan.hash == hash => Ok(plan),
        _ => Err(Problem::NotFound(
            "This plan is no longer the last one, so nothing was changed. Read the plan again on the page Reconcile."
                .to_owned(),
        )),
    }
}

/// Applies the plan, if it still holds.
pub(in super::super) async fn apply(console: &Arc<Console>, form: &Form) -> Response {
    let ready = async {
        console.writes()?;
        let plan = known(console, form.get("plan"))?;
        let losing = plan.losing().len();
        if losing > 0 && form.get("people") != losing.to_string() {
            return Err(Problem::Misused(format!(
                "{} would lose access, and another number was typed: nothing was changed.",
                count(losing, "person", "people")
            )));
        }
        Ok(plan)
    };
    match ready.await {
        Ok(plan) => {
            let work = async |console: Arc<Console>, plan: Arc<Plan>| {
                let done = applied(&console, &plan).await;
                // A failed run, too, may have changed something.
                console.forget().await;
                done
            };
            console
                .start(|runs| &runs.apply, move |console| work(console, plan))
                .await;
            Redirect::to("/reconcile").into_response()
        }
        Err(problem) => console.answer(Section::Reconcile, Err(problem)),
    }
}

async fn applied(console: &Console, plan: &Plan) -> Result<Vec<String>, CliError> {
    let outcome = match plan.apply(&console.target).await? {
        Applied::Done(outcome) => outcome,
        Applied::Moved(new) => {
            console.runs.plan.end(Ok(*new));
            return Err(CliError::Usage(
                "the state has changed since the plan was read, so nothing was changed. The new plan is below, with the differences".to_owned(),
            ));
        }
    };
    console.runs.plan.forget();
    outcome.all_done().map_err(|why| anyhow!(why))?;
    let recorded = outcome.drift.iter().filter(|it| it.repaired).count();
    let queued = outcome.access.len();
    let recorded = count(recorded, "difference was", "differences were");
    let queued = count(queued, "change of access was", "changes of access were");
    Ok(vec![
        format!("{recorded} recorded."),
        format!("{queued} queued; the page People shows the results."),
    ])
}
