//! `bridge projects`: which organisation may use which project of the tool.
//!
//! While a bridge serves one organisation, that one may use every project and nothing is recorded. With a second
//! organisation, each project belongs to one of them, and links of the others grant no access to it. From then on only
//! an operator assigns a project to an organisation.
//!
//! - `record`: records the organisation of each project when the second organisation is connected, from OpenTrain's
//!   links or, if a token is refused, from the ledger's
//! - `list`, `give`: show and assign projects

mod give;
mod list;
mod record;

use shared::config::Reader;
use shared::connection::{Kept, owner};
use shared::ledger::audit::{AuditEvent, Entry};
use shared::model::ConnectionName;
use shared::model::ids::ProjectId;

use super::args::{ProjectAction, ProjectsArgs};
use super::session::{no_connection, served};
use crate::control::{self, action};
use crate::exit::CliError;
use crate::targets::Target;

pub(crate) use record::record_at_start;
pub(super) use record::update;
#[cfg(feature = "aws")]
pub(super) use record::{linked, record_linked};

pub(super) async fn run(args: &ProjectsArgs, target: &Target) -> Result<(), CliError> {
    let mut reader = Reader::new(target.vars());
    let settings = target.opentrain(&mut reader);
    let settings = reader.finish(settings)?;
    let ledger = target.ledger_if_any()?;
    record::enter(&settings, ledger.as_ref()).await?;
    if served(&settings).await?.is_empty() {
        return Err(no_connection(target, &args.common.name()));
    }
    let give = give::Give {
        settings: &settings,
        ledger: ledger.as_ref(),
        target,
        args,
    };
    match &args.action {
        None => list::show(&settings, ledger.as_ref(), args).await,
        Some(ProjectAction::Record) => {
            let text = "record";
            control::record(target, action(AuditEvent::OperatorProjects, text)).await?;
            record::all(&settings, ledger.as_ref()).await?;
            list::show(&settings, ledger.as_ref(), args).await
        }
        Some(ProjectAction::Allow { project }) => give.to_connection(project, None).await,
        Some(ProjectAction::Move {
            project,
            yes,
            force,
        }) => {
            let (yes, force) = (*yes, *force);
            let moves = give::Moves { yes, force };
            give.to_connection(project, Some(moves)).await
        }
    }
}

/// Records in the audit record that a connection's organisation gets a project, before it does.
async fn record_given(
    target: &Target,
    name: &ConnectionName,
    project: &ProjectId,
) -> Result<(), CliError> {
    let entry = Entry {
        project: Some(project.clone()),
        ..action(AuditEvent::OperatorProjects, name)
    };
    control::record(target, entry).await
}

/// The organisation that a project belongs to, if it is not the connection's.
pub(crate) fn owner_but(kept: &Kept, name: &ConnectionName, project: &ProjectId) -> Option<String> {
    let is_own = kept.get(name).and_then(|own| own.projects.as_ref());
    owner(kept, project).filter(|_| !is_own.is_some_and(|own| own.contains(project)))
}
