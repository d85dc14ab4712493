//! The report of a target, with what needs an operator.

use anyhow::{Context, anyhow};
use shared::model::clock::{Clock, SystemClock};
use shared::model::failure::Cause;

use super::allowed::choices;
use super::filter::Filter;
use super::late::late;
use super::read::alerts;
use super::report::Report;
use crate::control::is_running;
use crate::exit::CliError;
use crate::targets::Target;

/// The report with the access that the filter names.
pub(crate) async fn read(target: &Target, filter: &Filter) -> Result<Report, CliError> {
    let (policy, allowed) = choices(target).await?;
    let books = target.books().await?;
    let report = Report::read_part(
        &books.ledger,
        books.queue.as_ref(),
        &policy,
        allowed.projects,
        filter,
    );
    let unread = || format!("{} can't be read", target.what());
    let mut report = report.await.map_err(|failure| match failure.cause {
        Cause::Wrong => CliError::Usage(failure.reason),
        _ => anyhow!("{}: {failure}", unread()).into(),
    })?;
    // The functions of a stack record no alerts.
    if target.is_machine() && !filter.is_partial() {
        report.alerts = alerts(&books.ledger).await.with_context(unread)?;
    }
    report.unread_connections = allowed.unread;
    report.bridge_runs = is_running(target).await;
    let now = SystemClock.now();
    Ok(report.with_attention(filter, &target.flag(), late(target), now))
}
