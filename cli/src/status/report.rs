//! Report of `bridge status`. Its fields are the JSON output.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use shared::ledger::{AlertKind, Install, LastRun, Link, Quarantined};
use shared::model::ConnectionName;
use shared::model::ids::TrainerId;
use shared::queue::{DeadLetter, Depth};

use super::cause::Attention;
use super::hand_over::HandOver;
use super::row::Row;
use super::usage::{LastReport, UsageTrouble};

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
    /// Why stored connections can't be read. The projects that they may use are unknown.
    pub unread_connections: Vec<String>,
    /// Alerts that are open, from the last reconcile and the last usage run. Empty on a stack, whose functions record
    /// none, and with `--trainer` or `--project`.
    pub alerts: Vec<Alert>,
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

/// A condition that a job has recorded.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Alert {
    /// `token-refused`, `removals-held`, `endpoint-disabled`, `orphaned-access` or `usage-lost`.
    #[serde(serialize_with = "name")]
    #[schemars(with = "String")]
    pub kind: AlertKind,
    /// Objects with this condition, such as `webhook endpoint whk_1` or `usr_1 in project 42`.
    pub subjects: BTreeSet<String>,
}

fn name<S: Serializer>(kind: &AlertKind, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(kind.name())
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ConnectionReport {
    pub name: ConnectionName,
    pub install: Option<Install>,
    pub links: Vec<Link>,
    /// Deliveries that were accepted but cannot be parsed.
    pub quarantined: Vec<Quarantined>,
}
