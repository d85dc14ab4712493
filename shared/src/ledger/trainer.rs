//! All that decides one trainer's access.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::audit::Head;
use super::{Access, Attempt, ContractEnd, ContractKey, Environment, Expect, Hire, Member, Stamp};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::ids::ProjectId;

/// One trainer's document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trainer {
    /// Every contract at every link, except the closed contracts in the second item.
    pub hires: Vec<Hire>,
    /// The ends of contracts, even if their start is not known.
    pub ends: BTreeMap<ContractKey, ContractEnd>,
    /// The person.
    pub member: Member,
    /// Access by project.
    pub access: BTreeMap<ProjectId, Access>,
    /// Due work in the tool.
    pub due: Option<Due>,
    /// The attempt that converges the trainer now.
    pub lease: Option<Lease>,
    /// Some closed contracts are kept in the trainer's second item.
    pub has_closed: bool,
    /// The newest row of the trainer's audit record.
    pub audit: Option<Head>,
    /// Fields of a later version, kept as they are.
    pub unknown: Map<String, Value>,
}

/// Result of a write, on which the next write of the document is based.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The condition of the next write.
    pub expect: Expect,
    /// The newest audit row that the stored document names.
    pub audit: Option<Head>,
}

impl Stored {
    pub(super) fn of(version: u64, trainer: &Trainer) -> Self {
        Self {
            expect: Expect::Version(version),
            audit: trainer.audit.clone(),
        }
    }
}

/// Work on a trainer's access that is not done yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// When it is tried again.
    #[serde(rename = "a")]
    pub at: Timestamp,
    /// Since when it has been due.
    #[serde(rename = "s")]
    pub since: Timestamp,
    /// Number of tries that failed.
    #[serde(rename = "n", default)]
    pub tries: u32,
    /// Names the one wake-up that counts; a wake-up with another token is dropped.
    #[serde(rename = "k")]
    pub token: u32,
    /// The mark (`mark_of`) of the message whose attempt stored this and sends the wake-up. If that attempt
    /// ends before it sends the wake-up, a repeat of the message sends it. 0: no message.
    #[serde(
        rename = "b",
        default,
        skip_serializing_if = "crate::model::is_default"
    )]
    pub by: u32,
}

/// The right to converge a trainer, for one attempt and a limited time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The message that is processed.
    #[serde(rename = "m")]
    pub message: String,
    /// Its receive count.
    #[serde(rename = "n")]
    pub receive: u32,
    /// When the lease ends by itself.
    #[serde(rename = "u")]
    pub until: Timestamp,
}

impl Lease {
    /// Whether the lease is this attempt's.
    pub fn is_held_by(&self, attempt: &Attempt) -> bool {
        self.message == attempt.message && self.receive == attempt.receive
    }

    /// Whether `attempt` must not work on the trainer. An expired lease stops no attempt. A running lease yields only
    /// to a newer receive of its message.
    pub fn holds_off(&self, attempt: &Attempt, now: Timestamp) -> bool {
        // A lease that ends this far in the future was written while a clock was wrong.
        let is_live = now < self.until && self.until <= after(now, LONGEST_LEASE * 2);
        let taken_over = self.message == attempt.message && self.receive < attempt.receive;
        is_live && !taken_over
    }
}

/// The longest lease: the time of one message and of one call to the tool.
pub const LONGEST_LEASE: std::time::Duration = std::time::Duration::from_secs(90);

impl Trainer {
    /// The projects that a hire or an access names.
    pub fn projects(&self) -> BTreeSet<&ProjectId> {
        let hires = self.hires.iter().map(|hire| &hire.project);
        hires.chain(self.access.keys()).collect()
    }

    /// The connections whose links and installs decide about the trainer.
    pub fn connections(&self) -> BTreeSet<&ConnectionName> {
        let hires = self.hires.iter().map(|hire| &hire.connection);
        hires
            .chain(self.ends.keys().map(|key| &key.connection))
            .collect()
    }

    /// Takes over the hires and ends of `other`. If both have the same one, the newer fact counts.
    pub(super) fn take_contracts_of(&mut self, other: &Self) {
        for theirs in &other.hires {
            match self.hires.iter_mut().find(|ours| ours.is_same_as(theirs)) {
                Some(ours) if is_newer(ours.start.as_ref(), theirs.start.as_ref()) => {}
                Some(ours) => *ours = theirs.clone(),
                None => self.hires.push(theirs.clone()),
            }
        }
        for (key, theirs) in &other.ends {
            let ours = self.ends.get(key).map(|end| &end.stamp);
            if !is_newer(ours, Some(&theirs.stamp)) {
                self.ends.insert(key.clone(), theirs.clone());
            }
        }
    }

    /// Takes over the access of `other` where it is newer.
    pub(super) fn take_access_of(&mut self, other: &Self) {
        for (project, theirs) in &other.access {
            let ours = self.access.get(project);
            if ours.is_none_or(|ours| ours.at < theirs.at) {
                self.access.insert(project.clone(), theirs.clone());
            }
        }
    }

    /// Number of contracts of a connection that are not over.
    pub fn open_contracts(&self, environment: &Environment, connection: &ConnectionName) -> usize {
        let own = self.hires.iter().filter(|it| it.connection == *connection);
        let open = own.filter(|hire| environment.closing_of(self, hire).is_none());
        open.map(|hire| &hire.contract)
            .collect::<BTreeSet<_>>()
            .len()
    }
}

/// Whether the first of two facts is known to be newer.
fn is_newer(ours: Option<&Stamp>, theirs: Option<&Stamp>) -> bool {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => ours.is_newer_than(theirs),
        (ours, None) => ours.is_some(),
        (None, Some(_)) => false,
    }
}
