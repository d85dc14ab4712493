//! The report of a target, with what needs an operator.

use anyhow::anyhow;
use shared::config::{Reader, policy};
use shared::model::failure::Cause;

use super::allowed::allowed;
use super::filter::Filter;
use super::report::Report;
use crate::control::is_running;
use crate::exit::CliError;
use crate::targets::Target;

/// The report with the access that the filter names.
pub(crate) async fn read(target: &Target, filter: &Filter) -> Result<Report, CliError> {
    let mut reader = Reader::new(target.vars());
    let policy = policy(&mut reader);
    let opentrain = target.opentrain_to_connect(&mut reader);
    let (policy, opentrain) = reader.finish(policy.zip(opentrain))?;
    let allowed = allowed(&opentrain).await;
    let books = target.books().await?;
    let report = Report::read_part(
        &books.ledger,
        books.queue.as_ref(),
        &policy,
        allowed.projects,
        filter,
    );
    let mut report = report.await.map_err(|failure| match failure.cause {
        Cause::Wrong => CliError::Usage(failure.reason),
        _ => anyhow!("{} can't be read: {failure}", target.what()).into(),
    })?;
    report.unread_connections = allowed.unread;
    report.bridge_runs = is_running(target).await;
    Ok(report.with_attention(filter, &target.flag()))
}
