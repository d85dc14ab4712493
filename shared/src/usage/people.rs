//! The people whose work a run looks at.

use std::collections::BTreeSet;

use super::attribution::Spell;
use super::group::At;
use super::report::Skip;
use super::run::Run;
use crate::ids::{ContractId, MemberId, ProjectId, TrainerId};
use crate::ledger::{Hire, Hired, Trainer};
use crate::tool::{Window, Worker};

/// A person whose work is to be reported.
pub(super) struct Person {
    pub(super) id: TrainerId,
    /// The tool's own ids of their accounts.
    accounts: Vec<MemberId>,
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
        accounts: Vec<MemberId>,
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
            accounts,
            spells,
            contracts,
        }
    }

    /// The names that the tool may know them under.
    pub(super) fn workers(&self) -> impl Iterator<Item = Worker> + '_ {
        let accounts = self.accounts.iter().cloned().map(Worker::Member);
        [Worker::Trainer(self.id.clone())]
            .into_iter()
            .chain(accounts)
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
    /// The trainers who were ever hired through one of the links.
    pub(super) fn roster(&self, links: &[At]) -> BTreeSet<TrainerId> {
        let rosters = links.iter().filter_map(|link| self.rosters.get(link));
        rosters.flatten().cloned().collect()
    }

    /// The person, with the contracts at the group's links that are live on a day of the window.
    pub(super) async fn person(&self, id: TrainerId, group: &[At]) -> Option<Person> {
        let trainer = self.note(self.reporter.ledger.trainer_with_closed(&id).await)?;
        let here = |spell: &Spell| {
            group
                .iter()
                .any(|(c, l)| *c == spell.connection && *l == spell.link)
        };
        Some(self.person_of(id, &trainer, here))
    }

    /// The person of this document, with the contracts that a project is worked on for.
    pub(super) fn person_at(
        &self,
        project: &ProjectId,
        id: &TrainerId,
        trainer: &Trainer,
    ) -> Person {
        self.person_of(id.clone(), trainer, |spell| spell.project == *project)
    }

    fn person_of(
        &self,
        id: TrainerId,
        trainer: &Trainer,
        wanted: impl Fn(&Spell) -> bool,
    ) -> Person {
        let spells = trainer.hires.iter().map(|hire| self.spell(trainer, hire));
        let accounts = trainer.member.accounts.clone();
        Person::new(id, accounts, spells.collect(), self.bounds.window, wanted)
    }

    /// A hire's days, and whether anything can be reported through it. `MANAGED_ADAPTER` is no bar: it
    /// states who grants access, and the work counts all the same.
    fn spell(&self, trainer: &Trainer, hire: &Hire) -> Spell {
        let revoked = self.environment.is_install_gone(hire);
        let barred = match self.connections.contains_key(&hire.connection) {
            true => revoked.then_some(Skip::InstallRevoked),
            false => Some(Skip::NotServed),
        };
        Spell::of(trainer, hire, &self.environment, barred)
    }
}
