//! Budgets with their forecast.

use std::cmp::Reverse;

use jiff::civil::Date;
use serde::Serialize;

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

/// The known budgets that are asked for, the worst first.
pub(super) async fn budgets(books: &Books, args: &BudgetArgs) -> Result<Vec<Known>, CliError> {
    let mut all = books.all().await?;
    let contract = args.contract_id.as_deref();
    all.retain(|it| contract.is_none_or(|id| it.contract().as_str() == id));
    if let Some(project) = &args.project_id {
        let mut own = Vec::new();
        for known in all {
            let roster = books.projects_of(&known).await?;
            if roster.iter().any(|it| it.as_str() == project) {
                own.push(known);
            }
        }
        all = own;
    }
    all.sort_by(|a, b| {
        let worst = Reverse(a.level()).cmp(&Reverse(b.level()));
        worst.then_with(|| b.share().total_cmp(&a.share()))
    });
    Ok(all)
}

/// The budget of one contract with its forecast; `None` if no figures are known.
pub(super) async fn forecast_of(
    books: &Books,
    known: &Known,
    today: Date,
) -> Result<Option<Forecasted>, CliError> {
    let Some(row) = books.row(known).await? else {
        return Ok(None);
    };
    let days = books.days(&row).await?;
    Ok(Some(Forecasted {
        forecast: forecast(&row, &days, today),
        row,
    }))
}
