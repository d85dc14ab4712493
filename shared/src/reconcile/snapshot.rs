//! Snapshot of the ledger. It is read once, before the requests to OpenTrain, so that facts that are merged meanwhile
//! are newer than OpenTrain's answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::ledger::{
    ContractKey, Entitlement, Environment, Hire, Ledger, LedgerError, Link, Looks, Policy, Trainer,
    entitlements,
};
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, LinkId, ProjectId, TrainerId};

/// A hire: its trainer, and its position among the trainer's hires.
type Place = (TrainerId, usize);

/// Snapshot of the ledger.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Every trainer.
    pub trainers: BTreeMap<TrainerId, Trainer>,
    /// Trainers whose document cannot be read, with the reason. They are not changed.
    pub unreadable: BTreeMap<TrainerId, String>,
    /// Links and installs of the reconciled connections, and of all connections of the trainers' hires.
    pub environment: Environment,
    /// Earlier looks at missing entries of the lists.
    pub looks: BTreeMap<ConnectionName, Looks>,
    /// Contracts that ended; only read if a connection's ledger is so young that contracts may have ended before it.
    ended: BTreeSet<ContractKey>,
    by_link: BTreeMap<(ConnectionName, LinkId), Vec<Place>>,
    by_contract: BTreeMap<ContractId, Vec<Place>>,
}

impl Snapshot {
    /// Reads the ledger. The result always contains these connections.
    pub(super) async fn read(
        ledger: &Ledger,
        mut names: BTreeSet<ConnectionName>,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let mut ids = BTreeSet::new();
        for name in &names {
            let roster = ledger.roster(name).await?;
            ids.extend(roster.into_iter().map(|row| row.trainer));
        }
        let mut looks = BTreeMap::new();
        for name in &names {
            looks.insert(name.clone(), ledger.looks(name).await?);
        }
        let documents = ledger.documents(&ids).await?;
        let trainers = documents.trainers;
        let ended = match looks.values().any(|looks: &Looks| looks.is_young(now)) {
            true => ended(ledger, &trainers).await?,
            false => BTreeSet::new(),
        };
        let hires = trainers.values().flat_map(|trainer| &trainer.hires);
        names.extend(hires.map(|hire| hire.connection.clone()));
        let environment = ledger.environment_of_connections(&names).await?;
        let by_link = index(&trainers, |hire| {
            (hire.connection.clone(), hire.link.clone())
        });
        let by_contract = index(&trainers, |hire| hire.contract.clone());
        Ok(Self {
            trainers,
            unreadable: documents.unreadable,
            environment,
            looks,
            ended,
            by_link,
            by_contract,
        })
    }

    /// The part of the snapshot with only these trainers.
    pub(super) fn only(&self, ids: &BTreeSet<TrainerId>) -> Self {
        let own = self.trainers.iter().filter(|(id, _)| ids.contains(*id));
        Self {
            trainers: own.map(|(id, it)| (id.clone(), it.clone())).collect(),
            environment: self.environment.clone(),
            ..Self::default()
        }
    }

    /// Earlier looks at missing entries of a connection's lists.
    pub(super) fn looks_of(&self, connection: &ConnectionName) -> Looks {
        self.looks.get(connection).cloned().unwrap_or_default()
    }

    /// A project that is linked.
    pub(super) fn any_project(&self) -> Option<&ProjectId> {
        let links = self.environment.links.values();
        links
            .filter(|link| !link.removed && !link.managed)
            .find_map(|link| link.project.as_ref())
    }

    /// One link.
    pub(super) fn link(&self, connection: &ConnectionName, link: &LinkId) -> Option<&Link> {
        self.environment.link(connection, link)
    }

    /// Whether the ledger has a hire as ended.
    pub(super) fn has_ended(&self, hire: &Hire) -> bool {
        let trainer = self.trainers.get(&hire.trainer);
        let end = trainer.and_then(|trainer| self.environment.end_of(trainer, hire));
        hire.start.is_none() || end.is_some()
    }

    /// Whether neither a name nor an address of the trainer is known.
    pub(super) fn is_nameless(&self, trainer: &TrainerId) -> bool {
        let member = self.trainers.get(trainer).map(|it| &it.member);
        member.is_some_and(|it| it.display_name.is_none() && it.emails.is_empty())
    }

    /// The links of one connection.
    pub(super) fn links_of(&self, connection: &ConnectionName) -> impl Iterator<Item = &Link> {
        let own = self
            .environment
            .links
            .iter()
            .filter(move |((name, _), _)| name == connection);
        own.map(|(_, link)| link)
    }

    /// The hires that came through a link.
    pub(super) fn hires_of(
        &self,
        connection: &ConnectionName,
        link: &LinkId,
    ) -> impl Iterator<Item = &Hire> {
        self.pick(self.by_link.get(&(connection.clone(), link.clone())))
    }

    /// Whether an ended contract is not in the ledger, and the ledger is so young that the contract may have ended
    /// before it was created.
    pub(super) fn lacks_ended(
        &self,
        connection: &ConnectionName,
        contract: &ContractId,
        now: Timestamp,
    ) -> bool {
        let end = ContractKey {
            connection: connection.clone(),
            contract: contract.clone(),
        };
        self.looks_of(connection).is_young(now)
            && !self.ended.contains(&end)
            && self.hires_on(connection, contract).next().is_none()
    }

    /// The hires of a contract, at all links of the connection.
    pub(super) fn hires_on(
        &self,
        connection: &ConnectionName,
        contract: &ContractId,
    ) -> impl Iterator<Item = &Hire> {
        let (hires, own) = (
            self.pick(self.by_contract.get(contract)),
            connection.clone(),
        );
        hires.filter(move |hire| hire.connection == own)
    }

    /// The hires of all connections that end if this connection states the end of a contract.
    pub(super) fn hires_covered_by(
        &self,
        connection: &ConnectionName,
        contract: &ContractId,
    ) -> impl Iterator<Item = &Hire> {
        let end = ContractKey {
            connection: connection.clone(),
            contract: contract.clone(),
        };
        let hires = self.pick(self.by_contract.get(contract));
        hires.filter(move |hire| self.environment.covers(&end, hire))
    }

    fn pick<'a>(&'a self, places: Option<&'a Vec<Place>>) -> impl Iterator<Item = &'a Hire> {
        let places = places.into_iter().flatten();
        places.map(|(trainer, index)| &self.trainers[trainer].hires[*index])
    }

    /// The entitlements of a trainer's hires, in their order.
    pub(super) fn entitlements(&self, trainer: &Trainer, policy: &Policy) -> Vec<Entitlement> {
        entitlements(trainer, &self.environment, policy)
    }
}

/// The contracts that ended, including those in the trainers' second items.
async fn ended(
    ledger: &Ledger,
    trainers: &BTreeMap<TrainerId, Trainer>,
) -> Result<BTreeSet<ContractKey>, LedgerError> {
    let mut ended = BTreeSet::new();
    for (id, trainer) in trainers {
        ended.extend(trainer.ends.keys().cloned());
        if trainer.has_closed {
            ended.extend(ledger.closed(id).await?.ends.into_keys());
        }
    }
    Ok(ended)
}

fn index<K: Ord>(
    trainers: &BTreeMap<TrainerId, Trainer>,
    key: impl Fn(&Hire) -> K,
) -> BTreeMap<K, Vec<Place>> {
    let mut places: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (id, trainer) in trainers {
        for (index, hire) in trainer.hires.iter().enumerate() {
            let place = (id.clone(), index);
            places.entry(key(hire)).or_default().push(place);
        }
    }
    places
}
