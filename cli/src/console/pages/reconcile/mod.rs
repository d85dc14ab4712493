//! Reconcile: the last run, and the plan of the next one. Removals are listed first; the people who lose access are
//! named again at the end.

mod notes;
pub(in super::super) mod rows;

use jiff::Timestamp;
use maud::{Markup, html};
use shared::ledger::LastRun;
use shared::reconcile::{Change, Outcome, Waits};

use super::running;
use rows::{SHOWN, folded, removed, row, sign};

use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{
    Link, Page, Problem, Tone, code, empty, facts, failed, part, select, state, text, when,
};
use crate::console::run::State;
use crate::exit::CliError;
use crate::reconcile::plan::Plan;
use crate::reconcile::words;
use crate::screen::count;

pub(in super::super) async fn show(console: &Console) -> Result<Page, Problem> {
    let now = now();
    let reading = console.reading().await;
    let last = match &reading {
        Ok(reading) => last_run(reading.report.last_reconcile.as_ref(), now),
        Err(error) => failed(error),
    };
    let names = reading.iter().flat_map(|it| &it.report.connections);
    let names = names.map(|it| (it.name.to_string(), it.name.to_string()));
    let names: Vec<_> = names.collect();
    let plan = console.runs.plan.state();
    let body = html! {
        (applied(console, now))
        (part("Plan", &html! {
            p { "Compares OpenTrain and the tool with the ledger, and shows what a reconcile would do. It changes nothing." }
            (button(&names, console.runs.plan.is_running()))
            (running(&plan, now, |plan, at| shown(console, plan, at, now)))
        }))
        (part("Last run", &last))
    };
    Ok(Page::new("Reconcile", body))
}

fn button(names: &[(String, String)], is_running: bool) -> Markup {
    html! {
        form.act method="post" action="/reconcile/plan" {
            @if names.len() > 1 { (select("connection", "Connection", names, None)) }
            button.primary type="submit" disabled[is_running] { "Read the plan" }
        }
    }
}

/// The last application of a plan.
fn applied(console: &Console, now: Timestamp) -> Markup {
    let body = match console.runs.apply.state() {
        State::Never => return html! {},
        State::Running { since } => html! {
            p { (state(Tone::Open, "running")) " since " (when(since, now)) ". " a href="/reconcile" { "Look again" } }
        },
        State::Ended { at, result } => match result {
            Ok(lines) => html! {
                p { (state(Tone::Good, "applied")) " " (when(at, now)) }
                @for line in lines.iter() { p { (text(line)) } }
            },
            Err(error) => html! {
                p { (state(Tone::Bad, not_done(&error))) " " (when(at, now)) }
                (failed(&error))
            },
        },
    };
    part("Apply", &body)
}

fn not_done(error: &CliError) -> &'static str {
    match error {
        CliError::Usage(_) | CliError::Refused(_) => "not applied",
        CliError::Attention(_) | CliError::Failed(_) => "not complete",
    }
}

fn last_run(run: Option<&LastRun>, now: Timestamp) -> Markup {
    let Some(run) = run else {
        return empty("No reconcile has run yet.");
    };
    html! {
        (facts(&[
            ("Began", when(run.started_at, now)),
            ("Took", html! { (format!("{:.1} s", std::time::Duration::from_millis(run.took_ms).as_secs_f32())) }),
            ("Differences", html! { (run.drift) ", " (run.repaired) " recorded" }),
        ]))
        @for problem in &run.problems { div.problem { p { strong { "Not done: " } (text(problem)) } } }
    }
}

fn shown(console: &Console, plan: &Plan, at: Timestamp, now: Timestamp) -> Markup {
    let outcome = &plan.outcome;
    html! {
        p.lead { (counts(outcome)) " Read " (when(at, now)) "." }
        @if let Some(moved) = &plan.moved { (notes::differences(moved)) }
        (legend())
        (problems(outcome))
        @if plan.removals().next().is_some() { h3 { "Removals" } (removed(plan)) }
        (others(outcome))
        (held(console, plan))
        (drift(outcome))
        (notes::shown(outcome))
        p.hint {
            "Unchanged: all others of " (count(outcome.checked.trainers, "trainer", "trainers")) " and "
            (count(outcome.checked.contracts, "contract", "contracts")) " on "
            (count(outcome.checked.links, "link", "links")) "."
        }
        (apply(console, plan))
    }
}

fn counts(outcome: &Outcome) -> String {
    let of =
        |wanted: fn(Change) -> bool| outcome.access.iter().filter(|it| wanted(it.change)).count();
    let minus = of(|it| matches!(it, Change::Remove | Change::Release));
    let plus = of(|it| it == Change::Grant);
    let other = outcome.access.len() - minus - plus;
    format!("{minus} to remove, {plus} to grant, {other} to check.")
}

fn legend() -> Markup {
    html! {
        p.legend {
            (sign("− access is removed", "minus"))
            (sign("+ access is granted", "plus"))
            (sign("~ access is checked, and kept if it exists", "tilde"))
        }
    }
}

fn others(outcome: &Outcome) -> Markup {
    let others = outcome.access.iter();
    let others = others.filter(|it| !matches!(it.change, Change::Remove | Change::Release));
    let mut others: Vec<_> = others.collect();
    others.sort_by_key(|it| it.change);
    let all: Vec<_> = others.iter().map(|it| row(outcome, it)).collect();
    if all.is_empty() {
        return html! {};
    }
    html! {
        h3 { "Grants and checks" }
        (folded("Grants and checks", &["What", "Trainer", "Project", "Because"], &all))
    }
}

fn problems(outcome: &Outcome) -> Markup {
    html! {
        @for problem in &outcome.problems {
            div.problem { p { strong { "Not compared: " } (text(problem.line())) } }
        }
    }
}

fn held(console: &Console, plan: &Plan) -> Markup {
    html! {
        @for held in &plan.outcome.held {
            div.problem {
                p { strong { "Held by the guard: " }
                    (held.losing) " of " (count(held.live, "trainer", "trainers")) " of connection " (held.connection)
                    " would lose access, because OpenTrain's lists lack their contracts." }
                p { "If that is right, lift the hold: read the plan without the hold, then apply that plan." }
                form.act method="post" action="/reconcile/plan" {
                    input type="hidden" name="connection" value=(held.connection);
                    input type="hidden" name="force" value="yes";
                    button type="submit" disabled[console.runs.plan.is_running()] {
                        "Read the plan of " (held.connection) " without the hold" }
                }
            }
        }
    }
}

fn drift(outcome: &Outcome) -> Markup {
    if outcome.drift.is_empty() {
        return html! { p { "No differences between OpenTrain and the ledger." } };
    }
    let rows = outcome.drift.iter().map(|it| {
        let (says, about) = words(it);
        let then = match it.waits {
            Some(Waits::Operator) => state(Tone::Open, "held"),
            Some(Waits::SecondLook) => state(Tone::Open, "counts at the second look"),
            None => state(Tone::Quiet, "is recorded"),
        };
        vec![code(&it.connection), text(about), text(says), then]
    });
    let rows: Vec<_> = rows.collect();
    html! {
        h3 { "Differences between OpenTrain and the ledger" }
        (folded("Differences", &["Connection", "Object", "OpenTrain states", "Then"], &rows))
    }
}

fn apply(console: &Console, plan: &Plan) -> Markup {
    if plan.is_empty() {
        return html! { p { "There is nothing to apply." } };
    }
    let losing = plan.losing();
    let page = Link::to("/reconcile/apply").with("plan", &plan.hash);
    html! {
        @if !losing.is_empty() {
            p { strong { (count(losing.len(), "person loses", "people lose")) " access: " }
                @for trainer in losing.iter().take(SHOWN) { (code(trainer)) " " }
                @if losing.len() > SHOWN { "and " (losing.len() - SHOWN) " more" } }
        }
        @match console.allow_writes {
            true => div.buttons { a.button.danger href=(String::from(page)) { "Apply this plan…" } },
            false => p.hint { "This console is read-only. " code { "bridge reconcile" } " does the same." },
        }
        p.hint { "Plan " code { (plan.hash[..plan.hash.len().min(12)]) } }
    }
}
