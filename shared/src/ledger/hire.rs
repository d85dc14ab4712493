//! A hire: one contract of one trainer, seen through one project link; and the end of a contract.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Source, Stamp};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::ids::{ContractId, LinkId, ProjectId, TrainerId};

/// The ledger has known a hire since its start if the start event was merged within this time.
const PROMPT: Duration = Duration::from_secs(3600);

/// One contract at one link, as OpenTrain stated it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hire {
    /// The connection that it belongs to.
    pub connection: ConnectionName,
    /// The contract.
    pub contract: ContractId,
    /// The link that ties the contract's job to the project.
    pub link: LinkId,
    /// The hired person.
    pub trainer: TrainerId,
    /// The project in the tool.
    pub project: ProjectId,
    /// OpenTrain provisions this link's people itself (`MANAGED_ADAPTER`); the bridge leaves them alone.
    pub managed: bool,
    /// The newest fact that the contract runs; none when only its end is known.
    pub start: Option<Stamp>,
    /// When the contract became active, as far as is known.
    pub started_at: Option<Timestamp>,
    /// The start was old when it arrived, and its contract was unknown: it grants nothing until the API
    /// has listed the contract as active.
    pub unconfirmed: bool,
    /// The project belonged to another organisation when the contract started, so the hire gave no access.
    pub barred: bool,
    /// The contract's first day, where OpenTrain stated it.
    pub first_day: Option<Date>,
}

/// Names a contract of one connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContractKey {
    /// The connection.
    pub connection: ConnectionName,
    /// The contract.
    pub contract: ContractId,
}

/// The end of a contract. It belongs to the contract, not to one of its hires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractEnd {
    /// The newest fact that the contract ended.
    pub stamp: Stamp,
    /// Its last day, where OpenTrain stated it.
    pub last_day: Option<Date>,
}

/// Whether a contract runs, as a fact states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HireStatus {
    /// It runs.
    Active,
    /// It has ended.
    Ended,
}

impl ContractEnd {
    /// The last UTC day whose work belongs to the contract: the earlier of its end date and the day on which it ended.
    pub fn last_day_of_work(&self) -> Date {
        let told = self.stamp.happened_at().to_zoned(TimeZone::UTC).date();
        self.last_day.map_or(told, |last| last.min(told))
    }
}

impl Hire {
    /// The contract.
    pub fn key(&self) -> ContractKey {
        ContractKey {
            connection: self.connection.clone(),
            contract: self.contract.clone(),
        }
    }

    /// Whether `end` ends this hire: the start is not known to be newer.
    pub fn is_ended_by(&self, end: &ContractEnd) -> bool {
        let start = self.start.as_ref();
        !start.is_some_and(|start| start.is_newer_than(&end.stamp))
    }

    /// Whether both are the same contract of the same trainer at the same link of the same connection.
    pub fn is_same_as(&self, other: &Self) -> bool {
        (&self.connection, &self.contract, &self.link, &self.trainer)
            == (
                &other.connection,
                &other.contract,
                &other.link,
                &other.trainer,
            )
    }
    /// Whether this ledger has known the hire since its start.
    pub fn is_witnessed(&self) -> bool {
        let Some(start) = &self.start else {
            return false;
        };
        let happened_at = match start.source {
            Source::Event { created_at, .. } => created_at,
            // A list has confirmed the event, which happened before.
            Source::Api { .. } => self.started_at.filter(|it| *it < start.happened_at()),
            Source::Operator { .. } => None,
        };
        happened_at.is_some_and(|at| start.merged_at <= after(at, PROMPT))
    }
}
