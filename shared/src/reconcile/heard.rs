//! What OpenTrain says now, as a value.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::outcome::{Note, Problem};
use crate::connection::ConnectionName;
use crate::http::UnreadableElements;
use crate::ids::{ContractId, LinkId};
use crate::ledger::Link;
use crate::opentrain::{Install, WebhookEndpoint};
use crate::person::Participant;

/// What OpenTrain says of one connection. What could not be asked is absent, and a problem.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The connection.
    pub connection: ConnectionName,
    /// Its install, and the moment before it was asked for.
    pub install: Option<(Install, Timestamp)>,
    /// The links that there are.
    pub links: Vec<Link>,
    /// The ledger's links of this install that are gone: the list lacks them, and asked for one by one
    /// they are unknown.
    pub gone: BTreeSet<LinkId>,
    /// The ledger's links that an earlier install made, where that was not noted yet.
    pub earlier: BTreeSet<LinkId>,
    /// Who works on them, for each link that could be asked about.
    pub rosters: Vec<Roster>,
    /// The webhook endpoints.
    pub endpoints: Option<Vec<WebhookEndpoint>>,
    /// What could not be asked, or has to be mended by an operator.
    pub problems: Vec<Problem>,
    /// What is worth knowing.
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
    /// Contracts that have ended, as far as they are listed.
    pub ended: BTreeSet<ContractId>,
    /// The people of those contracts that run and that the ledger doesn't know.
    pub people: BTreeMap<ContractId, Vec<Participant>>,
}

impl Heard {
    /// Nothing yet.
    pub(super) fn nothing(connection: ConnectionName) -> Self {
        Self {
            connection,
            install: None,
            links: Vec::new(),
            gone: BTreeSet::new(),
            earlier: BTreeSet::new(),
            rosters: Vec::new(),
            endpoints: None,
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
