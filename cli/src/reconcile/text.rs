//! A difference in words.

use shared::ledger::InstallStatus;
use shared::reconcile::{Drift, HireRef, What};

/// What OpenTrain states, and the object that it is about.
pub(crate) fn words(Drift { what, .. }: &Drift) -> (String, String) {
    let says = match what {
        What::Install {
            status: InstallStatus::Active,
            ..
        } => "install is active".into(),
        What::Install {
            status: InstallStatus::Revoked,
            ..
        } => "install is revoked".into(),
        What::LinkFound { project, .. } => {
            let project = project
                .as_ref()
                .map_or("no project", |project| project.as_str());
            format!("new link to {project}")
        }
        What::LinkGone { .. } => "link is gone".into(),
        What::HireFound(hire) => format!("{} works on {}", hire.trainer, hire.project),
        What::HireEnded(HireRef {
            trainer, project, ..
        }) => {
            format!("the contract of {trainer} on {project} has ended")
        }
        What::EmailChanged { trainer, .. } => {
            format!("the work e-mail of {trainer} has changed")
        }
        What::EndpointDisabled {
            redelivered: Some(count),
            ..
        } => {
            format!("disabled by failures; {count} deliveries will be redelivered")
        }
        What::EndpointDisabled { .. } => "disabled by failures".into(),
    };
    (says, what.about())
}
