//! What needs an operator: causes with their count, oldest case and next step. Pure.

mod work;

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::ledger::{AlertKind, InstallStatus};
use shared::queue::causes;

use crate::console::html::{Link, plural};
use crate::console::read::Reading;
use crate::status::{Report, Row, cause, styled_state};

/// Maximum number of subjects that an alert names.
const NAMED: usize = 5;

/// One cause.
pub(in super::super) struct Attention {
    /// Whether an operator has to act. Otherwise it is worth a look.
    pub(in super::super) is_urgent: bool,
    pub(in super::super) what: String,
    pub(in super::super) why: String,
    pub(in super::super) oldest: Option<Timestamp>,
    /// What to do.
    pub(in super::super) next: String,
    /// The page that shows the cases.
    pub(in super::super) page: Option<(String, &'static str)>,
}

impl Attention {
    fn urgent(what: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            is_urgent: true,
            what: what.into(),
            why: why.into(),
            oldest: None,
            next: next.into(),
            page: None,
        }
    }

    fn since(self, oldest: Option<Timestamp>) -> Self {
        Self { oldest, ..self }
    }

    fn at(self, page: impl Into<String>, label: &'static str) -> Self {
        Self {
            page: Some((page.into(), label)),
            ..self
        }
    }
}

/// All causes, urgent ones first.
pub(in super::super) fn of(reading: &Reading, flag: &str) -> Vec<Attention> {
    let report = &reading.report;
    let mut all = Vec::new();
    if report.bridge_runs == Some(false) {
        all.push(Attention::urgent(
            "No bridge runs on this database",
            "Nothing is processed.",
            "Start it with `bridge serve`.",
        ));
    }
    let unread = reading.unread.iter();
    all.extend(unread.map(|why| {
        let what = "Stored connections can't be read";
        Attention::urgent(
            what,
            why.clone(),
            "The projects that they may use are unknown until then.",
        )
    }));
    all.extend(unreadable(report));
    all.extend(access(report));
    all.extend(connections(report, flag));
    all.extend(dead_letters(report));
    all.extend(
        reading
            .alerts
            .iter()
            .map(|(kind, open)| alert(*kind, open, flag)),
    );
    all.extend(work::usage(report, flag));
    all.extend(reconcile(report));
    all.extend(invitations(report, flag));
    all.sort_by_key(|it| !it.is_urgent);
    all
}

fn unreadable(report: &Report) -> Option<Attention> {
    let count = report.unreadable.len();
    let (trainer, reason) = report.unreadable.iter().next()?;
    Some(Attention::urgent(
        plural(count, "unreadable trainer", "unreadable trainers"),
        format!("{trainer}: {reason}"),
        "Run the version of the bridge that wrote it. Its access is not changed until then.",
    ))
}

/// Access that can't be granted or revoked, by cause.
fn access(report: &Report) -> impl Iterator<Item = Attention> {
    let mut groups: BTreeMap<(String, String), Vec<&Row>> = BTreeMap::new();
    for row in &report.access {
        if let Some(cause) = cause(row) {
            groups
                .entry((styled_state(row).0, cause))
                .or_default()
                .push(row);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    groups.into_iter().map(|((word, cause), rows)| {
        let since = rows
            .iter()
            .filter_map(|it| it.due.map(|due| due.since).or(it.since));
        let page = Link::to("/people").with("cause", &cause);
        let next = "Fix the cause, then retry the trainer; all other tries continue by themselves.";
        Attention::urgent(
            format!("{}: {word}", plural(rows.len(), "person", "people")),
            cause,
            next,
        )
        .since(since.min())
        .at(page, "Show them")
    })
}

fn connections(report: &Report, flag: &str) -> Vec<Attention> {
    let mut all = Vec::new();
    for connection in &report.connections {
        let name = &connection.name;
        let install = connection.install.as_ref();
        if let Some(install) = install.filter(|it| it.refused) {
            let next = format!(
                "Have the customer consent again, then `bridge connect{}{flag}`.",
                name.flag()
            );
            let what = format!("OpenTrain refuses the token of connection {name}");
            let why = "Existing access stays, and nothing new is granted.";
            all.push(Attention::urgent(what, why, next).since(Some(install.at)));
        }
        let is_revoked =
            |it: &&shared::ledger::Install| it.status == InstallStatus::Revoked && !it.disconnected;
        if let Some(install) = install.filter(is_revoked) {
            let what = format!("The install of connection {name} is revoked");
            let next = format!(
                "If the customer wants to continue: `bridge connect{}{flag}`. If not: `bridge disconnect{}{flag}`.",
                name.flag(),
                name.flag()
            );
            let why = "Reporting stops, and no new access is granted.";
            all.push(Attention {
                is_urgent: false,
                ..Attention::urgent(what, why, next).since(Some(install.at))
            });
        }
        if let Some(first) = connection.quarantined.iter().min_by_key(|it| it.at) {
            let count = connection.quarantined.len();
            let what = plural(count, "quarantined delivery", "quarantined deliveries");
            let next = format!(
                "Upgrade the bridge, then `bridge endpoints redeliver ENDPOINT{}{flag}`.",
                name.flag()
            );
            let what = format!("{what} of connection {name}");
            let page = Link::to("/deliveries").with("outcome", "quarantined");
            all.push(
                Attention::urgent(what, first.reason.clone(), next)
                    .since(Some(first.at))
                    .at(page, "Show them"),
            );
        }
    }
    all
}

fn dead_letters(report: &Report) -> impl Iterator<Item = Attention> {
    let listed = report.dead_letters.len();
    let rest = match usize::try_from(report.queue.dead) {
        Ok(all) if all > listed => format!(" (of the oldest {listed}; {all} in all)"),
        _ => String::new(),
    };
    causes(&report.dead_letters).into_iter().map(move |cause| {
        let what = plural(cause.count, "dead letter", "dead letters");
        Attention::urgent(
            format!("{what}: {}{rest}", cause.kind),
            cause.reason,
            "Fix the cause, then redrive them.",
        )
        .since(Some(cause.oldest))
        .at("/dead-letters", "Show them")
    })
}

fn alert(kind: AlertKind, open: &[String], flag: &str) -> Attention {
    let count = open.len();
    let mut subjects = open[..count.min(NAMED)].join(", ");
    if count > NAMED {
        subjects = format!("{subjects} and {} more", count - NAMED);
    }
    let (what, next, page) = match kind {
        AlertKind::RemovalsHeld => (
            "Removals are held",
            "Read the plan. If it is right, lift the hold.".to_owned(),
            Some(("/reconcile", "Show the plan")),
        ),
        AlertKind::EndpointDisabled => (
            "A webhook endpoint is disabled",
            format!("Fix what refused deliveries, then `bridge endpoints enable{flag}`."),
            None,
        ),
        AlertKind::OrphanedAccess => (
            "Orphaned access for over seven days",
            format!("Connect the install again, or end the access: `bridge end TRAINER{flag}`."),
            None,
        ),
        _ => (
            "Work can no longer be reported",
            "Settle it with the trainer and OpenTrain by hand.".to_owned(),
            Some(("/usage", "Show it")),
        ),
    };
    let attention = Attention::urgent(what, subjects, next);
    match page {
        Some((page, label)) => attention.at(page, label),
        None => attention,
    }
}

fn reconcile(report: &Report) -> Option<Attention> {
    let run = report.last_reconcile.as_ref()?;
    let first = run.problems.first()?;
    let what = plural(run.problems.len(), "part", "parts");
    Some(
        Attention::urgent(
            format!("The last reconcile did not complete {what}"),
            first.clone(),
            "Fix the cause; the next run repeats it.",
        )
        .since(Some(run.started_at))
        .at("/reconcile", "Show them"),
    )
}

fn invitations(report: &Report, flag: &str) -> Option<Attention> {
    let count = report.hand_over.len();
    let what = plural(count, "invitation", "invitations");
    (count > 0).then(|| {
        Attention::urgent(
            format!("{what} to hand over"),
            "No mail server is set, or it refused them.",
            format!("`bridge invitations{flag}` shows the links and the addresses."),
        )
    })
}
