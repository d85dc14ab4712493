//! The causes of alerts that are open.

use shared::ledger::{AlertKind, connection_in, subject_of};
use shared::model::ConnectionName;

use super::cause::{Attention, AttentionKind as Kind};
use super::report::{Alert, Report};

/// Maximum number of subjects that a cause names.
const NAMED: usize = 5;

/// The causes of an alert, without those that other parts of the report contain.
pub(super) fn alert(alert: &Alert, report: &Report, flag: &str) -> Vec<Attention> {
    let connections = || alert.subjects.iter().filter_map(|it| connection_in(it));
    match alert.kind {
        AlertKind::TokenRefused => connections()
            .filter(|name| !is_refused(name, report))
            .map(|name| refused(subject_of(&name), &name, flag))
            .collect(),
        AlertKind::RemovalsHeld => connections().map(|name| held(&name, flag)).collect(),
        _ => grouped(alert, flag).into_iter().collect(),
    }
}

/// The connections whose removals an alert names as held.
pub(super) fn with_held_removals(report: &Report) -> Vec<ConnectionName> {
    let alerts = report.alerts.iter();
    let held = alerts.filter(|it| it.kind == AlertKind::RemovalsHeld);
    let subjects = held.flat_map(|it| &it.subjects);
    subjects.filter_map(|it| connection_in(it)).collect()
}

/// Whether the report already has the connection's install as refused.
fn is_refused(name: &ConnectionName, report: &Report) -> bool {
    let mut own = report.connections.iter().filter(|it| it.name == *name);
    own.any(|it| it.install.as_ref().is_some_and(|it| it.refused))
}

/// The cause that OpenTrain refuses the token of a connection.
pub(super) fn refused(text: String, name: &ConnectionName, flag: &str) -> Attention {
    let own = name.flag();
    let fix = format!("have the customer consent again, then `bridge connect{own}{flag}`");
    Attention::one(Kind::TokenRefused, text, fix)
}

fn held(name: &ConnectionName, flag: &str) -> Attention {
    let fix = format!(
        "read the plan with `bridge reconcile --dry-run --force --connection {name}{flag}`; if it is right, run it without `--dry-run`"
    );
    Attention::one(Kind::RemovalsHeld, subject_of(name), fix)
}

/// One cause for all subjects. `None` if the report itself has the condition.
fn grouped(alert: &Alert, flag: &str) -> Option<Attention> {
    let (kind, fix) = match alert.kind {
        AlertKind::EndpointDisabled => (
            Kind::EndpointDisabled,
            format!(
                "fix what refused the deliveries, then `bridge endpoints enable ENDPOINT{flag}`"
            ),
        ),
        AlertKind::OrphanedAccess => (
            Kind::OrphanedAccess,
            format!("connect the install again, or end the access with `bridge end TRAINER{flag}`"),
        ),
        AlertKind::UsageLost => (
            Kind::UsageLost,
            "settle it with the trainer and with OpenTrain by hand".to_owned(),
        ),
        AlertKind::TokenRefused
        | AlertKind::RemovalsHeld
        | AlertKind::OperatorNeeded
        | AlertKind::DeadLetter
        | AlertKind::ReconcileLate
        | AlertKind::UsageLate => return None,
    };
    let all = alert.subjects.len();
    let named: Vec<_> = alert.subjects.iter().take(NAMED).cloned().collect();
    let text = match all.saturating_sub(named.len()) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    };
    Some(Attention::one(kind, text, fix).times(all))
}
