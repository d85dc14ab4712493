//! Usage in the report: the last run, and projects that need attention.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use shared::ledger::{Install, Ledger, LedgerError, Link, ProjectUsage};
use shared::model::ids::ProjectId;

use crate::paint::{BAD, BOLD, paint};
use crate::screen::{ago, plain};

/// Result of the last usage run for the linked projects.
#[derive(Debug, Serialize)]
pub struct LastReport {
    /// The oldest start, if projects were reported in different runs.
    pub started_at: Timestamp,
    /// Whether all work was reported.
    pub whole: bool,
    /// Unreported work, by project.
    pub left: BTreeMap<ProjectId, String>,
}

/// Whether an operator has disconnected the customer. Their links may stay in the ledger, and no run covers them.
pub(super) fn is_left(install: Option<&Install>) -> bool {
    install.is_some_and(|install| install.disconnected)
}

impl LastReport {
    /// Returns `None` if no linked project was ever reported.
    pub(crate) async fn read(ledger: &Ledger) -> Result<Option<Self>, LedgerError> {
        let mut links = Vec::new();
        for name in ledger.connections().await? {
            if !is_left(ledger.install(&name).await?.as_ref()) {
                links.extend(ledger.links(&name).await?);
            }
        }
        let usages = ledger.all_project_usages().await?;
        Ok(Self::of(&usages, links.iter()))
    }

    pub(super) fn of<'a>(
        usages: &[(ProjectId, ProjectUsage)],
        links: impl Iterator<Item = &'a Link>,
    ) -> Option<Self> {
        let live = links.filter(|link| !link.removed);
        let linked: BTreeSet<_> = live.filter_map(|link| link.project.as_ref()).collect();
        let own = usages.iter().filter(|(id, _)| linked.contains(id));
        let runs: Vec<_> = own
            .filter_map(|(id, usage)| Some((id, usage.run.as_ref()?)))
            .collect();
        let left = runs.iter();
        let left = left.filter_map(|(id, run)| Some(((*id).clone(), run.left.clone()?)));
        let left: BTreeMap<_, _> = left.collect();
        Some(Self {
            started_at: runs.iter().map(|(_, run)| run.started_at).min()?,
            whole: left.is_empty(),
            left,
        })
    }
}

/// A project whose work is not reported completely.
#[derive(Debug, Serialize)]
pub struct UsageTrouble {
    pub project: ProjectId,
    /// The problem, with its start.
    #[serde(flatten)]
    pub is: ProjectUsage,
}

pub(super) fn troubles(usages: Vec<(ProjectId, ProjectUsage)>) -> Vec<UsageTrouble> {
    let usages = usages.into_iter();
    let troubles = usages.filter_map(|(project, usage)| {
        let is = usage.trouble()?;
        Some(UsageTrouble { project, is })
    });
    troubles.collect()
}

/// Prints the last run and the projects that need attention.
pub(super) fn show(last: Option<&LastReport>, troubles: &[UsageTrouble], now: Timestamp) {
    if let Some(run) = last {
        let result = match run.whole {
            true => "all work was reported",
            false => "not all work was reported",
        };
        let (what, ago) = (paint(BOLD, "Last usage run:"), ago(run.started_at, now));
        anstream::println!("{what} {ago} ago, {result}");
        for (project, left) in &run.left {
            let (what, project) = (paint(BAD, "left"), plain(project));
            anstream::println!("  {what} project {project}: {}", plain(left));
        }
    }
    troubles.iter().for_each(|it| trouble(it, now));
}

fn trouble(it: &UsageTrouble, now: Timestamp) {
    let line = |what: &str, text: String| {
        let what = paint(BAD, what);
        anstream::println!("{what} project {}: {}", plain(&it.project), plain(text));
    };
    if let Some(failing) = &it.is.failing {
        let (times, since) = (failing.times, ago(failing.since, now));
        line(
            "Usage not read:",
            format!(
                "not read {times} times in a row, for {since}: {}",
                failing.reason
            ),
        );
    }
    if let Some(held) = &it.is.held {
        line(
            "Usage held:",
            format!(
                "{} reported days are gone at once, {} s in total, for {}. If that is right: `bridge usage --accept-deletions {}`",
                held.days,
                held.seconds,
                ago(held.since, now),
                it.project
            ),
        );
    }
    if let Some(frozen) = &it.is.frozen {
        line(
            "Usage held:",
            format!("{}, for {}", frozen.reason, ago(frozen.since, now)),
        );
    }
}
