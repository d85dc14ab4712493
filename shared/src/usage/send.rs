//! Sends reports to OpenTrain in batches, and isolates refused entries.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use jiff::civil::Date;

use super::context::Context;
use super::gate::CircuitBreaker;
use crate::connection::Connection;
use crate::ledger::{Hired, Measures, Source};
use crate::notice::BudgetUpdate;
use crate::opentrain::{Budget, Disposition, MAX_ENTRIES, OpenTrainError, UsageEntry};

/// Result of sending a hire's entries.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Entries that OpenTrain accepted.
    pub(super) accepted: BTreeMap<Date, Measures>,
    /// Entries that OpenTrain refused, each with its reason.
    pub(super) refused: Vec<(Date, Measures, String)>,
    /// Days for which an attempt got no clear answer, even if a later attempt was refused. OpenTrain may have them.
    pub(super) unanswered: BTreeSet<Date>,
    /// Reason why the other entries were not sent.
    pub(super) failed: Option<Halt>,
}

/// Reason why the rest of a hire's entries was not sent.
#[derive(Debug)]
pub(super) struct Halt {
    /// The failure, and the action for the operator.
    pub(super) reason: String,
    /// Whether OpenTrain accepts no work for this hire (404, 409). The hire is marked then.
    pub(super) marks: bool,
}

/// Sends a hire's entries in batches. One bad entry fails its whole request with 400, so a refused batch is split in
/// two until the bad entry is alone and the others are accepted.
pub(super) async fn send(
    ctx: &Context<'_>,
    connection: &Connection,
    of: &Hired,
    days: &BTreeMap<Date, Measures>,
    gate: &CircuitBreaker,
) -> Outcome {
    let entries: Vec<_> = days.iter().map(|(day, it)| entry(of, *day, *it)).collect();
    let mut batches: VecDeque<&[UsageEntry]> = entries.chunks(MAX_ENTRIES).collect();
    let mut outcome = Outcome::default();
    while let Some(batch) = batches.pop_front() {
        let asked_at = ctx.reporter.clock.now();
        let api = ctx.reporter.api.as_ref();
        let answer = api.report(connection, &of.contract, batch).await;
        if answer.as_ref().is_err_and(|it| it.may_count) {
            outcome.unanswered.extend(days_of(batch));
        }
        match answer.map_err(|it| it.error) {
            Ok(answer) => {
                gate.answered();
                if let Some(accepted) = answer.accepted.filter(|it| *it != batch.len() as u64) {
                    outcome.unanswered.extend(days_of(batch));
                    outcome.failed = Some(short(accepted, batch.len()));
                    break;
                }
                let taken = batch.iter().map(|it| (it.work_date, days[&it.work_date]));
                outcome.accepted.extend(taken);
                if let Some(budget) = answer.budget {
                    pass_on(ctx, connection, of, budget, asked_at).await;
                }
            }
            Err(error) if error.own_status() == Some(400) => {
                gate.answered();
                let [one] = batch else {
                    halve(batch, &mut batches);
                    continue;
                };
                let refused = (one.work_date, days[&one.work_date], error.to_string());
                outcome.refused.push(refused);
            }
            Err(error) => {
                outcome.failed = Some(halt(&error, gate));
                break;
            }
        }
    }
    outcome
}

/// Puts the halves of a refused batch at the front of the queue.
fn halve<'a>(batch: &'a [UsageEntry], batches: &mut VecDeque<&'a [UsageEntry]>) {
    let (first, second) = batch.split_at(batch.len() / 2);
    batches.push_front(second);
    batches.push_front(first);
}

fn days_of(batch: &[UsageEntry]) -> impl Iterator<Item = Date> {
    batch.iter().map(|entry| entry.work_date)
}

/// Forwards the budget of an answer to the notices. `asked_at` is the time before the request. The report stays
/// accepted if the notice fails.
async fn pass_on(
    ctx: &Context<'_>,
    connection: &Connection,
    of: &Hired,
    budget: Budget,
    asked_at: Timestamp,
) {
    let word = BudgetUpdate {
        contract: of.contract.clone(),
        budget,
        source: Source::Api { asked_at },
    };
    if let Err(failure) = ctx.reporter.notices.heard(&connection.name, word).await {
        tracing::warn!(connection = %connection.name, contract.id = %of.contract, reason = %failure, "a budget notice could not be updated; the next budget update tries again");
    }
}

/// The entry of a day. It always names the worker: a contract's hired trainer may change, but not the person who did
/// the work.
fn entry(of: &Hired, day: Date, measures: Measures) -> UsageEntry {
    UsageEntry {
        work_date: day,
        total_seconds: measures.seconds,
        tasks_completed: measures.tasks,
        labels_completed: measures.labels,
        worker_opentrain_user_id: Some(of.worker.clone()),
        external_report_id: None,
    }
}

/// The reason to stop sending a hire's entries, with its effect on the connection's other hires.
fn halt(error: &OpenTrainError, gate: &CircuitBreaker) -> Halt {
    let reason = error.to_string();
    let marks = matches!(error.own_status(), Some(404 | 409));
    match error.disposition() {
        // All hires of the connection use the same token.
        Disposition::Operator if matches!(error, OpenTrainError::Api { .. }) => {
            gate.close(&reason);
        }
        Disposition::Operator | Disposition::Transient { .. } => {
            if gate.failed() {
                gate.close(&reason);
            }
        }
        Disposition::Wrong => gate.answered(),
    }
    Halt { reason, marks }
}

/// The halt after OpenTrain accepted fewer entries than were sent. It does not name them, so none counts as accepted
/// and all are sent again.
fn short(accepted: u64, sent: usize) -> Halt {
    let reason = format!(
        "OpenTrain accepted {accepted} of {sent} entries and doesn't list them; all are sent again"
    );
    Halt {
        reason,
        marks: false,
    }
}
