//! Requests to the tool, by project. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::days::Bounds;
use super::people::{Contract, Person};
use crate::model::ids::ProjectId;
use crate::tool::{Gaps, Window};

/// Requests by project.
#[derive(Default, Clone)]
pub(super) struct Questions(BTreeMap<ProjectId, Question>);

/// The request for one project.
#[derive(Clone)]
pub(super) struct Question {
    recent: Option<Window>,
    /// All older days that a contract needs.
    older: Option<Window>,
    /// Whether OpenTrain itself grants access to the project, which may then be in another tool.
    pub(super) managed: bool,
    /// Whether to look for deletions, past any cache.
    pub(super) fresh: bool,
    pub(super) gaps: Gaps,
}

impl Question {
    pub(super) fn windows(&self) -> impl Iterator<Item = Window> {
        self.recent.into_iter().chain(self.older)
    }

    fn covers(&self, other: &Self, now: Timestamp) -> bool {
        let holds = |window: Window| self.windows().any(|own| own.covers(window));
        let is_fresh = self.fresh || !other.fresh;
        other.windows().all(holds) && is_fresh && self.gaps.cover(&other.gaps, now)
    }

    fn join(&mut self, other: &Self) {
        self.recent = self.recent.or(other.recent);
        self.older = joined(self.older, other.older);
        self.managed &= other.managed;
        self.fresh |= other.fresh;
        self.gaps.extend(&other.gaps);
    }
}

fn joined(one: Option<Window>, other: Option<Window>) -> Option<Window> {
    one.into_iter().chain(other).reduce(Window::with)
}

impl Questions {
    /// The requests for the people's contracts that are due.
    pub(super) fn of(people: &[Person], bounds: Bounds) -> Self {
        let mut contracts: BTreeMap<&ProjectId, Vec<&Contract>> = BTreeMap::new();
        let mut at: BTreeMap<&ProjectId, Vec<&Person>> = BTreeMap::new();
        for person in people {
            let due = person.contracts.iter();
            for contract in due.filter(|it| it.is_asked && it.days.is_due()) {
                for project in contract.projects_read() {
                    contracts.entry(project).or_default().push(contract);
                }
            }
            let projects: BTreeSet<_> = person.spells.iter().map(|it| &it.project).collect();
            for project in projects {
                at.entry(project).or_default().push(person);
            }
        }
        let question = |(project, contracts): (&ProjectId, Vec<&Contract>)| {
            let people = at.get(project).map(Vec::as_slice).unwrap_or_default();
            let question = question(project, people, &contracts, bounds);
            (project.clone(), question)
        };
        Self(contracts.into_iter().map(question).collect())
    }

    pub(super) fn projects(&self) -> impl Iterator<Item = &ProjectId> {
        self.0.keys()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&ProjectId, &Question)> {
        self.0.iter()
    }

    /// Whether an answer to these requests also answers `others`.
    pub(super) fn cover(&self, others: &Self, now: Timestamp) -> bool {
        let mut others = others.iter();
        others.all(|(project, it)| self.0.get(project).is_some_and(|own| own.covers(it, now)))
    }

    /// Adds the requests of `others`.
    pub(super) fn join(&mut self, others: &Self) {
        for (project, other) in others.iter() {
            let own = self.0.entry(project.clone());
            own.or_insert_with(|| other.clone()).join(other);
        }
    }
}

fn question(
    project: &ProjectId,
    people: &[&Person],
    contracts: &[&Contract],
    bounds: Bounds,
) -> Question {
    let mut gaps = Gaps::default();
    for person in people {
        person.add_gaps(project, &mut gaps);
    }
    let older = contracts.iter().filter_map(|it| it.days.older);
    let mut rows = contracts.iter().filter_map(|it| it.row.as_ref());
    let is_recent = contracts.iter().any(|it| it.days.recent.is_some());
    Question {
        recent: is_recent.then(|| bounds.recent()),
        older: older.reduce(Window::with),
        managed: people.iter().all(|it| it.is_managed(project)),
        fresh: rows.any(|row| row.missing.iter().any(|it| it.project == *project)),
        gaps,
    }
}
