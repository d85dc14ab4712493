//! The rows of the tools' answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use shared::ledger::Why;
use shared::model::ConnectionName;
use shared::model::ids::{ContractId, JobId, LinkId, ProjectId, TrainerId};
use shared::queue::without_ids;
use shared::reconcile::{Change, Outcome};

use super::params::{ContractArgs, PeopleArgs};
use super::reply::Reply;
use super::states::ContractState;
use crate::exit::CliError;
use crate::status::{Report, Row, State};

/// Maximum number of removals, causes, connections and differences in one answer.
pub(super) const MOST_NAMED: usize = 50;

pub(super) fn is_wanted(row: &Row, args: &PeopleArgs) -> bool {
    let is_state = args.state.is_none_or(|it| row.state == it);
    let project = args.project.as_deref();
    let is_project = project.is_none_or(|it| row.project.as_str() == it);
    let reason = row.trouble.as_ref().map_or("", |it| it.reason.as_str());
    is_state && is_project && has_cause(reason, args.cause.as_deref())
}

/// Whether a reason contains the requested cause, with or without its ids: causes are listed without ids.
pub(super) fn has_cause(reason: &str, cause: Option<&str>) -> bool {
    cause.is_none_or(|cause| reason.contains(cause) || without_ids(reason).contains(cause))
}

fn states<'a>(rows: impl Iterator<Item = &'a Row>) -> BTreeMap<State, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.state).or_default() += 1;
    }
    counts
}

pub(super) fn overview(report: &Report) -> Result<Reply, CliError> {
    let connections = report.connections.iter().map(|it| {
        let links = it.links.iter().filter(|link| !link.removed).count();
        json!({ "name": it.name, "install": it.install, "links": links, "quarantined": it.quarantined.len() })
    });
    let connections: Vec<_> = connections.collect();
    let attention: Vec<_> = report.attention.iter().take(MOST_NAMED).collect();
    let reply = Reply::of(&json!({
        "attention": attention,
        "bridgeRuns": report.bridge_runs,
        "queue": report.queue,
        "people": states(report.access.iter()),
        "unreadableTrainers": report.unreadable.len(),
        "lastReconcile": report.last_reconcile,
        "lastUsage": report.last_usage,
        "connections": connections.iter().take(MOST_NAMED).collect::<Vec<_>>(),
    }))?;
    let is_cut = connections.len() > MOST_NAMED || report.attention.len() > MOST_NAMED;
    Ok(reply.truncated(is_cut))
}

/// A project with its links.
#[derive(Debug, Serialize)]
pub(super) struct Project {
    pub(super) project: ProjectId,
    links: Vec<OwnLink>,
    /// Number of people by state.
    people: BTreeMap<State, usize>,
}

/// A link to a job.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OwnLink {
    connection: ConnectionName,
    link: LinkId,
    job: Option<JobId>,
    project_name: Option<String>,
    /// OpenTrain grants access itself.
    managed: bool,
}

/// The projects with a live link or with access.
pub(super) fn projects(report: &Report) -> Vec<Project> {
    let all = report.projects().into_iter();
    let own = all.filter_map(|(project, it)| {
        let live = it.links.iter().filter(|(_, link)| !link.removed);
        let links: Vec<_> = live
            .map(|(connection, link)| OwnLink {
                connection: (*connection).clone(),
                link: link.id.clone(),
                job: link.job.clone(),
                project_name: link.project_name.clone(),
                managed: link.managed,
            })
            .collect();
        let is_used = !links.is_empty() || !it.access.is_empty();
        is_used.then(|| Project {
            project: project.clone(),
            links,
            people: states(it.access.into_iter()),
        })
    });
    own.collect()
}

/// A contract of a trainer on a project.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contract {
    contract: ContractId,
    trainer: TrainerId,
    project: ProjectId,
    connection: ConnectionName,
    link: LinkId,
    state: ContractState,
    /// Why it is over; none while it is not.
    over_because: Option<Why>,
    /// Why the project may not be used.
    not_allowed: Option<String>,
}

impl Contract {
    pub(super) fn key(&self) -> String {
        let (contract, link) = (self.contract.as_str(), self.link.as_str());
        format!("{}/{contract}/{link}", self.connection)
    }

    pub(super) fn is_wanted(&self, args: &ContractArgs) -> bool {
        let project = args.project_id.as_deref();
        args.state.is_none_or(|it| self.state == it)
            && project.is_none_or(|it| self.project.as_str() == it)
    }
}

pub(super) fn contracts(report: &Report) -> Vec<Contract> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for row in &report.access {
        for hire in &row.because {
            let (state, over_because) = ContractState::of(hire.standing);
            let contract = Contract {
                contract: hire.contract.clone(),
                trainer: row.trainer.clone(),
                project: row.project.clone(),
                connection: hire.connection.clone(),
                link: hire.link.clone(),
                state,
                over_because,
                not_allowed: hire.not_allowed.clone(),
            };
            if seen.insert(contract.key()) {
                all.push(contract);
            }
        }
    }
    all
}

/// The counts of a plan, and the people who would lose access.
pub(super) fn planned(outcome: &Outcome) -> Result<Reply, CliError> {
    let of = |change| outcome.access.iter().filter(move |it| it.change == change);
    let removals: Vec<_> = of(Change::Remove)
        .map(|it| json!({ "trainer": it.trainer, "project": it.project }))
        .collect();
    let reply = Reply::of(&json!({
        "counts": {
            "differences": outcome.drift.len(),
            "revoke": removals.len(),
            "release": of(Change::Release).count(),
            "grant": of(Change::Grant).count(),
            "check": of(Change::Check).count(),
            "keep": of(Change::Keep).count(),
        },
        "removals": removals.iter().take(MOST_NAMED).collect::<Vec<_>>(),
        "held": outcome.held,
        "problems": outcome.problems,
        "differences": outcome.drift.iter().take(MOST_NAMED).collect::<Vec<_>>(),
    }))?;
    let is_cut = removals.len().max(outcome.drift.len()) > MOST_NAMED;
    Ok(reply.truncated(is_cut))
}

/// Rows with a key each: the row's time, and its number among the rows of that time.
pub(super) fn with_keys<T>(rows: Vec<T>, at: impl Fn(&T) -> Timestamp) -> Vec<(String, T)> {
    let mut at_once: BTreeMap<Timestamp, usize> = BTreeMap::new();
    // Counted from the oldest, so that new rows change no key.
    let keyed = rows.into_iter().rev().map(|row| {
        let time = at(&row);
        let number = at_once.entry(time).or_default();
        *number += 1;
        (format!("{time}/{number}"), row)
    });
    let mut keyed: Vec<_> = keyed.collect();
    keyed.reverse();
    keyed
}
