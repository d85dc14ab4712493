//! Finds the entries that a filter names.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use shared::ledger::audit::{AuditEvent, Break, Period, Recorded, Subject};
use shared::ledger::{Ledger, LedgerError};
use shared::model::clock::{Clock, SystemClock, day_of};
use shared::model::ids::{ContractId, ProjectId, TrainerId};

use super::args::FilterArgs;
use super::line::Line;
use crate::exit::CliError;

/// A filter with its period.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) trainer: Option<TrainerId>,
    pub(super) project: Option<ProjectId>,
}

/// The entries of a filter.
pub(crate) struct Found {
    pub(crate) lines: Vec<Line>,
    /// Breaks of the entries' chains: older entries are missing.
    pub(crate) broken: Vec<Break>,
}

/// Fails if the period of the flags has no day.
pub(super) fn check_days(args: &FilterArgs) -> Result<(), CliError> {
    let today = day_of(SystemClock.now());
    if let Some(day) = args.from.filter(|day| *day > today) {
        let text = format!("--from {day} is in the future: it is {today} in UTC");
        return Err(CliError::Usage(text));
    }
    if let Some((from, to)) = args.from.zip(args.to).filter(|(from, to)| from > to) {
        let text = format!("--from {from} is after --to {to}: name the earlier day first");
        return Err(CliError::Usage(text));
    }
    Ok(())
}

impl Filter {
    /// The filter of the flags: by default all rows that are kept.
    pub(crate) fn of(args: &FilterArgs, audit_days: u16) -> Self {
        let today = day_of(SystemClock.now());
        let oldest = today.checked_sub(i64::from(audit_days).days());
        Self {
            from: args.from.unwrap_or_else(|| oldest.unwrap_or(Date::MIN)),
            to: args.to.unwrap_or(today),
            trainer: args.trainer.as_deref().map(TrainerId::from),
            project: args.project.as_deref().map(ProjectId::from),
        }
    }

    /// The entries, in the order of their rows. A filter for a trainer includes operators' actions on the trainer.
    pub(crate) async fn find(&self, ledger: &Ledger) -> Result<Found, LedgerError> {
        let Period { rows, broken } = match &self.trainer {
            None => ledger.audit_between(self.from, self.to).await?,
            Some(trainer) => {
                let own = ledger.audit_of(&Subject::Trainer(trainer.clone())).await?;
                let operators = ledger.audit_of(&Subject::Operators).await?;
                let broken = own.broken.into_iter().chain(operators.broken);
                let mut rows = own.rows;
                rows.extend(operators.rows);
                rows.sort_by_key(|it| it.row.at);
                Period {
                    rows,
                    broken: broken.collect(),
                }
            }
        };
        let contracts = match &self.trainer {
            None => BTreeSet::new(),
            Some(trainer) => contracts(ledger, trainer).await?,
        };
        let within = |it: &&Recorded| (self.from..=self.to).contains(&it.head.day);
        let lines = rows.iter().filter(within).flat_map(Line::of);
        Ok(Found {
            lines: lines.filter(|line| self.holds(line, &contracts)).collect(),
            broken,
        })
    }

    /// Whether the filter selects the line. `contracts` are the trainer's.
    fn holds(&self, line: &Line, contracts: &BTreeSet<ContractId>) -> bool {
        let is_of_trainer = match &self.trainer {
            None => true,
            Some(trainer) => {
                line.trainer.as_ref() == Some(trainer) || ends(line, trainer, contracts)
            }
        };
        is_of_trainer && (self.project.is_none() || line.project == self.project)
    }
}

/// Whether the line records a `bridge end` of the trainer or of one of the contracts.
fn ends(line: &Line, trainer: &TrainerId, contracts: &BTreeSet<ContractId>) -> bool {
    let target = line
        .target
        .as_deref()
        .filter(|_| line.kind == AuditEvent::OperatorEnd);
    target.is_some_and(|it| it == trainer.as_str() || contracts.contains(&ContractId::from(it)))
}

async fn contracts(
    ledger: &Ledger,
    trainer: &TrainerId,
) -> Result<BTreeSet<ContractId>, LedgerError> {
    let document = ledger.trainer(trainer).await?;
    let document = ledger.with_closed(trainer, document).await?;
    let of_hires = document.hires.into_iter().map(|hire| hire.contract);
    let of_ends = document.ends.into_keys().map(|key| key.contract);
    Ok(of_hires.chain(of_ends).collect())
}

/// The masked names of the trainers, where their documents still have them.
pub(super) async fn names(
    ledger: &Ledger,
    trainers: impl Iterator<Item = TrainerId>,
) -> Result<BTreeMap<TrainerId, String>, LedgerError> {
    let documents = ledger.documents(&trainers.collect()).await?;
    let named = documents
        .trainers
        .into_iter()
        .filter_map(|(id, trainer)| Some((id, trainer.member.display_name?)));
    Ok(named.collect())
}
