//! What needs an operator, grouped by cause. `bridge status`, the console and `bridge mcp` all use these rules.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::ledger::InstallStatus;
use shared::model::ids::ProjectId;
use shared::queue::causes;
use shared::reconcile::Held;

use super::alerts::{alert, refused, with_held_removals};
use super::cause::{Attention, AttentionKind as Kind};
use super::filter::Filter;
use super::late::Late;
use super::report::{ConnectionReport, Report};
use super::row::Row;
use super::usage::UsageTrouble;
use crate::screen::count;

impl Report {
    /// The report with what needs an operator. `flag` names the target in commands.
    pub(crate) fn with_attention(
        mut self,
        filter: &Filter,
        flag: &str,
        late: Late,
        now: Timestamp,
    ) -> Self {
        let mut all = attention(&self, flag);
        all.extend(self.late_runs(late, flag, now));
        // Stable: causes of one kind stay in their order.
        all.sort_by_key(|it| it.kind);
        if filter.is_partial() {
            all.retain(|it| it.kind.is_of_access());
        }
        self.attention = all;
        self
    }
}

/// What needs an operator in the report.
fn attention(report: &Report, flag: &str) -> Vec<Attention> {
    let mut all = access(&report.access, flag);
    if report.bridge_runs == Some(false) {
        let text = "nothing on this database is processed";
        all.push(Attention::one(
            Kind::BridgeStopped,
            text,
            "start `bridge serve`",
        ));
    }
    for why in &report.unread_connections {
        let fix =
            "correct what the text names; until then the projects that it may use are unknown";
        all.push(Attention::one(Kind::UnreadConnection, why, fix));
    }
    for (trainer, reason) in &report.unreadable {
        let text = format!("{trainer}: {reason}");
        let fix =
            "use the version of the bridge that wrote it; until then its access does not change";
        all.push(Attention::one(Kind::UnreadableTrainer, text, fix));
    }
    all.extend(invitations(report, flag));
    all.extend(dead_letters(report, flag));
    let connections = report.connections.iter();
    all.extend(connections.flat_map(|it| connection(it, flag)));
    let alerts = report.alerts.iter();
    all.extend(alerts.flat_map(|it| alert(it, report, flag)));
    all.extend(reconcile(report, flag));
    all.extend(not_reported(report, flag));
    all.extend(report.usage.iter().flat_map(|it| usage(it, flag)));
    all
}

/// Failures by cause, the most frequent first.
fn access(rows: &[Row], flag: &str) -> Vec<Attention> {
    let mut groups: BTreeMap<(Kind, String), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let Some(cause) = row.cause() else {
            continue;
        };
        let kind = match row.state.is_open_removal() {
            true => Kind::Removal,
            false => Kind::Grant,
        };
        groups.entry((kind, cause)).or_default().push(row);
    }
    let group = |((kind, cause), rows): ((Kind, String), Vec<&Row>)| {
        let first = rows.first().map_or("TRAINER", |row| row.trainer.as_str());
        let fix = format!(
            "`bridge explain {first}{flag}` shows what to do. Then `bridge retry {first}{flag}` tries it at once"
        );
        let since = rows
            .iter()
            .filter_map(|it| it.due.map(|due| due.since).or(it.since));
        Attention::one(kind, cause, fix)
            .times(rows.len())
            .since(since.min())
    };
    let mut all: Vec<_> = groups.into_iter().map(group).collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.count));
    all
}

fn invitations(report: &Report, flag: &str) -> Option<Attention> {
    let since = report.hand_over.iter().map(|it| it.since).min()?;
    let text = "No mail server is set, or it refused them.";
    let fix =
        format!("`bridge invitations{flag}` shows the links and the addresses: hand each one over");
    let all = Attention::one(Kind::Invitation, text, fix);
    Some(all.times(report.hand_over.len()).since(Some(since)))
}

/// Dead letters by cause, and the number of those that the report does not list.
fn dead_letters(report: &Report, flag: &str) -> Vec<Attention> {
    let fix =
        || format!("`bridge dead-letters{flag}` shows them: fix the cause, then redrive them");
    let mut all: Vec<_> = causes(&report.dead_letters)
        .into_iter()
        .map(|it| {
            let text = format!("{}: {}", it.kind, it.reason);
            Attention::one(Kind::DeadLetter, text, fix())
                .times(it.count)
                .since(Some(it.oldest))
        })
        .collect();
    let dead = usize::try_from(report.queue.dead).unwrap_or(usize::MAX);
    let rest = dead.saturating_sub(report.dead_letters.len());
    if rest > 0 {
        let text = "Further messages could not be processed.";
        all.push(Attention::one(Kind::DeadLetter, text, fix()).times(rest));
    }
    all
}

/// What needs an operator at one connection.
fn connection(it: &ConnectionReport, flag: &str) -> Vec<Attention> {
    let (name, own) = (&it.name, it.name.flag());
    let mut all = Vec::new();
    let install = it.install.as_ref();
    if let Some(install) = install.filter(|it| it.refused) {
        let text =
            format!("connection {name}: access that is there stays, and nothing new is granted");
        all.push(refused(text, name, flag).since(Some(install.at)));
    }
    let revoked = install.filter(|it| it.status == InstallStatus::Revoked && !it.disconnected);
    if let Some(install) = revoked {
        let text = format!("connection {name}: reporting has stopped, and nothing new is granted");
        let fix = format!(
            "if the customer wants to continue: `bridge connect{own}{flag}`; if not: `bridge disconnect {name}{flag}`"
        );
        all.push(Attention::one(Kind::InstallRevoked, text, fix).since(Some(install.at)));
    }
    // A delivery whose event could not be read is one for a later version.
    let (refused, unread): (Vec<_>, Vec<_>) =
        it.quarantined.iter().partition(|it| it.event.is_some());
    let causes = [
        (unread, "upgrade the bridge"),
        (refused, "correct what the reason names"),
    ];
    all.extend(causes.into_iter().filter_map(|(rows, first_step)| {
        let oldest = rows.iter().min_by_key(|it| it.at)?;
        let text = format!("connection {name}: {}", oldest.reason);
        let fix = match &oldest.delivery {
            Some(delivery) => format!(
                "{first_step}, then redeliver each one with `bridge endpoints redeliver ENDPOINT --delivery {delivery}{own}{flag}`"
            ),
            None => format!(
                "{first_step}, then run `bridge reconcile{own}{flag}`: the id of the delivery is not known"
            ),
        };
        let cause = Attention::one(Kind::Quarantined, text, fix).times(rows.len());
        Some(cause.since(Some(oldest.at)))
    }));
    all
}

/// What the last reconcile did not do, without the holds that an alert names.
fn reconcile(report: &Report, flag: &str) -> Option<Attention> {
    let run = report.last_reconcile.as_ref()?;
    let held = with_held_removals(report);
    let is_known = |line: &str| held.iter().any(|name| Held::is_line_of(name, line));
    let problems: Vec<_> = run.problems.iter().filter(|it| !is_known(it)).collect();
    let first = problems.first()?;
    let fix = format!(
        "fix the cause; the next run repeats it. `bridge reconcile --dry-run{flag}` shows all of it"
    );
    let all = Attention::one(Kind::Reconcile, *first, fix);
    Some(all.times(problems.len()).since(Some(run.started_at)))
}

/// Work that the last usage run left, without projects whose failure or hold is a cause of its own.
fn not_reported(report: &Report, flag: &str) -> Vec<Attention> {
    let is_known = |project: &ProjectId| {
        let own = report.usage.iter().find(|it| it.project == *project);
        own.is_some_and(|it| it.failing.is_some() || it.held.is_some())
    };
    let run = report.last_usage.iter();
    let left = run.flat_map(|run| run.left.iter().map(|left| (run.started_at, left)));
    let left = left.filter(|(_, (project, _))| !is_known(project));
    let left = left.map(|(at, (project, left))| {
        let text = format!("project {project}: {left}");
        let fix = format!(
            "fix the cause; the next run sends what is left. `bridge usage --dry-run{flag}` shows all of it"
        );
        unreported(text, fix, at)
    });
    left.collect()
}

/// What blocks the reports of one project.
fn usage(it: &UsageTrouble, flag: &str) -> Vec<Attention> {
    let project = &it.project;
    let failing = it.failing.as_ref().map(|failing| {
        let text = format!("project {project}: its work can't be read: {}", failing.reason);
        let fix = format!(
            "fix the cause; the next run reads it again. `bridge usage --dry-run{flag}` tries it at once"
        );
        unreported(text, fix, failing.since)
    });
    let held = it.held.as_ref().map(|held| {
        let days = count(held.days, "reported day is", "reported days are");
        let text = format!("project {project}: {days} gone at once, and the guard holds the deletion");
        let fix = format!(
            "if that is right: `bridge usage --accept-deletions {project}{flag}`. They stay reported until then"
        );
        unreported(text, fix, held.since)
    });
    let frozen = it.frozen.as_ref().map(|frozen| {
        let text = format!("project {project}: {}", frozen.reason);
        let fix = "do what the text names; until then the last values stay reported";
        unreported(text, fix, frozen.since)
    });
    [failing, held, frozen].into_iter().flatten().collect()
}

fn unreported(text: String, fix: impl Into<String>, since: Timestamp) -> Attention {
    Attention::one(Kind::Usage, text, fix).since(Some(since))
}
