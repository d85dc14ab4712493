//! Finds the entries that a filter names.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use shared::ledger::audit::{Break, Period, Recorded, Subject, day_of};
use shared::ledger::{Ledger, LedgerError};
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{ProjectId, TrainerId};

use super::args::FilterArgs;
use super::line::Line;

/// A filter with its period.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub from: Date,
    pub to: Date,
    pub trainer: Option<TrainerId>,
    pub project: Option<ProjectId>,
}

/// The entries of a filter.
pub(crate) struct Found {
    pub lines: Vec<Line>,
    /// Where the chains that they are on are broken: older entries are missing.
    pub broken: Vec<Break>,
}

impl Filter {
    /// The filter of the flags: by default all rows that are kept.
    pub(super) fn of(args: &FilterArgs, audit_days: u16) -> Self {
        let today = day_of(SystemClock.now());
        let oldest = today.checked_sub(i64::from(audit_days).days());
        Self {
            from: args.from.unwrap_or_else(|| oldest.unwrap_or(Date::MIN)),
            to: args.to.unwrap_or(today),
            trainer: args.trainer.as_deref().map(TrainerId::from),
            project: args.project.as_deref().map(ProjectId::from),
        }
    }

    /// The entries, in the order of their rows. Of a trainer, with what operators did about the trainer.
    pub(super) async fn find(&self, ledger: &Ledger) -> Result<Found, LedgerError> {
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
        let within = |it: &&Recorded| (self.from..=self.to).contains(&it.head.day);
        let lines = rows.iter().filter(within).flat_map(Line::of);
        Ok(Found {
            lines: lines.filter(|line| self.holds(line)).collect(),
            broken,
        })
    }

    fn holds(&self, line: &Line) -> bool {
        let is_of_trainer = self.trainer.is_none() || line.trainer == self.trainer;
        is_of_trainer && (self.project.is_none() || line.project == self.project)
    }
}

/// The masked names of the trainers of some lines, while their documents have them.
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
