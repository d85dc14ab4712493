//! Budgets one by one, for pages, and the accepted work behind them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use jiff::civil::Date;
use shared::ledger::{BudgetRow, Hired, LedgerError, Measures, RosterRow, total};
use shared::model::ConnectionName;
use shared::model::ids::ContractId;
use shared::notice::{level, newest};
use shared::opentrain::PaymentType;
use shared::tool::NoticeLevel;

use super::books::Books;
#[cfg(feature = "mcp")]
use super::report::fraction;
use super::report::{Row, row_of};

/// The known budget of a contract, as it is stored.
pub(crate) struct Known {
    pub(crate) connection: ConnectionName,
    row: BudgetRow,
}

impl Known {
    /// A key that is unique in the list.
    pub(crate) fn key(&self) -> String {
        format!("{}\u{1f}{}", self.connection, self.contract().as_str())
    }

    pub(crate) fn contract(&self) -> &ContractId {
        &self.row.contract
    }

    /// Level of the notice that it causes.
    pub(crate) fn level(&self) -> Option<NoticeLevel> {
        newest(&self.row).and_then(level)
    }

    /// Consumed share; 0 if there is none.
    #[cfg(feature = "mcp")]
    pub(crate) fn share(&self) -> f64 {
        newest(&self.row).and_then(fraction).unwrap_or(0.0)
    }
}

impl Books {
    /// The known budgets of all connections, by connection and contract.
    pub(crate) async fn all(&self) -> anyhow::Result<Vec<Known>> {
        let unread = || self.unread_text();
        let mut all = Vec::new();
        for connection in self.ledger.connections().await.with_context(unread)? {
            let rows = self
                .ledger
                .budgets(&connection)
                .await
                .with_context(unread)?;
            all.extend(rows.into_iter().map(|row| Known {
                connection: connection.clone(),
                row,
            }));
        }
        all.retain(|it| newest(&it.row).is_some());
        all.sort_by_key(Known::key);
        Ok(all)
    }

    /// The known budget of one contract.
    pub(crate) async fn one(
        &self,
        connection: ConnectionName,
        contract: &ContractId,
    ) -> anyhow::Result<Option<Known>> {
        let row = self.ledger.budget(&connection, contract).await;
        let row = row.with_context(|| self.unread_text())?;
        Ok(row.map(|row| Known { connection, row }))
    }

    /// The people and projects of the contract.
    pub(crate) async fn roster(&self, known: &Known) -> anyhow::Result<Vec<RosterRow>> {
        let roster = self
            .ledger
            .roster_of_contract(&known.connection, known.contract());
        roster.await.with_context(|| self.unread_text())
    }

    /// The budget with the contract's state; `None` if no figures are known.
    pub(crate) async fn row(
        &self,
        known: &Known,
        roster: &[RosterRow],
    ) -> anyhow::Result<Option<Row>> {
        let standing = (&self.policy, &self.projects);
        let row = row_of(
            &self.ledger,
            standing,
            &known.connection,
            &known.row,
            roster,
        );
        row.await.with_context(|| self.unread_text())
    }

    /// Accepted work of a contract by day: hours or labels.
    pub(crate) async fn days(
        &self,
        row: &Row,
        roster: &[RosterRow],
    ) -> anyhow::Result<BTreeMap<Date, f64>> {
        let days = self.read_days(row, roster).await;
        days.with_context(|| self.unread_text())
    }

    async fn read_days(
        &self,
        row: &Row,
        roster: &[RosterRow],
    ) -> Result<BTreeMap<Date, f64>, LedgerError> {
        let hired = roster.iter().map(|it| Hired {
            connection: row.connection.clone(),
            contract: row.contract.clone(),
            worker: it.trainer.clone(),
        });
        let hired: BTreeSet<_> = hired.collect();
        let hired: Vec<_> = hired.into_iter().collect();
        let mut days: BTreeMap<Date, f64> = BTreeMap::new();
        for usage in self.ledger.usages(&hired).await? {
            for (day, parts) in usage?.row.iter().flat_map(|it| &it.days) {
                *days.entry(*day).or_default() += units(&total(parts), row);
            }
        }
        Ok(days)
    }
}

fn units(work: &Measures, row: &Row) -> f64 {
    match row.payment_type {
        Some(PaymentType::PerLabel) => work.labels.unwrap_or(0) as f64,
        _ => work.seconds.unwrap_or(0) as f64 / 3600.0,
    }
}
