//! The people whose work a run looks at.

use std::collections::{BTreeMap, BTreeSet};

use super::attribution::Spell;
use super::group::At;
use super::report::Skip;
use super::run::Run;
use crate::ids::{ContractId, MemberId, ProjectId, TrainerId};
use crate::ledger::{Hire, Hired, InstallStatus, LedgerError, Link};
use crate::tool::{Window, Worker};

/// A person whose work is to be reported.
pub(super) struct Person {
    pub(super) id: TrainerId,
    /// The tool's own id for them, if we know it.
    member: Option<MemberId>,
    /// All of their hires: also contracts that are not asked for may own a day.
    pub(super) spells: Vec<Spell>,
    /// The contracts that are asked for: live on a day of the window.
    pub(super) contracts: BTreeSet<ContractId>,
}

impl Person {
    /// The person with those contracts that are live in the window at one of the hires `wanted`, or have
    /// such a hire beside the live one.
    fn new(
        id: TrainerId,
        member: Option<MemberId>,
        spells: Vec<Spell>,
        window: Window,
        wanted: impl Fn(&Spell) -> bool,
    ) -> Self {
        let asked: BTreeSet<_> = spells
            .iter()
            .filter(|it| wanted(it))
            .map(|it| &it.contract)
            .collect();
        let met = spells
            .iter()
            .filter(|it| it.meets(window) && asked.contains(&it.contract));
        let contracts = met.map(|spell| spell.contract.clone()).collect();
        Self {
            id,
            member,
            spells,
            contracts,
        }
    }

    /// The names that the tool may know them under.
    pub(super) fn workers(&self) -> impl Iterator<Item = Worker> + '_ {
        let member = self.member.clone().map(Worker::Member);
        [Worker::Trainer(self.id.clone())].into_iter().chain(member)
    }

    /// The install that a contract is reported through; or why there is none.
    pub(super) fn way(&self, contract: &ContractId) -> Result<Hired, Skip> {
        let hires = || {
            self.spells
                .iter()
                .filter(|spell| spell.contract == *contract)
        };
        let open = hires().filter(|spell| spell.barred.is_none());
        match open.map(|spell| &spell.connection).min() {
            Some(connection) => Ok(Hired {
                connection: connection.clone(),
                contract: contract.clone(),
                worker: self.id.clone(),
            }),
            None => Err(hires().find_map(|it| it.barred).unwrap_or(Skip::NotServed)),
        }
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

    /// The person, with the contracts at the group's links that are live on a day of the window.
    pub(super) async fn person(
        &self,
        id: TrainerId,
        group: &[At],
        links: &BTreeMap<At, Link>,
    ) -> Option<Person> {
        let trainer = self.note(self.reporter.ledger.trainer(&id).await)?;
        let link = |hire: &Hire| links.get(&(hire.connection.clone(), hire.link.clone()));
        let spells = trainer
            .hires
            .iter()
            .map(|hire| self.spell(hire, link(hire)))
            .collect();
        let here = |spell: &Spell| {
            group
                .iter()
                .any(|(c, l)| *c == spell.connection && *l == spell.link)
        };
        let member = trainer.member.member;
        Some(Person::new(id, member, spells, self.bounds.window, here))
    }

    /// The person of these hires, with the contracts that a project is worked on for.
    pub(super) async fn person_at(
        &self,
        project: &ProjectId,
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
        let member = self.reporter.ledger.trainer(id).await?.member.member;
        let (id, window) = (id.clone(), self.bounds.window);
        let here = |spell: &Spell| spell.project == *project;
        Ok(Person::new(id, member, spells, window, here))
    }

    /// A hire's days, and whether anything can be reported through it. `MANAGED_ADAPTER` is no bar: it
    /// says who lets people in, and their work counts all the same.
    fn spell(&self, hire: &Hire, link: Option<&Link>) -> Spell {
        let install = self.installs.get(&hire.connection);
        // After a reconnect the link's own install is gone, though the connection has a live one again.
        let revoked = install.is_some_and(|it| it.status == InstallStatus::Revoked)
            || link.is_some_and(|link| link.is_anothers(install));
        let barred = match self.connections.contains_key(&hire.connection) {
            true => revoked.then_some(Skip::InstallRevoked),
            false => Some(Skip::NotServed),
        };
        Spell::of(hire, link, barred)
    }
}
