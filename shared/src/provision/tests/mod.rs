//! The pure rules, as values.

mod identities;
mod merging;
mod planning;

use jiff::Timestamp;

use super::fact::{ContractFact, HirePlace, Source};
use crate::ledger::{
    Entitlement, Environment, HireStatus, Install, InstallStatus, Policy, Trainer, Why, entitlement,
};
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, ProjectId, TrainerId};
use crate::model::person::Participant;

/// Second `s` of the story.
fn at(s: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + s).unwrap()
}

fn participant() -> Participant {
    Participant::unknown(TrainerId::from("usr_1"))
}

/// A fact that an event of this id stated, in the second of its id.
fn told(id: i64, status: HireStatus) -> ContractFact {
    ContractFact {
        source: Source::Event {
            id: id.to_string().as_str().into(),
            created_at: Some(at(id)),
        },
        ..seen(0, status)
    }
}

/// A fact that the API returned, asked at second `s`.
fn seen(s: i64, status: HireStatus) -> ContractFact {
    ContractFact {
        connection: ConnectionName::default(),
        contract: ContractId::from("ctr_1"),
        place: Some(HirePlace {
            link: "link_1".into(),
            project: ProjectId::from("streets"),
            managed: false,
        }),
        participant: participant(),
        first_day: None,
        last_day: None,
        status,
        source: Source::Api { asked_at: at(s) },
    }
}

/// The connection's install is known: events are ordered by id.
fn connected() -> Environment {
    let install = Install {
        id: Some("ins_1".into()),
        status: InstallStatus::Active,
        at: at(0),
        organization: None,
        refused: false,
        excluded: false,
        disconnected: false,
    };
    Environment {
        installs: [(ConnectionName::default(), install)].into(),
        ..Environment::default()
    }
}

/// The document after merging facts, each a second after the one before.
fn merged(facts: &[ContractFact]) -> Trainer {
    let merge = |trainer: Trainer, (fact, s): (&ContractFact, i64)| {
        let facts = std::slice::from_ref(fact);
        super::merge::trainer(&trainer, facts, &connected(), at(s)).trainer
    };
    facts.iter().zip(100..).fold(Trainer::default(), merge)
}

/// Whether the one hire of a document runs.
fn status(trainer: &Trainer) -> HireStatus {
    let environment = Environment::default();
    match entitlement(trainer, &trainer.hires[0], &environment, &Policy::default()) {
        Entitlement::Live => HireStatus::Active,
        Entitlement::Over(Why::ContractEnded) => HireStatus::Ended,
        other => panic!("{other:?}"),
    }
}
