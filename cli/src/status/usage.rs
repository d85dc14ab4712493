//! Usage in the report: the last run, and projects that need attention.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::ledger::{
    DeletionHold, Failing, FrozenSince, Install, Ledger, LedgerError, Link, ProjectUsage,
};
use shared::model::ids::ProjectId;

use crate::paint::{BAD, BOLD, paint};
use crate::screen::{ago, count, minute, plain};

/// Result of the last usage run for the linked projects.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
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
#[derive(Debug, Serialize, JsonSchema)]
pub struct UsageTrouble {
    pub project: ProjectId,
    /// Its totals can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing: Option<Failing>,
    /// Deletions that an operator has to confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<DeletionHold>,
    /// A measure that the tool can't report at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen: Option<FrozenSince>,
}

pub(super) fn troubles(usages: Vec<(ProjectId, ProjectUsage)>) -> Vec<UsageTrouble> {
    let usages = usages.into_iter();
    let troubles = usages.filter_map(|(project, usage)| {
        let is = usage.trouble()?;
        Some(UsageTrouble {
            project,
            failing: is.failing,
            held: is.held,
            frozen: is.frozen,
        })
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
        let at = minute(run.started_at);
        anstream::println!("{what} {ago} ago ({at} UTC), {result}");
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
    if let Some(failing) = &it.failing {
        let times = count(failing.times, "time", "times in a row");
        let since = ago(failing.since, now);
        line(
            "Usage not read:",
            format!("not read {times}, for {since}: {}", failing.reason),
        );
    }
    if let Some(held) = &it.held {
        line(
            "Usage held:",
            format!(
                "{} gone at once, {} s in total, for {}. If that is right: `bridge usage --accept-deletions {}`",
                count(held.days, "reported day is", "reported days are"),
                held.seconds,
                ago(held.since, now),
                it.project
            ),
        );
    }
    if let Some(frozen) = &it.frozen {
        line(
            "Usage held:",
            format!("{}, for {}", frozen.reason, ago(frozen.since, now)),
        );
    }
}
