//! Notes of a plan, and the differences of two plans.

use maud::{Markup, html};
use shared::reconcile::Outcome;

use super::rows::{FOLDED, SHOWN};
use crate::console::html::{or_dash, text};
use crate::reconcile::plan::Moved;
use crate::screen::count;

/// Notes that need no action, folded.
pub(super) fn shown(outcome: &Outcome) -> Markup {
    let notes = &outcome.notes;
    if notes.is_empty() {
        return html! {};
    }
    html! {
        details {
            summary { (count(notes.len(), "note", "notes")) }
            @for note in notes.iter().take(FOLDED) {
                p.hint { (or_dash(note.connection.as_ref().map(text))) " " (text(&note.about)) ": " (text(&note.text)) }
            }
        }
    }
}

/// Differences from the plan that could not be applied.
pub(super) fn differences(moved: &Moved) -> Markup {
    html! {
        div.problem {
            p { strong { "The state has changed since the plan was read. Differences of the two plans:" } }
            ul {
                @for line in moved.gone.iter().take(SHOWN) { li { "no longer: " (text(line)) } }
                @for line in moved.new.iter().take(SHOWN) { li { "new: " (text(line)) } }
            }
        }
    }
}
