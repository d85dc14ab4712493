//! Report of `bridge status`. Its fields are the JSON output.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::ledger::{
    Access, AccessState, Documents, Entitlement, Environment, Hire, Install, InstallStatus,
    LastRun, Ledger, LedgerError, Link, Policy, Projects, Quarantined, Trainer, entitlements,
};
use shared::model::ConnectionName;
use shared::model::failure::{Failure, Trouble};
use shared::model::ids::{ContractId, LinkId, ProjectId, TrainerId};
use shared::queue::{DeadLetter, Depth, Queue};

use super::attention::{Attention, attention};
use super::filter::Filter;
use super::hand_over::HandOver;
use super::state::State;
use super::usage::{self, LastReport, UsageTrouble};

/// Maximum number of dead letters that are shown.
const MOST_DEAD: usize = 50;

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What needs an operator, the most urgent first. With a filter, only of the shown access.
    pub attention: Vec<Attention>,
    /// Whether a bridge runs on the database; none on a stack.
    pub bridge_runs: Option<bool>,
    /// The access that the filter names.
    pub access: Vec<Row>,
    /// Masked names of trainers, for pages. Redirected output is often stored in files.
    #[serde(skip)]
    pub names: BTreeMap<TrainerId, String>,
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
    /// With `--trainer`, those of the trainer.
    pub connections: Vec<ConnectionReport>,
}

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

#[derive(Debug, Serialize, JsonSchema)]
pub struct ConnectionReport {
    pub name: ConnectionName,
    pub install: Option<Install>,
    pub links: Vec<Link>,
    /// Deliveries that were accepted but cannot be parsed.
    pub quarantined: Vec<Quarantined>,
}

impl Report {
    /// The whole report.
    pub async fn read(
        ledger: &Ledger,
        queue: &dyn Queue,
        policy: &Policy,
        projects: Projects,
    ) -> Result<Self, Failure> {
        let filter = Filter::default();
        Self::read_part(ledger, queue, policy, projects, &filter).await
    }

    /// A report with the access that the filter names.
    pub(crate) async fn read_part(
        ledger: &Ledger,
        queue: &dyn Queue,
        policy: &Policy,
        projects: Projects,
        filter: &Filter,
    ) -> Result<Self, Failure> {
        let documents = match filter.trainer() {
            None => ledger.trainers().await?,
            Some(trainer) => known(ledger, trainer).await?,
        };
        let environment = environment(ledger, &documents, projects).await?;
        // All names are found only by a scan, which one trainer must not wait for.
        let names = match filter.trainer() {
            None => ledger.connections().await?,
            Some(_) => environment.asked.clone(),
        };
        let (mut access, mut hand_over) = (Vec::new(), Vec::new());
        let mut people = BTreeMap::new();
        for (id, trainer) in documents.trainers {
            people.extend(
                trainer
                    .member
                    .display_name
                    .clone()
                    .map(|it| (id.clone(), it)),
            );
            let standings = entitlements(&trainer, &environment, policy);
            let rows = rows(&id, &trainer, &standings, &environment);
            access.extend(rows.into_iter().filter(|row| filter.holds(row)));
            hand_over.extend(HandOver::of(&id, &trainer));
        }
        if let Some(project) = filter.project() {
            hand_over.retain(|it| it.projects.contains(&project));
        }
        let connections = connections(ledger, names).await?;
        let mut parts = ledger.last_reconciles().await?;
        parts.retain(|run| is_served(run, &connections));
        let usages = ledger.all_project_usages().await?;
        let served = connections.iter();
        let served = served.filter(|it| !usage::is_left(it.install.as_ref()));
        let links = served.flat_map(|it| &it.links);
        Ok(Self {
            attention: Vec::new(),
            bridge_runs: None,
            access,
            names: people,
            unreadable: documents.unreadable,
            hand_over,
            queue: queue.depth().await?,
            dead_letters: queue.dead_letters(MOST_DEAD).await?,
            last_reconcile: LastRun::of_all(ledger.last_reconcile().await?, parts),
            last_usage: LastReport::of(&usages, links),
            usage: usage::troubles(usages),
            connections,
        })
    }

    /// The report with what needs an operator. `flag` names the target in commands.
    pub(crate) fn with_attention(mut self, filter: &Filter, flag: &str) -> Self {
        let mut all = attention(&self, flag);
        if filter.is_partial() {
            all.retain(|it| it.kind.is_of_access());
        }
        self.attention = all;
        self
    }
}

/// The document of one trainer.
async fn known(ledger: &Ledger, trainer: TrainerId) -> Result<Documents, Failure> {
    let documents = ledger.documents(&[trainer.clone()].into()).await?;
    let own = documents.trainers.get(&trainer);
    let is_known = own.is_some_and(|it| *it != Trainer::default());
    match is_known || documents.unreadable.contains_key(&trainer) {
        false => Err(Failure::wrong(format!(
            "the ledger has no trainer `{trainer}`: `bridge status` shows all trainers"
        ))),
        true => Ok(documents),
    }
}

async fn environment(
    ledger: &Ledger,
    documents: &Documents,
    projects: Projects,
) -> Result<Environment, LedgerError> {
    let hires = documents.trainers.values().flat_map(|it| &it.hires);
    let mut names: BTreeSet<_> = hires.map(|hire| hire.connection.clone()).collect();
    names.extend(projects.allowed.keys().cloned());
    Ok(Environment {
        projects,
        ..ledger.environment_of_connections(&names).await?
    })
}

async fn connections(
    ledger: &Ledger,
    names: BTreeSet<ConnectionName>,
) -> Result<Vec<ConnectionReport>, LedgerError> {
    let mut connections = Vec::new();
    for name in names {
        connections.push(ConnectionReport {
            install: ledger.install(&name).await?,
            links: ledger.links(&name).await?,
            quarantined: ledger.aside(&name).await?,
            name,
        });
    }
    Ok(connections)
}

/// Whether the run is of a connection that is active now.
fn is_served(run: &LastRun, connections: &[ConnectionReport]) -> bool {
    let mut served = connections.iter().filter(|it| {
        let install = it.install.as_ref();
        install.is_some_and(|install| install.status == InstallStatus::Active)
    });
    served.any(|it| run.connection.as_ref() == Some(&it.name))
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
