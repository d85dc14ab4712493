//! Reads the report from ledger and queue.

use std::collections::{BTreeMap, BTreeSet};

use shared::ledger::{
    AlertKind, Documents, Environment, Ledger, LedgerError, Policy, Projects, Trainer, entitlements,
};
use shared::model::ConnectionName;
use shared::model::failure::Failure;
use shared::model::ids::TrainerId;
use shared::queue::Queue;

use super::filter::Filter;
use super::hand_over::HandOver;
use super::report::{Alert, ConnectionReport, Report};
use super::row::{Row, rows};
use super::usage::{self, LastReport};

/// Maximum number of dead letters that are shown.
const MOST_DEAD: usize = 50;

/// Alerts that only the jobs can find. The conditions of the other alerts are in the rest of the report.
const ALERTS: [AlertKind; 5] = [
    AlertKind::TokenRefused,
    AlertKind::RemovalsHeld,
    AlertKind::EndpointDisabled,
    AlertKind::OrphanedAccess,
    AlertKind::UsageLost,
];

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
        // Reading all names needs a scan, which is too slow for the report of one trainer.
        let names = match filter.trainer() {
            None => ledger.connections().await?,
            Some(_) => environment.asked.clone(),
        };
        let connections = connections(ledger, names).await?;
        let named = connections.iter();
        let named = named.map(|it| (&it.name, it.install.as_ref()));
        let last_reconcile = ledger.last_reconcile_of(named).await?;
        let usages = ledger.all_project_usages().await?;
        let served = connections.iter();
        let served = served.filter(|it| !usage::is_left(it.install.as_ref()));
        let links = served.flat_map(|it| &it.links);
        let last_usage = LastReport::of(&usages, links);
        let people = People::of(documents, &environment, policy, filter);
        Ok(Self {
            attention: Vec::new(),
            bridge_runs: None,
            access: people.access,
            names: people.names,
            unreadable: people.unreadable,
            unread_connections: Vec::new(),
            alerts: Vec::new(),
            hand_over: people.hand_over,
            queue: queue.depth().await?,
            dead_letters: queue.dead_letters(MOST_DEAD).await?,
            last_reconcile,
            last_usage,
            usage: usage::troubles(usages),
            connections,
        })
    }
}

/// What the report has of the trainers' documents.
struct People {
    access: Vec<Row>,
    names: BTreeMap<TrainerId, String>,
    hand_over: Vec<HandOver>,
    unreadable: BTreeMap<TrainerId, String>,
}

impl People {
    fn of(
        documents: Documents,
        environment: &Environment,
        policy: &Policy,
        filter: &Filter,
    ) -> Self {
        let mut people = Self {
            access: Vec::new(),
            names: BTreeMap::new(),
            hand_over: Vec::new(),
            unreadable: documents.unreadable,
        };
        for (id, trainer) in documents.trainers {
            let name = trainer.member.display_name.clone();
            people.names.extend(name.map(|it| (id.clone(), it)));
            let standings = entitlements(&trainer, environment, policy);
            let rows = rows(&id, &trainer, &standings, environment);
            people
                .access
                .extend(rows.into_iter().filter(|row| filter.holds(row)));
            people.hand_over.extend(HandOver::of(&id, &trainer));
        }
        if let Some(project) = filter.project() {
            people.hand_over.retain(|it| it.projects.contains(&project));
        }
        people
    }
}

/// The alerts that the jobs of a machine have recorded, and that are open.
pub(super) async fn alerts(ledger: &Ledger) -> Result<Vec<Alert>, LedgerError> {
    let mut open = Vec::new();
    for kind in ALERTS {
        let subjects = ledger.alert(kind).await?.open;
        if !subjects.is_empty() {
            open.push(Alert { kind, subjects });
        }
    }
    Ok(open)
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
