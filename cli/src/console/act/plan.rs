//! The plan of a reconcile, and its application.
//!
//! A plan is a dry run. It is applied by its hash: if the state has changed in between, nothing is done, and the page
//! shows the differences.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::anyhow;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use shared::model::ConnectionName;
use shared::model::ids::TrainerId;
use shared::model::progress::unwatched;
use shared::reconcile::{AccessChange, Change, Outcome, Wish};

use crate::console::app::Console;
use crate::console::html::{Page, Problem, Section, plural};
use crate::console::pages::reconcile::{removals, removed};
use crate::console::query::Form;
use crate::console::run::State;
use crate::control::{Order, ask_at};
use crate::exit::CliError;
use crate::reconcile::words;

/// What would be done.
pub(in super::super) struct Plan {
    pub(in super::super) wish: Wish,
    pub(in super::super) outcome: Outcome,
    pub(in super::super) hash: String,
    /// Differences from the plan that could not be applied.
    pub(in super::super) moved: Option<Moved>,
}

/// Differences of two plans, as lines.
pub(in super::super) struct Moved {
    pub(in super::super) gone: Vec<String>,
    pub(in super::super) new: Vec<String>,
}

impl Plan {
    fn new(wish: Wish, outcome: Outcome) -> Self {
        Self {
            hash: outcome.plan(),
            wish,
            outcome,
            moved: None,
        }
    }

    /// Whether applying it would do anything.
    pub(in super::super) fn is_empty(&self) -> bool {
        let waits = |it: &shared::reconcile::Drift| it.waits.is_some();
        self.outcome.access.is_empty() && self.outcome.drift.iter().all(waits)
    }

    /// The trainers who would lose access.
    pub(in super::super) fn losing(&self) -> BTreeSet<&TrainerId> {
        let removals = removals(&self.outcome);
        removals.map(|it| &it.trainer).collect()
    }

    fn lines(&self) -> BTreeSet<String> {
        let access = self.outcome.access.iter().map(line);
        let drift = self.outcome.drift.iter().map(|it| {
            let (says, about) = words(it);
            format!("{about} of {}: {says}", it.connection)
        });
        access.chain(drift).collect()
    }

    fn moved_from(self, before: &Self) -> Self {
        let (old, new) = (before.lines(), self.lines());
        let moved = Moved {
            gone: old.difference(&new).cloned().collect(),
            new: new.difference(&old).cloned().collect(),
        };
        Self {
            moved: Some(moved),
            ..self
        }
    }
}

fn line(it: &AccessChange) -> String {
    let verb = match it.change {
        Change::Remove => "revoke access",
        Change::Release => "release access",
        Change::Grant => "grant access",
        Change::Check => "check the invitation",
        Change::Keep => "look up access",
    };
    format!("{verb} of {} to project {}", it.trainer, it.project)
}

async fn reconcile(console: &Console, wish: Wish) -> Result<Outcome, CliError> {
    ask_at(&console.target, &Order::Reconcile(wish), &unwatched).await
}

/// Starts the dry run.
pub(in super::super) async fn read(console: &Arc<Console>, form: &Form) -> Response {
    let connection = match form.get("connection") {
        "" => None,
        name => match ConnectionName::parse(name) {
            Ok(name) => Some(name),
            Err(error) => {
                let problem = Problem::Misused(error.to_string());
                return console.answer(Section::Reconcile, Err(problem));
            }
        },
    };
    let wish = Wish {
        dry_run: true,
        force: !form.get("force").is_empty(),
        connection,
        ..Wish::default()
    };
    let work = async |console: Arc<Console>, wish: Wish| {
        let outcome = reconcile(&console, wish.clone()).await?;
        Ok(Plan::new(wish, outcome))
    };
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

/// Says what will happen.
pub(in super::super) fn ask(console: &Console, asked: &Asked) -> Result<Page, Problem> {
    console.writes()?;
    let plan = known(console, &asked.plan)?;
    let losing = plan.losing().len();
    let body = html! {
        section {
            (summary(&plan))
            @if losing > 0 { (removed(&plan.outcome)) }
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
            p.hint { "The plan is compared with the state once more. If they differ, nothing is changed." }
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
            (plural(losing, "person loses", "people lose")) " access. "
            (plural(changes, "change of access is", "changes of access are")) " queued, and "
            (plural(differences.count(), "difference is", "differences are")) " recorded."
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
                plural(losing, "person", "people")
            )));
        }
        Ok(plan)
    };
    match ready.await {
        Ok(plan) => {
            let work =
                async |console: Arc<Console>, plan: Arc<Plan>| applied(&console, &plan).await;
            console
                .start(|runs| &runs.apply, move |console| work(console, plan))
                .await;
            Redirect::to("/reconcile").into_response()
        }
        Err(problem) => console.answer(Section::Reconcile, Err(problem)),
    }
}

async fn applied(console: &Console, plan: &Plan) -> Result<Vec<String>, CliError> {
    let now = reconcile(console, plan.wish.clone()).await?;
    if now.plan() != plan.hash {
        let new = Plan::new(plan.wish.clone(), now).moved_from(plan);
        console.runs.plan.end(Ok(new));
        return Err(CliError::Usage(
            "the state has changed since the plan was read, so nothing was changed. The new plan is below, with the differences".to_owned(),
        ));
    }
    let wish = Wish {
        dry_run: false,
        plan: Some(plan.hash.clone()),
        ..plan.wish.clone()
    };
    let outcome = reconcile(console, wish).await?;
    console.runs.plan.forget();
    let recorded = outcome.drift.iter().filter(|it| it.repaired).count();
    let done = [
        format!(
            "{} recorded.",
            plural(recorded, "difference was", "differences were")
        ),
        format!(
            "{} queued; the page People shows the results.",
            plural(
                outcome.access.len(),
                "change of access was",
                "changes of access were"
            )
        ),
    ];
    outcome.all_done().map_err(|why| anyhow!(why))?;
    Ok(done.to_vec())
}
