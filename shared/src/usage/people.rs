//! The people whose work a run looks at.

use std::collections::{BTreeMap, BTreeSet};

use super::attribution::Spell;
use super::group::At;
use super::report::Skip;
use super::run::Run;
use crate::ids::{ContractId, TrainerId};
use crate::ledger::{Hire, Hired, LedgerError, Link};
use crate::tool::Window;

/// A person, and all of their hires: also contracts that are not asked for may own a day.
pub(super) struct Person {
    pub(super) id: TrainerId,
    pub(super) spells: Vec<Spell>,
}

impl Person {
    /// The contracts that are live on a day of the window.
    pub(super) fn contracts(&self, window: Window) -> BTreeSet<&ContractId> {
        let met = self.spells.iter().filter(|spell| spell.meets(window));
        met.map(|spell| &spell.contract).collect()
    }

    /// A contract's hires, at all links.
    pub(super) fn hires(&self, contract: &ContractId) -> impl Iterator<Item = &Spell> {
        self.spells
            .iter()
            .filter(move |spell| spell.contract == *contract)
    }

    /// The install that a contract is reported through; or why there is none.
    pub(super) fn way(&self, contract: &ContractId) -> Result<Hired, Skip> {
        let open = self.hires(contract).filter(|spell| spell.barred.is_none());
        match open.map(|spell| &spell.connection).min() {
            Some(connection) => Ok(Hired {
                connection: connection.clone(),
                contract: contract.clone(),
                worker: self.id.clone(),
            }),
            None => Err(self
                .hires(contract)
                .find_map(|it| it.barred)
                .unwrap_or(Skip::NotServed)),
        }
    }

    /// Whether a contract came through one of these links.
    pub(super) fn is_hired_at(&self, links: &[At], contract: &ContractId) -> bool {
        let at = |spell: &Spell| {
            links
                .iter()
                .any(|(c, l)| *c == spell.connection && *l == spell.link)
        };
        self.hires(contract).any(at)
    }
}

impl Run<'_> {
    /// Everybody who was ever hired through one of the links.
    pub(super) async fn roster(&self, links: &[At]) -> Result<BTreeSet<TrainerId>, LedgerError> {
        let mut roster = BTreeSet::new();
        for (connection, link) in links {
            roster.extend(self.reporter.ledger.roster(connection, link).await?);
        }
        Ok(roster)
    }

    /// The person, if a contract of theirs at one of the group's links is live on a day of the window.
    pub(super) async fn person(
        &self,
        id: &TrainerId,
        group: &[At],
        links: &BTreeMap<At, Link>,
    ) -> Option<Person> {
        let trainer = self.note(self.reporter.ledger.trainer(id).await)?;
        let link = |hire: &Hire| links.get(&(hire.connection.clone(), hire.link.clone()));
        let spells = trainer
            .hires
            .iter()
            .map(|hire| self.spell(hire, link(hire)))
            .collect();
        let person = Person {
            id: id.clone(),
            spells,
        };
        let contracts = person.contracts(self.bounds.window);
        let met = contracts
            .into_iter()
            .any(|it| person.is_hired_at(group, it));
        met.then_some(person)
    }

    /// The person of these hires.
    pub(super) async fn whole(
        &self,
        id: &TrainerId,
        hires: &[Hire],
    ) -> Result<Person, LedgerError> {
        let mut spells = Vec::with_capacity(hires.len());
        for hire in hires {
            let link = self
                .reporter
                .ledger
                .link(&hire.connection, &hire.link)
                .await?;
            spells.push(self.spell(hire, link.as_ref()));
        }
        Ok(Person {
            id: id.clone(),
            spells,
        })
    }

    /// A hire's days, and whether anything can be reported through it. `MANAGED_ADAPTER` is no bar: it
    /// says who lets people in, and their work counts all the same.
    fn spell(&self, hire: &Hire, link: Option<&Link>) -> Spell {
        let barred = if self.connections.contains_key(&hire.connection) {
            self.revoked
                .contains(&hire.connection)
                .then_some(Skip::InstallRevoked)
        } else {
            Some(Skip::NotServed)
        };
        Spell::of(hire, link, barred)
    }
}
