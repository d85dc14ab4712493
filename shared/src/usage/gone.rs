//! Projects whose links were all removed. If the tool does not have such a project, its work can never be read.

use std::collections::BTreeSet;

use super::context::Context;
use super::reading::{Found, Reading};
use crate::ledger::{Environment, Ledger, LedgerError, Link, ProjectUsage};
use crate::model::ids::ProjectId;

/// The projects whose links were all removed.
pub(super) fn unlinked(environment: &Environment) -> BTreeSet<ProjectId> {
    let links = environment.links.values();
    let (removed, live): (Vec<_>, Vec<_>) = links.partition(|link| link.removed);
    let projects = |links: Vec<&Link>| -> BTreeSet<ProjectId> {
        let projects = links.into_iter().filter_map(|it| it.project.clone());
        projects.collect()
    };
    &projects(removed) - &projects(live)
}

/// Whether the tool has answered after the removal of the last link that it has no such project. The project is then
/// only read by hand, or after it was linked again.
pub(super) fn is_settled(ctx: &Context<'_>, project: &ProjectId, usage: &ProjectUsage) -> bool {
    let has_answered = usage.gone && usage.failing.is_none();
    has_answered && ctx.unlinked.contains(project) && !ctx.options.by_hand
}

/// Whether the tool's last answer is that it has no such project. A reading that failed is no answer.
pub(super) fn is_gone(usage: &ProjectUsage, readings: &[Reading]) -> bool {
    let mut found = readings.iter().map(|it| &it.found);
    let is_failed = |it: &Found| matches!(it, Found::Failed(_));
    found
        .clone()
        .any(|it| matches!(it, Found::Gone(_) | Found::Unlinked { .. }))
        || (usage.gone && found.any(is_failed))
}

/// Deletes the records that these projects can't be read: no run reads them.
pub(super) async fn end_failures(
    ledger: &Ledger,
    projects: BTreeSet<ProjectId>,
) -> Result<(), LedgerError> {
    if projects.is_empty() {
        return Ok(());
    }
    let projects: Vec<_> = projects.into_iter().collect();
    let usages = ledger.project_usages(&projects).await?;
    for (project, usage) in projects.iter().zip(usages) {
        if usage.failing.is_some() || usage.frozen.is_some() {
            let change = |row: &mut ProjectUsage| (row.failing, row.frozen) = (None, None);
            ledger.update_project_usage(project, change).await?;
        }
    }
    Ok(())
}
