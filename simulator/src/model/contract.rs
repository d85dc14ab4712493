//! Contracts: hiring, funding and ending.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    budget::Budget,
    milestone::{Milestone, MilestoneStatus},
    usage::{Row, UsageRow},
};
use crate::kit::clock::iso;

/// Status of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ContractStatus {
    /// Hired.
    Active,
    /// Ended.
    Ended,
}

impl ContractStatus {
    pub(crate) const NAMES: [&'static str; 2] = ["active", "ended"];

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "active" => Some(Self::Active),
            "ended" => Some(Self::Ended),
            _ => None,
        }
    }
}

/// A contract, for inspection.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractView {
    /// The id.
    pub id: String,
    /// Status of the contract.
    pub status: ContractStatus,
    /// Its job.
    pub job_id: String,
    /// The hired trainer.
    pub trainer_id: Option<String>,
    /// The state of its budget.
    pub budget: Budget,
}

pub(crate) struct Contract {
    pub(crate) id: String,
    pub(crate) job_id: String,
    pub(crate) trainer_id: Option<String>,
    pub(crate) started: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) milestones: Vec<Milestone>,
    pub(crate) usage: BTreeMap<(String, Date), Row>,
    pub(crate) last_usage: Option<Timestamp>,
    /// Seconds in OpenTrain's own time tracker.
    pub(crate) tracked: u64,
}

impl Contract {
    pub(crate) fn new(id: String, job_id: &str, trainer_id: Option<&str>, now: Timestamp) -> Self {
        Self {
            id,
            job_id: job_id.to_owned(),
            trainer_id: trainer_id.map(str::to_owned),
            started: now,
            ended: None,
            milestones: Vec::new(),
            usage: BTreeMap::new(),
            last_usage: None,
            tracked: 0,
        }
    }

    pub(crate) fn status(&self) -> ContractStatus {
        match self.ended {
            None => ContractStatus::Active,
            Some(_) => ContractStatus::Ended,
        }
    }

    /// The members that the API and the events have in common.
    pub(crate) fn body(&self, title: &str) -> Value {
        json!({
            "id": self.id,
            "status": self.status(),
            "title": title,
            "jobId": self.job_id,
            "startDate": iso(self.started),
            "endDate": self.ended.map(iso),
        })
    }

    /// The funded milestone that was added last.
    pub(crate) fn active_milestone(&self) -> Option<&Milestone> {
        let mut milestones = self.milestones.iter().rev();
        milestones.find(|own| own.status == MilestoneStatus::ActiveFunded)
    }

    /// The stored day totals, by worker and day.
    pub(crate) fn usage_rows(&self) -> Vec<UsageRow> {
        let row = |((worker, day), row): (&(String, Date), &Row)| UsageRow {
            worker: worker.clone(),
            day: *day,
            seconds: row.seconds,
            tasks: row.tasks,
            labels: row.labels,
        };
        self.usage.iter().map(row).collect()
    }

    pub(crate) fn created_at(&self) -> String {
        iso(self.started)
    }
}
