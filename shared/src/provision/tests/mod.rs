//! The pure rules, as values.

mod merging;
mod planning;

use jiff::Timestamp;

use super::fact::{ContractFact, Source};
use crate::connection::ConnectionName;
use crate::ids::{ContractId, ProjectId, TrainerId};
use crate::ledger::{Hire, HireStatus};
use crate::person::Participant;

/// Second `s` of the story.
fn at(s: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + s).unwrap()
}

fn participant() -> Participant {
    Participant {
        opentrain_user_id: TrainerId::from("usr_1"),
        display_name: None,
        country: None,
        profile_url: None,
        work_email: None,
    }
}

/// A fact that an event of this id told, in the second of its id.
fn told(id: i64, status: HireStatus) -> ContractFact {
    ContractFact {
        source: Source::Event {
            id: id.to_string().as_str().into(),
            created_at: Some(at(id)),
        },
        ..seen(0, status)
    }
}

/// A fact that the API told, asked at second `s`.
fn seen(s: i64, status: HireStatus) -> ContractFact {
    ContractFact {
        connection: ConnectionName::single(),
        contract: ContractId::from("ctr_1"),
        link: "link_1".into(),
        project: ProjectId::from("streets"),
        managed: false,
        participant: participant(),
        first_day: None,
        status,
        source: Source::Api { asked_at: at(s) },
    }
}

/// What is left of merging facts, each a second after the one before.
fn merged(facts: &[ContractFact]) -> Option<Hire> {
    facts.iter().zip(100..).fold(None, |hire, (fact, s)| {
        super::merge::hire(hire.clone(), fact, at(s)).or(hire)
    })
}
