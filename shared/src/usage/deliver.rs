//! One timesheet → OpenTrain, and what became of it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::report::{Failed, Refused, Sent, Skip};
use super::run::Run;
use super::send::{Halt, Outcome};
use super::timesheet::Timesheet;
use crate::ledger::{Hired, LedgerError, Measures, UsageNews, UsageRefused, UsageRow};
use crate::tool::TimeSource;

impl Run<'_> {
    /// Sends what OpenTrain doesn't hold yet.
    pub(super) async fn deliver(&self, sheet: Timesheet) -> Result<(), LedgerError> {
        let Timesheet { of, held_back, .. } = &sheet;
        for held in held_back {
            tracing::warn!(contract.id = %of.contract, day = %held.day, reason = %held.because, "a total was held back: it can't be true");
        }
        let stored = self.reporter.ledger.usage(of).await?;
        let (changes, unchanged) = sheet.changes(stored.as_ref(), self.options.all);
        self.change(|report| {
            report.held_back.extend_from_slice(held_back);
            report.unchanged += unchanged;
        });
        if changes.is_empty() {
            return Ok(());
        }
        if self.options.dry_run {
            self.sent(of, changes).await;
            return Ok(());
        }
        let known = (
            self.connections.get(&of.connection),
            self.gates.get(&of.connection),
        );
        let (Some(connection), Some(gate)) = known else {
            return Ok(());
        };
        if let Some(reason) = gate.shut() {
            self.change(|report| report.stop(&of.connection, reason));
            return Ok(());
        }
        // Never closed, so that this waits for a place and for nothing else.
        let place = self.places.acquire().await;
        let outcome = self.reporter.send(connection, of, &changes, gate).await;
        drop(place);
        self.settle(of, stored.as_ref(), changes.len(), outcome)
            .await
    }

    /// Notes what was accepted, or that nothing is accepted for this hire; then tells of it. A hire that is
    /// marked is tried again by every run that has something to send: that costs one request, and the
    /// mark goes with the first report that gets through.
    async fn settle(
        &self,
        of: &Hired,
        stored: Option<&UsageRow>,
        entries: usize,
        outcome: Outcome,
    ) -> Result<(), LedgerError> {
        let Outcome {
            accepted,
            refused,
            failed,
        } = outcome;
        for (day, measures, reason) in refused {
            tracing::warn!(contract.id = %of.contract, %day, %reason, "OpenTrain refused an entry");
            let refused = Refused {
                of: of.clone(),
                day,
                measures,
                reason,
            };
            self.change(|report| report.refused.push(refused));
        }
        let mark = failed.as_ref().filter(|halt| halt.marks);
        let mark = mark.map(|halt| UsageRefused {
            reason: halt.reason.clone(),
            at: self.reporter.clock.now(),
        });
        if let Some(Halt { reason, .. }) = failed {
            tracing::warn!(connection = %of.connection, contract.id = %of.contract, %reason, "a hire's work could not be reported");
            let entries = entries - accepted.len();
            self.change(|report| {
                report.failed.push(Failed {
                    of: of.clone(),
                    entries,
                    reason,
                })
            });
        }
        let news = UsageNews {
            days: accepted,
            refused: mark,
            keep_from: self.keep_from,
        };
        if !news.days.is_empty() || news.refused.is_some() {
            self.reporter.ledger.note_usage(of, stored, &news).await?;
        }
        self.sent(of, news.days).await;
        Ok(())
    }

    async fn sent(&self, of: &Hired, days: BTreeMap<Date, Measures>) {
        let can = self.reporter.tool.capabilities().await;
        if can.is_ok_and(|can| can.time == TimeSource::None) {
            self.change(|report| report.skip(Skip::NoTimeSource, days.len() as u64));
        }
        if !days.is_empty() {
            self.change(|report| {
                report.sent.push(Sent {
                    of: of.clone(),
                    days,
                })
            });
        }
    }
}
