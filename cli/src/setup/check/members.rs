//! Members of the tool's organisation who belong to no hire.

use shared::opentrain::ProjectLink;
use shared::reconcile::strangers;
use shared::tool::{AnnotationTool, Scope};

use super::super::findings::{Finding, note};
use crate::status;
use crate::targets::Target;

/// Counts them if access covers the whole organisation. Other findings report what can't be read.
pub(super) async fn look(
    tool: &dyn AnnotationTool,
    target: &Target,
    links: &[ProjectLink],
) -> Option<Finding> {
    let can = tool.capabilities().await.ok()?;
    let project = &links.first()?.external_project_id;
    if can.scope != Scope::Organization {
        return None;
    }
    let ledger = target.ledger_if_any().ok()??;
    let known = ledger.trainers().await.ok()?;
    let (members, _) = tool.members(project).await.ok()??.into_parts();
    let found = strangers(&members, &known.trainers);
    (found.count > 0).then(|| {
        note(
            "tool",
            format!(
                "members who belong to no hire: {}",
                status::strangers(&found)
            ),
            "review the newest ones, and remove accounts that are not your own staff's",
        )
    })
}
