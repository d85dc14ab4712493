//! The people whose work a job reports.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::attribution::{Spell, owned};
use super::context::Context;
use super::days::HireDays;
use super::options::{earlier, utc_day};
use super::plan::At;
use super::report::{Report, Skip};
use crate::clock::after;
use crate::ids::{ContractId, MemberId, ProjectId, TrainerId};
use crate::ledger::{
    AccessState, Environment, Hire, Hired, LedgerError, Owned, Parts, Trainer, UsageRow,
    unknown_project,
};
use crate::tool::{Gaps, Worker};

/// What reaches a tool this long after the end of a contract still belongs to it.
pub(super) const GRACE: Duration = Duration::from_secs(15 * 60);

/// A person whose work is reported.
pub(super) struct Person {
    pub(super) id: TrainerId,
    /// The tool's own ids of their accounts.
    pub(super) accounts: Vec<MemberId>,
    /// All of their hires: also contracts that are not asked for may own a day.
    pub(super) spells: Vec<Spell>,
    /// The contracts whose days a job covers, also those that have nothing to be read.
    pub(super) contracts: Vec<Contract>,
    /// The projects that they are in, and since when.
    pub(super) granted: BTreeMap<ProjectId, Timestamp>,
}

/// One of a person's contracts.
pub(super) struct Contract {
    pub(super) of: Hired,
    /// Why nothing can be reported, if nothing can.
    pub(super) barred: Option<Skip>,
    /// When it was over at every link; none while it runs.
    pub(super) over_at: Option<Timestamp>,
    /// Whether the run is to report it.
    pub(super) is_asked: bool,
    pub(super) row: Option<UsageRow>,
    pub(super) owned: BTreeSet<Owned>,
    pub(super) days: HireDays,
}

impl Contract {
    /// What OpenTrain holds of a day, or may hold.
    pub(super) fn held(&self, day: Date) -> Option<&Parts> {
        self.row.as_ref()?.held(day)
    }

    /// Whether the run can change what OpenTrain holds of a day.
    pub(super) fn can_change(&self, day: Date) -> bool {
        self.is_asked && self.barred.is_none() && self.days.hold(day)
    }

    /// The projects whose days have to be read.
    pub(super) fn projects_read(&self) -> BTreeSet<&ProjectId> {
        let days = &self.days;
        let is_read = |it: &&Owned| {
            days.windows().any(|window| {
                it.from.is_none_or(|from| from <= window.to)
                    && it.to.is_none_or(|to| window.from <= to)
            })
        };
        let owned = self.owned.iter().filter(is_read).map(|it| &it.project);
        let rows = self.row.iter();
        let held = rows.flat_map(|row| row.days.iter().chain(&row.sending));
        let held = held.filter(|(day, _)| days.hold(**day));
        let held = held.flat_map(|(_, parts)| parts.keys());
        let known = |it: &&ProjectId| !it.as_str().is_empty();
        owned.chain(held).filter(known).collect()
    }
}

impl Person {
    /// The names that the tool may know them under.
    pub(super) fn workers(&self) -> impl Iterator<Item = Worker> + '_ {
        let accounts = self.accounts.iter().cloned().map(Worker::Member);
        [Worker::Trainer(self.id.clone())]
            .into_iter()
            .chain(accounts)
    }

    /// Whether anything of theirs is to be read.
    pub(super) fn is_due(&self) -> bool {
        let mut contracts = self.contracts.iter();
        contracts.any(|it| it.is_asked && it.days.is_due())
    }

    /// Whether OpenTrain lets them into a project itself, at every hire.
    pub(super) fn is_managed(&self, project: &ProjectId) -> bool {
        let mut here = self.spells.iter().filter(|it| it.project == *project);
        here.all(|spell| spell.managed)
    }

    /// Adds the times in which the person had no contract at a project, after the first one had ended.
    pub(super) fn add_gaps(&self, project: &ProjectId, gaps: &mut Gaps) {
        let mut here: Vec<_> = self.spells.iter().collect();
        here.retain(|it| it.project == *project && it.allowed);
        here.sort_by_key(|it| it.started_at);
        let mut over = Some(Timestamp::MIN);
        for spell in here {
            let (Some(until), started) = (over, spell.started_at) else {
                return;
            };
            if let Some(started) = started.filter(|it| *it > until && until > Timestamp::MIN) {
                self.workers()
                    .for_each(|worker| gaps.add(worker, until, started));
            }
            over = spell.over_at.map(|at| after(at, GRACE).max(until));
        }
        if let Some(until) = over.filter(|it| *it > Timestamp::MIN) {
            self.workers()
                .for_each(|worker| gaps.add(worker, until, Timestamp::MAX));
        }
    }

    /// The install that a contract is reported through, or why there is none.
    fn way(
        spells: &[Spell],
        contract: &ContractId,
        worker: &TrainerId,
    ) -> Option<(Hired, Option<Skip>)> {
        let hires = || spells.iter().filter(|it| it.contract == *contract);
        let open = hires().filter(|spell| spell.barred.is_none());
        let barred = hires().find_map(|it| it.barred);
        let of = |spell: &Spell| Hired {
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
    let mut people = Vec::new();
    for (id, trainer) in documents.trainers {
        let trainer = ctx.reporter.ledger.with_closed(&id, trainer).await?;
        people.push(person(ctx, links, id, &trainer));
    }
    rows(ctx, &mut people, &mut report).await?;
    Ok((people, report))
}

/// A person by a document that the caller has read.
pub(super) async fn known(
    ctx: &Context<'_>,
    links: &[At],
    id: &TrainerId,
    trainer: &Trainer,
) -> Result<(Vec<Person>, Report), LedgerError> {
    let mut report = ctx.blank();
    let mut people = vec![person(ctx, links, id.clone(), trainer)];
    rows(ctx, &mut people, &mut report).await?;
    Ok((people, report))
}

fn person(ctx: &Context<'_>, links: &[At], id: TrainerId, trainer: &Trainer) -> Person {
    let hires = trainer.hires.iter();
    let spells: Vec<_> = hires.map(|hire| spell(ctx, trainer, hire)).collect();
    let here = |it: &&Spell| {
        links
            .iter()
            .any(|(connection, link)| *connection == it.connection && *link == it.link)
    };
    // Of days that are too old to be read, those that were never closed are still to be named.
    let oldest = ctx.keep_from;
    let contracts: BTreeSet<_> = spells.iter().filter(here).map(|it| &it.contract).collect();
    let is_recent = |contract: &&ContractId| {
        let mut own = spells.iter().filter(|it| it.contract == **contract);
        own.any(|it| is_recent(it, oldest))
    };
    let is_at_link = |contract: &ContractId| {
        let mut own = spells.iter().filter(|it| it.contract == *contract);
        let link = ctx.options.link.as_ref();
        link.is_none_or(|link| own.any(|it| it.link == *link))
    };
    let contract = |contract: &ContractId| {
        let (of, barred) = Person::way(&spells, contract, &id)?;
        Some(Contract {
            over_at: over_at(&spells, contract),
            is_asked: ctx.options.asks_for(&of) && is_at_link(contract),
            of,
            barred,
            row: None,
            owned: owned(&spells, contract),
            days: HireDays::default(),
        })
    };
    let contracts = contracts.into_iter().filter(is_recent);
    Person {
        accounts: trainer.member.accounts.clone(),
        contracts: contracts.filter_map(contract).collect(),
        granted: granted(trainer),
        id,
        spells,
    }
}

/// When a contract was over at every link; none while it runs.
fn over_at(spells: &[Spell], contract: &ContractId) -> Option<Timestamp> {
    let own = spells.iter().filter(|it| it.contract == *contract);
    let over: Option<Vec<_>> = own.map(|it| it.over_at).collect();
    over?.into_iter().max()
}

/// Whether a contract may have days that are not closed: it was live then, or what is known of it is new.
fn is_recent(spell: &Spell, oldest: Date) -> bool {
    let stated = spell.stated_at.map(utc_day);
    let is_live = spell.last.is_none_or(|last| oldest <= last);
    is_live || stated.is_some_and(|stated| earlier(oldest, 1) <= stated)
}

/// The projects that a person is in, and since when.
pub(super) fn granted(trainer: &Trainer) -> BTreeMap<ProjectId, Timestamp> {
    let access = trainer.access.values();
    let granted = access.filter(|it| it.state == AccessState::Granted);
    granted.map(|it| (it.project.clone(), it.at)).collect()
}

/// A hire's days, and whether anything can be reported through it. `MANAGED_ADAPTER` is no bar: it
/// states who grants access, and the work counts all the same.
fn spell(ctx: &Context<'_>, trainer: &Trainer, hire: &Hire) -> Spell {
    let environment: &Environment = &ctx.environment;
    let barred = match ctx.connections.contains_key(&hire.connection) {
        true => environment
            .is_install_gone(hire)
            .then_some(Skip::InstallRevoked),
        false => Some(Skip::NotServed),
    };
    Spell::of(trainer, hire, environment, barred)
}

/// Reads the contracts' rows, and what is to be read because of them.
async fn rows(
    ctx: &Context<'_>,
    people: &mut [Person],
    report: &mut Report,
) -> Result<(), LedgerError> {
    let contracts = people.iter().flat_map(|person| &person.contracts);
    let of: Vec<Hired> = contracts.map(|it| it.of.clone()).collect();
    let rows = ctx.reporter.ledger.usages(&of).await?;
    let mut rows: HashMap<Hired, Result<Option<UsageRow>, LedgerError>> =
        of.into_iter().zip(rows).collect();
    for person in people {
        let mut contracts = std::mem::take(&mut person.contracts);
        contracts.retain_mut(|contract| match rows.remove(&contract.of) {
            Some(Ok(row)) => {
                contract.row = row.map(|row| named(row, &contract.owned));
                contract.days = HireDays::of(&contract.owned, contract.row.as_ref(), ctx.bounds);
                true
            }
            Some(Err(error)) => {
                *report.troubles.entry(error.to_string()).or_default() += 1;
                false
            }
            None => false,
        });
        person.contracts = contracts;
    }
    Ok(())
}

/// Days of the first form are of the contract's project, where it has but one.
fn named(mut row: UsageRow, owned: &BTreeSet<Owned>) -> UsageRow {
    let projects: BTreeSet<_> = owned.iter().map(|it| &it.project).collect();
    let mut projects = projects.into_iter();
    let (Some(project), None) = (projects.next(), projects.next()) else {
        return row;
    };
    for parts in row.days.values_mut() {
        if let Some(measures) = parts.remove(&unknown_project()) {
            parts.insert(project.clone(), measures);
        }
    }
    row
}
