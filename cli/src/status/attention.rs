//! What needs an operator, grouped by cause.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use shared::model::failure::Cause;
use shared::queue::without_ids;

use super::report::{Report, Row};
use crate::screen::count;

/// One cause that needs an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Attention {
    pub kind: AttentionKind,
    /// Number of trainers' accesses, messages, projects or deliveries.
    pub count: usize,
    /// The cause. It may contain text of the tool or of OpenTrain.
    pub text: String,
    /// What to do.
    pub fix: String,
}

/// Kind of a cause. The order is that of urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttentionKind {
    BridgeStopped,
    /// A removal that the tool has not proven.
    Removal,
    /// Access that can't be granted.
    Grant,
    /// A document that this version can't read.
    UnreadableTrainer,
    DeadLetter,
    /// A delivery that is signed, but not understood.
    Quarantined,
    /// Differences that the last reconcile did not repair, or holds.
    Reconcile,
    /// Work that is not reported.
    Usage,
    /// An invitation that was not mailed.
    Invitation,
}

impl AttentionKind {
    /// Whether it is about trainers' access, and not about the bridge.
    pub(super) fn is_of_access(self) -> bool {
        matches!(
            self,
            Self::Removal | Self::Grant | Self::UnreadableTrainer | Self::Invitation
        )
    }
}

/// What needs an operator in the report, the most urgent first.
pub(super) fn attention(report: &Report, flag: &str) -> Vec<Attention> {
    let mut all = access(&report.access, flag);
    if report.bridge_runs == Some(false) {
        let text = "No bridge runs on this database, so nothing is processed.";
        all.push(one(
            AttentionKind::BridgeStopped,
            text,
            "start `bridge serve`",
        ));
    }
    for (trainer, reason) in &report.unreadable {
        let text = format!("{trainer}: {reason}");
        let fix = "use the version of the bridge that wrote it";
        all.push(one(AttentionKind::UnreadableTrainer, text, fix));
    }
    if !report.hand_over.is_empty() {
        let text = "Invitations were not mailed.";
        let fix = format!("`bridge invitations{flag}` shows them: hand each one over");
        all.push(Attention {
            count: report.hand_over.len(),
            ..one(AttentionKind::Invitation, text, fix)
        });
    }
    if report.queue.dead > 0 {
        let text = "Messages could not be processed.";
        let fix =
            format!("`bridge dead-letters{flag}` groups them by cause: fix it, then redrive them");
        all.push(Attention {
            count: usize::try_from(report.queue.dead).unwrap_or(usize::MAX),
            ..one(AttentionKind::DeadLetter, text, fix)
        });
    }
    all.extend(quarantined(report));
    all.extend(reconcile(report, flag));
    all.extend(usage(report, flag));
    all.sort_by_key(|it| it.kind);
    all
}

fn one(kind: AttentionKind, text: impl Into<String>, fix: impl Into<String>) -> Attention {
    Attention {
        kind,
        count: 1,
        text: text.into(),
        fix: fix.into(),
    }
}

/// The cause of a row that waits for an operator: its reason without ids.
pub(crate) fn cause(row: &Row) -> Option<String> {
    let trouble = row.trouble.as_ref();
    let trouble = trouble.filter(|it| it.cause != Cause::Transient)?;
    Some(without_ids(&trouble.reason))
}

/// Failures by cause, the most frequent first.
fn access(rows: &[Row], flag: &str) -> Vec<Attention> {
    let mut causes: BTreeMap<(AttentionKind, String), Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.state.needs_operator()) {
        let kind = match row.state.is_open_removal() {
            true => AttentionKind::Removal,
            false => AttentionKind::Grant,
        };
        let cause = cause(row).unwrap_or_default();
        causes.entry((kind, cause)).or_default().push(row);
    }
    let mut all: Vec<_> = causes
        .into_iter()
        .map(|((kind, reason), rows)| {
            let first = rows.first().map_or("TRAINER", |row| row.trainer.as_str());
            let fix = format!("`bridge explain {first}{flag}` shows what to do");
            Attention {
                count: rows.len(),
                ..one(kind, reason, fix)
            }
        })
        .collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.count));
    all
}

fn quarantined(report: &Report) -> impl Iterator<Item = Attention> {
    let named = report.connections.iter();
    let named = named.filter(|it| !it.quarantined.is_empty());
    named.map(|it| {
        let text = format!(
            "Deliveries of the connection `{}` are not understood.",
            it.name
        );
        let fix = "upgrade the bridge, then redeliver them with `bridge endpoints redeliver`";
        Attention {
            count: it.quarantined.len(),
            ..one(AttentionKind::Quarantined, text, fix)
        }
    })
}

fn reconcile(report: &Report, flag: &str) -> Option<Attention> {
    let run = report.last_reconcile.as_ref()?;
    let first = run.problems.first()?;
    let fix = format!("`bridge reconcile --dry-run{flag}` shows all of it");
    Some(Attention {
        count: run.problems.len(),
        ..one(AttentionKind::Reconcile, first, fix)
    })
}

fn usage(report: &Report, flag: &str) -> Vec<Attention> {
    let left = report.last_usage.iter().flat_map(|run| &run.left);
    let left = left.map(|(project, left)| {
        let fix = format!("`bridge usage --dry-run{flag}` shows all of it");
        one(
            AttentionKind::Usage,
            format!("project {project}: {left}"),
            fix,
        )
    });
    let held = report.usage.iter().filter_map(|it| {
        let held = it.held.as_ref()?;
        let days = count(held.days, "reported day is", "reported days are");
        let text = format!("project {}: {days} gone at once", it.project);
        let fix = format!(
            "if that is right: `bridge usage --accept-deletions {}{flag}`",
            it.project
        );
        Some(one(AttentionKind::Usage, text, fix))
    });
    left.chain(held).collect()
}
