//! Which of two words on a budget is the newer. Pure.
//!
//! - Between two events: the greater id, since ids grow monotonically.
//! - Between two answers: the one that was asked for later, by our own clock.
//! - Between an event and an answer: the event, if it happened after the question was put. An answer
//!   tells all that had happened when it was asked for, so an event that is not known to be later adds
//!   nothing to it; a late old event must not undo it.
//!
//! The newest event and the newest answer are kept side by side and compared at the end. To keep only
//! the winner would make the outcome depend on who came first: ids and moments are two orders, and
//! nobody promises that they agree.

use std::time::Duration;

use jiff::Timestamp;

use super::Word;
use super::level::level;
use crate::delivery::EventId;
use crate::ledger::{BudgetRow, ByAnswer, ByEvent};
use crate::opentrain::Budget;
use crate::provision::fact::Source;
use crate::tool::NoticeLevel;

/// How far apart OpenTrain's clock and ours may be.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// Adds a word to what was heard; `None` when it is not news.
pub fn hear(old: Option<BudgetRow>, word: &Word, now: Timestamp) -> Option<BudgetRow> {
    let before = old.as_ref().and_then(stands_at);
    let mut row = old.unwrap_or_else(|| empty(word, now));
    let news = match &word.source {
        Source::Event { id, created_at } => by_event(&mut row, id, *created_at, &word.budget),
        Source::Api { asked_at } | Source::Operator { at: asked_at } => {
            by_answer(&mut row, *asked_at, &word.budget)
        }
    };
    let level = stands_at(&row);
    row.changes += u64::from(level != before);
    row.posted = row.posted.min(level);
    row.at = now;
    news.then_some(row)
}

/// The budget that counts: the newest word.
pub fn newest(row: &BudgetRow) -> Option<&Budget> {
    match (&row.event, &row.answer) {
        (Some(event), Some(answer)) if !is_later(event, answer) => Some(&answer.budget),
        (Some(event), _) => Some(&event.budget),
        (None, answer) => answer.as_ref().map(|answer| &answer.budget),
    }
}

/// The level of the newest word.
pub fn stands_at(row: &BudgetRow) -> Option<NoticeLevel> {
    newest(row).and_then(level)
}

/// Whether clocks can't tell if what an event says is newer than an answer that says otherwise: they
/// are two, OpenTrain's and ours.
pub fn in_doubt(row: Option<&BudgetRow>, created_at: Option<Timestamp>, budget: &Budget) -> bool {
    let Some(answer) = row.and_then(|row| row.answer.as_ref()) else {
        return false;
    };
    let close = |at: Timestamp| at.duration_since(answer.asked_at).unsigned_abs() < SKEW;
    level(&answer.budget) != level(budget) && created_at.is_none_or(close)
}

fn is_later(event: &ByEvent, answer: &ByAnswer) -> bool {
    event.created_at.is_some_and(|at| at > answer.asked_at)
}

fn by_event(
    row: &mut BudgetRow,
    id: &EventId,
    created_at: Option<Timestamp>,
    budget: &Budget,
) -> bool {
    let news = row.event.as_ref().is_none_or(|event| event.id < *id);
    if news {
        row.event = Some(ByEvent {
            id: id.clone(),
            created_at,
            budget: budget.clone(),
        });
    }
    news
}

fn by_answer(row: &mut BudgetRow, asked_at: Timestamp, budget: &Budget) -> bool {
    let stands = row.answer.as_ref();
    let news = stands.is_none_or(|answer| answer.asked_at < asked_at);
    if news {
        let budget = budget.clone();
        row.answer = Some(ByAnswer { asked_at, budget });
    }
    news
}

fn empty(word: &Word, now: Timestamp) -> BudgetRow {
    BudgetRow {
        contract: word.contract.clone(),
        event: None,
        answer: None,
        at: now,
        changes: 0,
        settled: 0,
        posted: None,
        posting: None,
    }
}
