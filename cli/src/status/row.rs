//! One trainer's access to one project, as the report shows it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::ledger::{Access, AccessState, Entitlement, Environment, Hire, Trainer};
use shared::model::ConnectionName;
use shared::model::failure::{Cause, Trouble};
use shared::model::ids::{ContractId, LinkId, ProjectId, TrainerId};
use shared::queue::without_ids;

use super::state::State;

/// One trainer's access to one project.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    pub trainer: TrainerId,
    pub project: ProjectId,
    /// The trainer's masked name; only for a terminal.
    #[serde(skip)]
    pub name: Option<String>,
    pub state: State,
    /// Last action of the bridge, as the ledger has it; `None` before the first one.
    pub recorded: Option<AccessState>,
    /// Start of that state.
    pub since: Option<Timestamp>,
    pub due: Option<DueSince>,
    /// The hires that concern this access.
    pub because: Vec<Because>,
    pub trouble: Option<Trouble>,
    /// Time at which the bridge mailed the invitation.
    pub mailed_at: Option<Timestamp>,
    /// The operator's reason for settling a removal that the tool has not proven.
    pub settled: Option<String>,
}

/// Work that is due on a trainer's access.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct DueSince {
    pub since: Timestamp,
    pub tries: u32,
    pub next: Timestamp,
}

/// A hire, and whether it entitles to access.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Because {
    pub connection: ConnectionName,
    pub contract: ContractId,
    pub link: LinkId,
    pub standing: Entitlement,
    /// Why the hire may not use the project; `None` if it may.
    pub not_allowed: Option<String>,
}

impl Row {
    /// Why the row waits for an operator: the reason without ids. `None` if it does not.
    pub(crate) fn cause(&self) -> Option<String> {
        let trouble = self.trouble.as_ref();
        let trouble = trouble.filter(|it| it.cause != Cause::Transient)?;
        Some(without_ids(&trouble.reason))
    }
}

/// The rows of one trainer.
pub(super) fn rows(
    id: &TrainerId,
    trainer: &Trainer,
    standings: &[Entitlement],
    environment: &Environment,
) -> Vec<Row> {
    let hires: Vec<_> = trainer.hires.iter().zip(standings).collect();
    let due = trainer.due.map(|due| DueSince {
        since: due.since,
        tries: due.tries,
        next: due.at,
    });
    let is_open = |access: &Access| {
        use AccessState::{Granting, Released, Removing};
        access.trouble.is_some() || matches!(access.state, Granting | Removing | Released)
    };
    let row = |project: &ProjectId| {
        let access = trainer.access.get(project);
        let about = hires.iter().filter(|(hire, _)| hire.project == *project);
        Row {
            trainer: id.clone(),
            name: trainer.member.display_name.clone(),
            project: project.clone(),
            state: State::of(access),
            recorded: access.map(|access| access.state),
            since: access.map(|access| access.at),
            due: due.filter(|_| access.is_some_and(is_open)),
            because: about
                .map(|(hire, standing)| because(hire, **standing, environment))
                .collect(),
            trouble: access.and_then(|access| access.trouble.clone()),
            mailed_at: access
                .and_then(|access| access.invitation.as_ref())
                .and_then(|invitation| invitation.mailed_at),
            settled: access.and_then(|access| access.settled.clone()),
        }
    };
    trainer.projects().into_iter().map(row).collect()
}

fn because(hire: &Hire, standing: Entitlement, environment: &Environment) -> Because {
    Because {
        connection: hire.connection.clone(),
        contract: hire.contract.clone(),
        link: hire.link.clone(),
        standing,
        not_allowed: environment.why_not(&hire.connection, &hire.project),
    }
}
