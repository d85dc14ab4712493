//! Report of `bridge status`. Its fields are the JSON output.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use shared::ledger::{
    Access, AccessState, Entitlement, Environment, Hire, Install, InstallStatus, LastRun, Ledger,
    Link, Policy, Projects, Quarantined, Trainer, standings,
};
use shared::model::ConnectionName;
use shared::model::failure::{Failure, Trouble};
use shared::model::ids::{ContractId, LinkId, ProjectId, TrainerId};
use shared::queue::{DeadLetter, Depth, Queue};

use super::hand_over::HandOver;
use super::usage::{self, LastReport, UsageTrouble};

/// Maximum number of dead letters that are shown.
const MOST_DEAD: usize = 50;

#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether a bridge runs on the database; none on a stack.
    pub bridge_runs: Option<bool>,
    pub access: Vec<Row>,
    /// Trainers with an unreadable document, and the reason.
    pub unreadable: BTreeMap<TrainerId, String>,
    /// Invitations that were not mailed.
    #[serde(skip)]
    pub hand_over: Vec<HandOver>,
    pub queue: Depth,
    /// Oldest first.
    pub dead_letters: Vec<DeadLetter>,
    pub last_reconcile: Option<LastRun>,
    pub last_usage: Option<LastReport>,
    /// Projects whose work is not reported completely.
    pub usage: Vec<UsageTrouble>,
    pub connections: Vec<ConnectionReport>,
}

/// One trainer's access to one project.
#[derive(Debug, Serialize)]
pub struct Row {
    pub trainer: TrainerId,
    pub project: ProjectId,
    /// Last action of the bridge; `None` before the first one.
    pub state: Option<AccessState>,
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
#[derive(Debug, Clone, Copy, Serialize)]
pub struct DueSince {
    pub since: Timestamp,
    pub tries: u32,
    pub next: Timestamp,
}

/// A hire, and whether it entitles to access.
#[derive(Debug, Serialize)]
pub struct Because {
    pub connection: ConnectionName,
    pub contract: ContractId,
    pub link: LinkId,
    pub standing: Entitlement,
    /// Why the hire may not use the project; `None` if it may.
    pub not_allowed: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct ConnectionReport {
    pub name: ConnectionName,
    pub install: Option<Install>,
    pub links: Vec<Link>,
    /// Deliveries that were accepted but cannot be parsed.
    pub set_aside: Vec<Quarantined>,
}

impl Report {
    pub async fn read(
        ledger: &Ledger,
        queue: &dyn Queue,
        policy: &Policy,
        projects: Projects,
    ) -> Result<Self, Failure> {
        let (mut access, mut hand_over) = (Vec::new(), Vec::new());
        let documents = ledger.trainers().await?;
        let hires = documents.trainers.values().flat_map(|it| &it.hires);
        let mut names: BTreeSet<_> = hires.map(|hire| hire.connection.clone()).collect();
        names.extend(projects.allowed.keys().cloned());
        let environment = Environment {
            projects,
            ..ledger.environment_of_connections(&names).await?
        };
        for (id, trainer) in documents.trainers {
            let standings = standings(&trainer, &environment, policy);
            access.extend(rows(&id, &trainer, &standings, &environment));
            hand_over.extend(HandOver::of(&id, &trainer));
        }
        let mut connections = Vec::new();
        for name in ledger.connections().await? {
            connections.push(ConnectionReport {
                install: ledger.install(&name).await?,
                links: ledger.links(&name).await?,
                set_aside: ledger.aside(&name).await?,
                name,
            });
        }
        let is_served = |run: &LastRun| {
            let mut served = connections.iter().filter(|it| {
                let install = it.install.as_ref();
                install.is_some_and(|install| install.status == InstallStatus::Active)
            });
            served.any(|it| run.connection.as_ref() == Some(&it.name))
        };
        let mut parts = ledger.last_reconciles().await?;
        parts.retain(is_served);
        let usages = ledger.all_project_usages().await?;
        let served = connections.iter();
        let served = served.filter(|it| !usage::is_left(it.install.as_ref()));
        let links = served.flat_map(|it| &it.links);
        let last_usage = LastReport::of(&usages, links);
        let dead_letters = queue.dead_letters(MOST_DEAD).await?;
        Ok(Self {
            bridge_runs: None,
            access,
            unreadable: documents.unreadable,
            hand_over,
            queue: queue.depth().await?,
            dead_letters,
            last_reconcile: LastRun::of_all(ledger.last_reconcile().await?, parts),
            last_usage,
            usage: usage::troubles(usages),
            connections,
        })
    }
}

fn rows(
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
            project: project.clone(),
            state: access.map(|access| access.state),
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
