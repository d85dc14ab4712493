//! Order of budget updates: which of two is newer. Pure.
//!
//! - Two events: the greater id, since ids grow monotonically.
//! - Two answers: the one with the later request, by our own clock.
//! - An event and an answer: the event, if it happened after the request. An answer contains everything that happened
//!   before its request, so an event that is not known to be later adds nothing, and a late old event must not undo the
//!   answer.
//!
//! The newest event and the newest answer are stored side by side and compared at the end. To store only the winner
//! would make the result depend on the order of arrival: ids and times are two orders, and no contract guarantees that
//! they agree.

use std::time::Duration;

use jiff::Timestamp;

use super::level::level;
use crate::ledger::{BudgetRow, ByAnswer, ByEvent, Source};
use crate::model::event::EventId;
use crate::model::ids::ContractId;
use crate::opentrain::Budget;
use crate::tool::NoticeLevel;

/// An update of a contract's budget.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetUpdate {
    /// The contract.
    pub contract: ContractId,
    /// Funded and consumed work.
    pub budget: Budget,
    /// Source of the update. It decides which of two updates is newer.
    pub source: Source,
}

/// Maximum difference between OpenTrain's clock and ours.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// Adds an update to the recorded ones; `None` if a newer one is recorded.
pub fn hear(old: Option<BudgetRow>, word: &BudgetUpdate, now: Timestamp) -> Option<BudgetRow> {
    let before = old.as_ref().and_then(current_level);
    let mut row = old.unwrap_or_else(|| empty(word, now));
    let news = match &word.source {
        Source::Event { id, created_at } => by_event(&mut row, id, *created_at, &word.budget),
        Source::Api { asked_at } | Source::Operator { at: asked_at } => {
            by_answer(&mut row, *asked_at, &word.budget)
        }
    };
    let level = current_level(&row);
    row.changes += u64::from(level != before);
    row.posted = row.posted.min(level);
    row.at = now;
    news.then_some(row)
}

/// The budget of the newest update.
pub fn newest(row: &BudgetRow) -> Option<&Budget> {
    match (&row.event, &row.answer) {
        (Some(event), Some(answer)) if !is_later(event, answer) => Some(&answer.budget),
        (Some(event), _) => Some(&event.budget),
        (None, answer) => answer.as_ref().map(|answer| &answer.budget),
    }
}

/// The level of the newest update.
pub fn current_level(row: &BudgetRow) -> Option<NoticeLevel> {
    newest(row).and_then(level)
}

/// Whether the clocks can't decide if an event is newer than a different answer: the times are from two clocks,
/// OpenTrain's and ours.
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

fn empty(word: &BudgetUpdate, now: Timestamp) -> BudgetRow {
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
