//! Rows about access, and tables that are folded.

use maud::{Markup, html};
use shared::reconcile::{AccessChange, Change, Drift, Outcome, What};

use crate::console::html::{code, table, text};
use crate::console::pages::person_link;
use crate::reconcile::plan::Plan;

/// Rows that are shown at first; the others are folded.
pub(super) const SHOWN: usize = 100;

/// Maximum number of rows in a fold.
pub(super) const FOLDED: usize = 1_000;

pub(super) fn sign(text: &str, class: &str) -> Markup {
    html! { span class={ "sign " (class) } { (text) } }
}

/// The removals as a table.
pub(in super::super::super) fn removed(plan: &Plan) -> Markup {
    let all: Vec<_> = plan.removals().map(|it| row(&plan.outcome, it)).collect();
    folded("Removals", &["What", "Trainer", "Project", "Because"], &all)
}

pub(super) fn row(outcome: &Outcome, change: &AccessChange) -> Vec<Markup> {
    let what = match change.change {
        Change::Remove => sign("− revoke", "minus"),
        Change::Release => sign("− release; the seat stays for another project", "minus"),
        Change::Grant => sign("+ grant", "plus"),
        Change::Check => sign("~ check the invitation", "tilde"),
        Change::Keep => sign("~ check, and keep if it exists", "tilde"),
    };
    let because = outcome.drift.iter().find(|it| is_about(it, change));
    let because = because.map_or("due work that is left", |it| match it.what {
        What::HireEnded(_) => "OpenTrain states that the contract has ended",
        What::HireFound(_) => "OpenTrain lists a contract that the ledger lacked",
        _ => "OpenTrain and the ledger differ",
    });
    vec![
        what,
        person_link(change.trainer.as_str(), change.trainer.as_str()),
        code(&change.project),
        text(because),
    ]
}

fn is_about(drift: &Drift, change: &AccessChange) -> bool {
    match &drift.what {
        What::HireFound(hire) | What::HireEnded(hire) => {
            hire.trainer == change.trainer && hire.project == change.project
        }
        _ => false,
    }
}

/// A table whose later rows are folded.
pub(super) fn folded(caption: &str, heads: &[&str], rows: &[Vec<Markup>]) -> Markup {
    let (first, rest) = rows.split_at(rows.len().min(SHOWN));
    let rest = &rest[..rest.len().min(FOLDED)];
    let left = rows.len() - first.len() - rest.len();
    html! {
        (table(caption, heads, first))
        @if !rest.is_empty() {
            details { summary { "Show " (rest.len()) " more" } (table(&format!("{caption}, continued"), heads, rest)) }
        }
        @if left > 0 { p { (left) " more: " code { "bridge reconcile --dry-run --json" } " lists all." } }
    }
}
