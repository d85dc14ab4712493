//! Budgets with their forecast.

use std::cmp::Reverse;

use jiff::civil::Date;
use serde::Serialize;
use shared::ledger::RosterRow;

use super::params::BudgetArgs;
use crate::budget::Row;
use crate::budget::books::Books;
use crate::budget::forecast::{Forecast, forecast};
use crate::budget::known::Known;
use crate::exit::CliError;

/// A budget, and when the funded work ends.
#[derive(Serialize)]
pub(super) struct Forecasted {
    #[serde(flatten)]
    row: Row,
    forecast: Forecast,
}

/// A requested budget.
pub(super) struct Asked {
    known: Known,
    /// The contract's roster, if the filter needed it.
    roster: Option<Vec<RosterRow>>,
}

impl Asked {
    /// A key that is unique in the list.
    pub(super) fn key(&self) -> String {
        self.known.key()
    }
}

/// The requested budgets that are known, the worst first.
pub(super) async fn budgets(books: &Books, args: &BudgetArgs) -> Result<Vec<Asked>, CliError> {
    let contract = args.contract_id.as_deref();
    let all = books.all().await?.into_iter();
    let mut found = Vec::new();
    for known in all.filter(|it| contract.is_none_or(|id| it.contract().as_str() == id)) {
        let Some(project) = &args.project_id else {
            let roster = None;
            found.push(Asked { known, roster });
            continue;
        };
        let roster = books.roster(&known).await?;
        if roster.iter().any(|it| it.project.as_str() == project) {
            let roster = Some(roster);
            found.push(Asked { known, roster });
        }
    }
    found.sort_by(|a, b| {
        let (a, b) = (&a.known, &b.known);
        let worst = Reverse(a.level()).cmp(&Reverse(b.level()));
        worst.then_with(|| b.share().total_cmp(&a.share()))
    });
    Ok(found)
}

/// The budget of one contract with its forecast; `None` if no figures are known.
pub(super) async fn forecast_of(
    books: &Books,
    asked: Asked,
    today: Date,
) -> Result<Option<Forecasted>, CliError> {
    let roster = match asked.roster {
        Some(roster) => roster,
        None => books.roster(&asked.known).await?,
    };
    let Some(row) = books.row(&asked.known, &roster).await? else {
        return Ok(None);
    };
    let days = books.days(&row, &roster).await?;
    Ok(Some(Forecasted {
        forecast: forecast(&row, &days, today),
        row,
    }))
}
