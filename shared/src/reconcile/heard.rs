//! The present state of a connection at OpenTrain, as a value.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::findings::{Note, Problem};
use crate::ledger::Link;
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, EndpointId, LinkId, TrainerId};
use crate::model::json::UnreadableElements;
use crate::model::person::Participant;
use crate::opentrain::{Install, WebhookEndpoint};

/// The present state of one connection at OpenTrain. A request that failed leaves its part empty and adds a problem.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The connection.
    pub connection: ConnectionName,
    /// Its install, and the moment before it was asked for.
    pub install: Option<(Install, Timestamp)>,
    /// OpenTrain refuses the token.
    pub refused: bool,
    /// It has refused it for an hour, or the token belongs to another organisation.
    pub refused_long: bool,
    /// The token belongs to another organisation than the connection.
    pub foreign: bool,
    /// The links that there are.
    pub links: Vec<Link>,
    /// The list of links is complete: that it lacks a link has a meaning.
    pub links_listed: bool,
    /// The ledger's links of this install that the list lacks, and that OpenTrain itself answers 404 for.
    pub gone: BTreeSet<LinkId>,
    /// The ledger's links that an earlier install made, where that was not noted yet.
    pub earlier: BTreeSet<LinkId>,
    /// The contracts of each link that could be read.
    pub rosters: Vec<Roster>,
    /// Participants of contracts that the ledger knows.
    pub restated: Vec<Restated>,
    /// Up to which trainer they were asked for, where they are too many for one run.
    pub emails_until: Option<TrainerId>,
    /// The webhook endpoints.
    pub endpoints: Option<Vec<WebhookEndpoint>>,
    /// Webhook endpoints that are disabled while no other one is active.
    pub disabled: BTreeSet<EndpointId>,
    /// Requests that failed, and faults that an operator has to fix.
    pub problems: Vec<Problem>,
    /// Notes for the operator.
    pub notes: Vec<Note>,
}

/// The contracts of one link.
#[derive(Debug, Clone)]
pub struct Roster {
    /// The link.
    pub link: Link,
    /// The moment before the first question.
    pub asked_at: Timestamp,
    /// The contracts that run, with their first day.
    pub active: BTreeMap<ContractId, Option<Date>>,
    /// Whether those are all: only then does it mean anything that one is missing.
    pub complete: bool,
    /// Contracts that have ended, as far as they are listed, with their last day.
    pub ended: BTreeMap<ContractId, Option<Date>>,
    /// Whether a contract that ended may be missing from that list.
    pub ended_list: EndedList,
    /// First days of contracts that have ended.
    pub first_days: BTreeMap<ContractId, Date>,
    /// The people of the contracts that the ledger does not know: those that run, and while the ledger is young those
    /// that have ended.
    pub people: BTreeMap<ContractId, Vec<Participant>>,
}

/// A participant of a contract that the ledger knows.
#[derive(Debug, Clone)]
pub struct Restated {
    /// The contract.
    pub contract: ContractId,
    /// The moment before the participant was asked for.
    pub asked_at: Timestamp,
    /// The participant.
    pub participant: Participant,
}

/// Meaning of a contract's absence from the list of ended contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedList {
    /// The list is complete: the contract has not ended.
    Whole,
    /// The list is full: the contract may have ended long ago.
    Full,
    /// An entry could not be read: nothing.
    Unreadable,
}

impl Heard {
    /// Nothing yet.
    pub(super) fn nothing(connection: ConnectionName) -> Self {
        Self {
            connection,
            install: None,
            refused: false,
            refused_long: false,
            foreign: false,
            links: Vec::new(),
            links_listed: false,
            gone: BTreeSet::new(),
            earlier: BTreeSet::new(),
            rosters: Vec::new(),
            restated: Vec::new(),
            emails_until: None,
            endpoints: None,
            disabled: BTreeSet::new(),
            problems: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn problem(&mut self, about: impl Into<String>, reason: impl ToString) {
        self.problems.push(Problem {
            connection: Some(self.connection.clone()),
            about: about.into(),
            reason: reason.to_string(),
        });
    }

    /// Names the elements of a list that could not be read.
    pub(super) fn unreadable(&mut self, list: &str, elements: &UnreadableElements) {
        for line in elements.lines() {
            self.problem(list, format!("{line}. The other elements were processed, and nothing follows from what is missing here; report it to OpenTrain"));
        }
    }

    pub(super) fn note(&mut self, about: impl Into<String>, text: impl Into<String>) {
        self.notes.push(Note {
            connection: Some(self.connection.clone()),
            about: about.into(),
            text: text.into(),
        });
    }
}
