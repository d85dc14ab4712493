//! Reports to OpenTrain: batches, and what becomes of a refused one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use super::context::Context;
use super::gate::Gate;
use crate::connection::Connection;
use crate::ledger::{Hired, Measures, Source};
use crate::model::ids::ContractId;
use crate::notice::Word;
use crate::opentrain::{
    Budget, Disposition, MAX_ENTRIES, OpenTrainError, UsageAccepted, UsageEntry,
};

/// Takes reports of work. OpenTrain's Platform API does; the property tests have one in memory.
#[async_trait]
pub trait UsageApi: Send + Sync {
    /// Reports whole-day totals of one contract.
    async fn report(
        &self,
        connection: &Connection,
        contract: &ContractId,
        entries: &[UsageEntry],
    ) -> Result<UsageAccepted, OpenTrainError>;
}

/// OpenTrain's Platform API, by the connection's own client.
#[derive(Debug, Clone, Copy, Default)]
pub struct Platform;

#[async_trait]
impl UsageApi for Platform {
    async fn report(
        &self,
        connection: &Connection,
        contract: &ContractId,
        entries: &[UsageEntry],
    ) -> Result<UsageAccepted, OpenTrainError> {
        connection.platform.report_usage(contract, entries).await
    }
}

/// Result of sending a hire's entries.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What OpenTrain took.
    pub(super) accepted: BTreeMap<Date, Measures>,
    /// What it refused, entry by entry, with its reason.
    pub(super) refused: Vec<(Date, Measures, String)>,
    /// What was sent without a clear answer: OpenTrain may hold it.
    pub(super) unanswered: BTreeSet<Date>,
    /// What kept the rest from being sent.
    pub(super) failed: Option<Halt>,
}

/// Why the rest of a hire's entries was not sent.
#[derive(Debug)]
pub(super) struct Halt {
    /// What happened and what to do.
    pub(super) reason: String,
    /// OpenTrain takes nothing for this hire (404, 409): it is marked.
    pub(super) marks: bool,
}

/// Sends a hire's entries in batches. A batch that is refused with 400 is cut in two until the bad
/// entry stands alone: one bad entry fails its whole request, and must not fail its neighbours.
pub(super) async fn send(
    ctx: &Context<'_>,
    connection: &Connection,
    of: &Hired,
    days: &BTreeMap<Date, Measures>,
    gate: &Gate,
) -> Outcome {
    let entries: Vec<_> = days.iter().map(|(day, it)| entry(of, *day, *it)).collect();
    let mut batches: VecDeque<&[UsageEntry]> = entries.chunks(MAX_ENTRIES).collect();
    let mut outcome = Outcome::default();
    while let Some(batch) = batches.pop_front() {
        let asked_at = ctx.reporter.clock.now();
        let api = ctx.reporter.api.as_ref();
        match api.report(connection, &of.contract, batch).await {
            Ok(answer) if answer.accepted.is_some_and(|it| it != batch.len() as u64) => {
                gate.answered();
                outcome.unanswered = days_of(batch);
                outcome.failed = Some(short(answer.accepted.unwrap_or_default(), batch.len()));
                break;
            }
            Ok(answer) => {
                gate.answered();
                let taken = batch.iter().map(|it| (it.work_date, days[&it.work_date]));
                outcome.accepted.extend(taken);
                if let Some(budget) = answer.budget {
                    pass_on(ctx, connection, of, budget, asked_at).await;
                }
            }
            Err(error) if is_status(&error, 400) => {
                gate.answered();
                match batch {
                    [one] => {
                        let measures = days[&one.work_date];
                        let reason = error.to_string();
                        outcome.refused.push((one.work_date, measures, reason));
                    }
                    _ => {
                        let (first, second) = batch.split_at(batch.len() / 2);
                        batches.push_front(second);
                        batches.push_front(first);
                    }
                }
            }
            Err(error) => {
                // OpenTrain may have carried it out all the same.
                if error.is_unclear() {
                    outcome.unanswered = days_of(batch);
                }
                outcome.failed = Some(halt(&error, gate));
                break;
            }
        }
    }
    outcome
}

fn days_of(batch: &[UsageEntry]) -> BTreeSet<Date> {
    batch.iter().map(|entry| entry.work_date).collect()
}

/// Passes on the budget that came with an answer; `asked_at` is the moment before the request. The
/// report is accepted, whatever becomes of the notice.
async fn pass_on(
    ctx: &Context<'_>,
    connection: &Connection,
    of: &Hired,
    budget: Budget,
    asked_at: Timestamp,
) {
    let word = Word {
        contract: of.contract.clone(),
        budget,
        source: Source::Api { asked_at },
    };
    if let Err(failure) = ctx.reporter.notices.heard(&connection.name, word).await {
        tracing::warn!(connection = %connection.name, contract.id = %of.contract, reason = %failure, "a budget notice could not be updated; the next budget update tries again");
    }
}

/// The worker is named always: the contract's hired trainer may change, the work's doer doesn't.
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

/// What kept the rest from being sent, and what it means for the others on the connection.
fn halt(error: &OpenTrainError, gate: &Gate) -> Halt {
    let reason = error.to_string();
    let marks = is_status(error, 404) || is_status(error, 409);
    match error.disposition() {
        // The token is the same for all.
        Disposition::Operator if is_status(error, 401) || is_status(error, 403) => {
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

/// Which of the entries it left out is not known: none of them is taken for accepted, all are sent again.
fn short(accepted: u64, sent: usize) -> Halt {
    let reason = format!(
        "OpenTrain took {accepted} of {sent} entries and doesn't say which; they are sent again"
    );
    Halt {
        reason,
        marks: false,
    }
}

fn is_status(error: &OpenTrainError, wanted: u16) -> bool {
    matches!(error, OpenTrainError::Api { status, .. } if *status == wanted)
}
