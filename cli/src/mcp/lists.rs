//! The rows of the tools' answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};
use shared::ledger::Entitlement;
use shared::model::ConnectionName;
use shared::model::ids::{JobId, LinkId, ProjectId};
use shared::queue::without_ids;
use shared::reconcile::{Change, Outcome};

use super::params::PeopleArgs;
use super::reply::Reply;
use crate::exit::CliError;
use crate::status::{Report, Row};

/// Maximum number of removals, causes, connections and differences in one answer.
pub(super) const MOST_NAMED: usize = 50;

pub(super) fn is_wanted(row: &Row, args: &PeopleArgs) -> bool {
    let state = serde_json::to_value(row.state).unwrap_or_default();
    let is_state = args.state.as_ref().is_none_or(|it| state == it.as_str());
    let is_cause = args.cause.as_ref().is_none_or(|cause| {
        let reason = row.trouble.as_ref().map_or("", |it| it.reason.as_str());
        reason.contains(cause) || without_ids(reason).contains(cause)
    });
    is_state && is_cause
}

fn states<'a>(rows: impl Iterator<Item = &'a Row>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        let state = serde_json::to_value(row.state).unwrap_or_default();
        let state = state.as_str().unwrap_or_default().to_owned();
        *counts.entry(state).or_default() += 1;
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
    people: BTreeMap<String, usize>,
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

pub(super) fn projects(report: &Report) -> Vec<Project> {
    let mut all: BTreeMap<ProjectId, Vec<OwnLink>> = BTreeMap::new();
    for row in &report.access {
        all.entry(row.project.clone()).or_default();
    }
    for connection in &report.connections {
        for link in connection.links.iter().filter(|it| !it.removed) {
            let Some(project) = &link.project else {
                continue;
            };
            all.entry(project.clone()).or_default().push(OwnLink {
                connection: connection.name.clone(),
                link: link.id.clone(),
                job: link.job.clone(),
                project_name: link.project_name.clone(),
                managed: link.managed,
            });
        }
    }
    let project = |(project, links): (ProjectId, Vec<OwnLink>)| {
        let rows = report.access.iter().filter(|row| row.project == project);
        Project {
            people: states(rows),
            project,
            links,
        }
    };
    all.into_iter().map(project).collect()
}

/// A contract of a trainer on a project.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contract {
    contract: String,
    trainer: String,
    project: String,
    connection: ConnectionName,
    link: String,
    pub(super) state: String,
    /// Why it is over; none while it is not.
    over_because: Option<Value>,
    /// Why the project may not be used.
    not_allowed: Option<String>,
}

impl Contract {
    pub(super) fn key(&self) -> String {
        format!("{}/{}/{}", self.connection, self.contract, self.link)
    }
}

pub(super) fn contracts(report: &Report) -> Vec<Contract> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for row in &report.access {
        for hire in &row.because {
            let (state, over_because) = standing(hire.standing);
            let contract = Contract {
                contract: hire.contract.as_str().to_owned(),
                trainer: row.trainer.as_str().to_owned(),
                project: row.project.as_str().to_owned(),
                connection: hire.connection.clone(),
                link: hire.link.as_str().to_owned(),
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

/// The name of a state, and why a contract is over.
fn standing(standing: Entitlement) -> (String, Option<Value>) {
    match serde_json::to_value(standing).unwrap_or_default() {
        Value::String(name) => (name, None),
        Value::Object(members) => ("over".to_owned(), members.into_iter().next().map(|it| it.1)),
        _ => (String::new(), None),
    }
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

/// Rows with a key of their time and of their number at that time.
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

pub(super) fn connection(name: &str) -> Result<ConnectionName, CliError> {
    ConnectionName::parse(name).map_err(|error| CliError::Usage(error.to_string()))
}

pub(super) fn time(text: &str) -> Result<Timestamp, CliError> {
    text.parse().map_err(|_| {
        CliError::Usage(format!(
            "`since` is no time: `{text}`. Write it such as 2026-06-12T10:00:00Z"
        ))
    })
}

pub(super) fn day(name: &str, text: &str) -> Result<Date, CliError> {
    text.parse().map_err(|_| {
        CliError::Usage(format!(
            "`{name}` is no day: `{text}`. Write it such as 2026-06-12"
        ))
    })
}
