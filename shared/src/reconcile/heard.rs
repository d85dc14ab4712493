//! The present state of a connection at OpenTrain.

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
    /// Its install, and the time before the request.
    pub install: Option<(Install, Timestamp)>,
    /// Whether OpenTrain refuses the token.
    pub refused: bool,
    /// Whether OpenTrain has refused the token for an hour, or the token belongs to another organisation.
    pub refused_long: bool,
    /// Whether the token belongs to another organisation than the connection.
    pub foreign: bool,
    /// The links in the list.
    pub links: Vec<Link>,
    /// Whether the list of links is complete. Only then does the absence of a link count.
    pub links_listed: bool,
    /// The ledger's links of this install that are not in the list, and for which OpenTrain itself answers 404.
    pub gone: BTreeSet<LinkId>,
    /// The ledger's links that belong to an earlier install, if that is not recorded yet.
    pub earlier: BTreeSet<LinkId>,
    /// The contracts of each readable link.
    pub rosters: Vec<Roster>,
    /// Participants of contracts that are in the ledger.
    pub restated: Vec<Restated>,
    /// The last trainer whose details were requested; `None` if all were.
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
    /// Time before the first request.
    pub asked_at: Timestamp,
    /// The contracts that run, with their first day.
    pub active: BTreeMap<ContractId, Option<Date>>,
    /// Whether this list is complete. Only then does the absence of a contract count.
    pub complete: bool,
    /// The listed contracts that have ended, with their last day.
    pub ended: BTreeMap<ContractId, Option<Date>>,
    /// Whether an ended contract may be missing from that list.
    pub ended_list: EndedList,
    /// First days of contracts that have ended.
    pub first_days: BTreeMap<ContractId, Date>,
    /// Participants of the contracts that are not in the ledger: those that run, and while the ledger is young also
    /// those that have ended.
    pub people: BTreeMap<ContractId, Vec<Participant>>,
}

/// A participant of a contract that is in the ledger.
#[derive(Debug, Clone)]
pub struct Restated {
    /// The contract.
    pub contract: ContractId,
    /// Time before the request.
    pub asked_at: Timestamp,
    /// The participant.
    pub participant: Participant,
}

/// Meaning of a contract's absence from the list of ended contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedList {
    /// The list is complete, so the contract has not ended.
    Whole,
    /// The list is full, so the contract may have ended long ago.
    Full,
    /// An entry could not be read, so the absence means nothing.
    Unreadable,
}

impl Heard {
    /// An empty state.
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
            self.problem(list, format!("{line}. The other elements were processed, and absences from this list do not count; report it to OpenTrain"));
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
