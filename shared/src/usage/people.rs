//! The people whose work a job reports.

mod access;
mod contract;
mod rows;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use self::access::entered;
pub(super) use self::access::granted;
pub(super) use self::contract::Contract;
use self::contract::over_at;
use self::rows::rows;
use super::attribution::{HirePeriod, owned};
use super::context::Context;
use super::days::{Facts, HireDays};
use super::options::earlier;
use super::plan::At;
use super::report::{Report, Skip};
use crate::ledger::{Environment, Hire, Hired, LedgerError, Trainer};
use crate::model::clock::{after, day_of};
use crate::model::ids::{ContractId, ProjectId, TrainerId};
use crate::tool::{Gaps, Worker};

/// Work that reaches the tool within this time after the end of a contract still belongs to it.
pub(super) const GRACE: Duration = Duration::from_secs(15 * 60);

/// A person whose work is reported.
pub(super) struct Person {
    pub(super) id: TrainerId,
    /// The ids under which the tool may report the person's work.
    pub(super) workers: Vec<Worker>,
    /// All hires of the person. Contracts that were not requested may own a day too.
    pub(super) spells: Vec<HirePeriod>,
    /// The contracts whose days a job covers, even without days to read, and all contracts for which OpenTrain may have
    /// work on the same projects.
    pub(super) contracts: Vec<Contract>,
    /// The projects to which the person has access, with the time of the grant.
    pub(super) granted: BTreeMap<ProjectId, Timestamp>,
    /// The projects to which the person has or had access, or an invitation.
    pub(super) entered: BTreeSet<ProjectId>,
}

impl Person {
    /// A contract at all of its installs.
    fn hired(&self, contract: &ContractId) -> impl Iterator<Item = Hired> + use<> {
        let own = self.spells.iter().filter(|it| it.contract == *contract);
        let connections: BTreeSet<_> = own.map(|it| it.connection.clone()).collect();
        let (contract, worker) = (contract.clone(), self.id.clone());
        connections.into_iter().map(move |connection| Hired {
            connection,
            contract: contract.clone(),
            worker: worker.clone(),
        })
    }

    /// Whether any of the person's days have to be read.
    pub(super) fn is_due(&self) -> bool {
        let mut contracts = self.contracts.iter();
        contracts.any(|it| it.is_asked && it.days.is_due())
    }

    /// Whether OpenTrain itself grants access to the project, at every hire.
    pub(super) fn is_managed(&self, project: &ProjectId) -> bool {
        let mut here = self.spells.iter().filter(|it| it.project == *project);
        here.all(|spell| spell.managed)
    }

    /// Adds the times in which the person had no contract at a project, after the first one had ended. A contract that
    /// had ended before it started opens none.
    pub(super) fn add_gaps(&self, project: &ProjectId, gaps: &mut Gaps) {
        let mut here: Vec<_> = self.spells.iter().collect();
        here.retain(|it| it.project == *project && it.allowed && it.has_run());
        here.sort_by_key(|it| it.started_at);
        let mut over = Some(Timestamp::MIN);
        for spell in here {
            let (Some(until), started) = (over, spell.started_at) else {
                return;
            };
            if let Some(started) = started.filter(|it| *it > until && until > Timestamp::MIN) {
                let workers = self.workers.iter().cloned();
                workers.for_each(|worker| gaps.add(worker, until, started));
            }
            over = spell.over_at.map(|at| after(at, GRACE).max(until));
        }
        if let Some(until) = over.filter(|it| *it > Timestamp::MIN) {
            let workers = self.workers.iter().cloned();
            workers.for_each(|worker| gaps.add(worker, until, Timestamp::MAX));
        }
    }

    /// The install through which a contract is reported, with the reason if it can't be.
    fn way(
        spells: &[HirePeriod],
        contract: &ContractId,
        worker: &TrainerId,
    ) -> Option<(Hired, Option<Skip>)> {
        let hires = || spells.iter().filter(|it| it.contract == *contract);
        let open = hires().filter(|spell| spell.barred.is_none());
        let barred = hires().find_map(|it| it.barred);
        let of = |spell: &HirePeriod| Hired {
            connection: spell.connection.clone(),
            contract: contract.clone(),
            worker: worker.clone(),
        };
        match open.map(of).min() {
            Some(of) => Some((of, None)),
            None => Some((hires().map(of).min()?, barred)),
        }
    }
}

/// The workers of some people.
pub(super) fn workers(people: &[Person]) -> HashSet<Worker> {
    let workers = people.iter().flat_map(|person| &person.workers);
    workers.cloned().collect()
}

/// The people of some links, with the contracts that the job covers.
pub(super) async fn people(
    ctx: &Context<'_>,
    links: &[At],
    ids: &BTreeSet<TrainerId>,
) -> Result<(Vec<Person>, Report), LedgerError> {
    let mut report = ctx.blank();
    let documents = ctx.reporter.ledger.documents(ids).await?;
    for reason in documents.unreadable.into_values() {
        *report.troubles.entry(reason).or_default() += 1;
    }
    let mut trainers = Vec::new();
    for (id, trainer) in documents.trainers {
        let trainer = ctx.reporter.ledger.with_closed(&id, trainer).await?;
        trainers.push((id, trainer));
    }
    let environment = environment(ctx, &trainers).await?;
    let people = trainers.into_iter();
    let people = people.map(|(id, trainer)| person(ctx, &environment, links, id, &trainer));
    let mut people: Vec<_> = people.collect();
    rows(ctx, &mut people, &mut report, !ctx.options.dry_run).await?;
    Ok((people, report))
}

/// The environment with the links and installs of all hires, including those of connections that are not set up here or
/// that the job does not cover.
async fn environment<'a>(
    ctx: &'a Context<'_>,
    trainers: &[(TrainerId, Trainer)],
) -> Result<Cow<'a, Environment>, LedgerError> {
    let hires = trainers.iter().flat_map(|(_, trainer)| &trainer.hires);
    let is_unknown = |hire: &&Hire| {
        let links = &ctx.environment.links;
        !links.contains_key(&(hire.connection.clone(), hire.link.clone()))
    };
    let unknown: Vec<&Hire> = hires.filter(is_unknown).collect();
    if unknown.is_empty() {
        return Ok(Cow::Borrowed(&ctx.environment));
    }
    let ledger = &ctx.reporter.ledger;
    let more = ledger.environment(&BTreeSet::new(), &unknown).await?;
    let mut all = ctx.environment.clone();
    for name in more.connections() {
        let Some(known) = ctx.connections.get(name) else {
            continue;
        };
        let own = known.projects.clone();
        let allowed = own.map(|own| (name.clone(), own));
        all.projects.allowed.extend(allowed);
        if let Some(served) = &mut all.projects.served {
            served.insert(name.clone());
        }
    }
    all.links.extend(more.links);
    all.installs.extend(more.installs);
    Ok(Cow::Owned(all))
}

/// The person of a document that the caller has read.
pub(super) async fn known(
    ctx: &Context<'_>,
    links: &[At],
    id: &TrainerId,
    trainer: &Trainer,
) -> Result<(Vec<Person>, Report), LedgerError> {
    let mut report = ctx.blank();
    let environment = &ctx.environment;
    let mut people = vec![person(ctx, environment, links, id.clone(), trainer)];
    rows(ctx, &mut people, &mut report, false).await?;
    Ok((people, report))
}

fn person(
    ctx: &Context<'_>,
    environment: &Environment,
    links: &[At],
    id: TrainerId,
    trainer: &Trainer,
) -> Person {
    let hires = trainer.hires.iter();
    let spells: Vec<_> = hires
        .map(|hire| spell(ctx, environment, trainer, hire))
        .collect();
    if spells.iter().any(|it| ctx.options.means(&it.contract, &id)) {
        ctx.is_met.store(true, Ordering::Relaxed);
    }
    let accounts = trainer.member.accounts.iter().cloned().map(Worker::Member);
    Person {
        workers: std::iter::once(Worker::Trainer(id.clone()))
            .chain(accounts)
            .collect(),
        contracts: contracts(ctx, links, &id, &spells),
        granted: granted(trainer),
        entered: entered(trainer),
        id,
        spells,
    }
}

/// The contracts at the projects of these links that may have days to report.
fn contracts(
    ctx: &Context<'_>,
    links: &[At],
    id: &TrainerId,
    spells: &[HirePeriod],
) -> Vec<Contract> {
    let here = |it: &&HirePeriod| {
        links
            .iter()
            .any(|(connection, link)| *connection == it.connection && *link == it.link)
    };
    // Days that were never closed and are too old to be read still have to be marked as lost.
    let oldest = ctx.keep_from;
    let own: BTreeSet<_> = spells.iter().filter(here).map(|it| &it.contract).collect();
    let projects: BTreeSet<_> = spells.iter().filter(here).map(|it| &it.project).collect();
    // Includes connections that are not set up here, because OpenTrain may have work for them.
    let holders = spells.iter().filter(|it| projects.contains(&it.project));
    let contracts: BTreeSet<_> = holders.map(|it| &it.contract).collect();
    let of = |contract: &ContractId| {
        let contract = contract.clone();
        spells.iter().filter(move |it| it.contract == contract)
    };
    let is_recent = |contract: &&ContractId| of(contract).any(|it| is_recent(it, oldest));
    let is_at_link = |contract: &ContractId| {
        let link = ctx.options.link.as_ref();
        link.is_none_or(|link| of(contract).any(|it| it.link == *link))
    };
    let contract = |contract: &ContractId| {
        let (of, barred) = Person::way(spells, contract, id)?;
        let is_covered = own.contains(contract) || barred == Some(Skip::NotServed);
        Some(Contract {
            over_at: over_at(spells, contract),
            facts: Facts::of(spells, contract),
            is_asked: is_covered && ctx.options.asks_for(&of) && is_at_link(contract),
            is_unreadable: false,
            of,
            barred,
            row: None,
            stored: None,
            owned: owned(spells, contract),
            days: HireDays::default(),
        })
    };
    let contracts = contracts.into_iter().filter(is_recent);
    contracts.filter_map(contract).collect()
}

/// Whether a contract may have days that are not closed: it was live since `oldest`, or a fact about it is new.
fn is_recent(spell: &HirePeriod, oldest: Date) -> bool {
    let stated = spell.stated_at.map(day_of);
    let is_live = spell.last.is_none_or(|last| oldest <= last);
    is_live || stated.is_some_and(|stated| earlier(oldest, 1) <= stated)
}

/// A hire's period, and whether work can be reported through it. It can with `MANAGED_ADAPTER`, which only determines
/// who grants access.
fn spell(
    ctx: &Context<'_>,
    environment: &Environment,
    trainer: &Trainer,
    hire: &Hire,
) -> HirePeriod {
    let barred = match ctx.connections.contains_key(&hire.connection) {
        true => environment
            .is_install_gone(hire)
            .then_some(Skip::InstallRevoked),
        false => Some(Skip::NotServed),
    };
    HirePeriod::of(trainer, hire, environment, barred)
}
