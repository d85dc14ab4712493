//! Divides a run into independent jobs that can run concurrently. Pure except for [`Reporter::plan`].
//!
//! Links that share a job of OpenTrain share contracts, whose totals are added up over the links. Links that share a
//! project share its totals and people, also across connections. Links that are connected in either way form one set.
//! Within a job, a project's totals are read once and are dropped from memory when the job is done. A set usually has
//! one job of OpenTrain, one link and one project. Small sets are processed together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::days::MOST_DAYS;
use super::gone::{end_failures, unlinked};
use super::options::earlier;
use super::report::UsageError;
use super::{Options, Reporter};
use crate::ledger::{Environment, LedgerError, Link, ProjectUsage};
use crate::model::ConnectionName;
use crate::model::clock::day_of;
use crate::model::ids::{JobId, LinkId, ProjectId, TrainerId};

/// A link, and the connection it belongs to.
pub type At = (ConnectionName, LinkId);

/// Maximum number of people of one job. Small sets of projects are packed together up to this number.
const PEOPLE_PER_JOB: usize = 400;

/// Maximum number of people that the message of a job names. If there are more, the roster is read again. A message of
/// SQS has room for 10,000 ids of 24 characters.
const MOST_NAMED: usize = 5_000;

/// A part of a run: sets of projects whose work no other part reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageJob {
    /// The sets.
    pub sets: Vec<JobSet>,
}

/// Links whose projects belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobSet {
    /// The links.
    pub links: Vec<At>,
    /// The trainers who were ever hired through one of them; `None` if there are too many to name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trainers: Option<BTreeSet<TrainerId>>,
}

/// The sets of one run, with the environment that they were planned from.
pub(super) struct Plan {
    pub(super) environment: Environment,
    pub(super) sets: Vec<Set>,
}

/// Links whose projects belong together, and the people who were ever hired through them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    pub(super) links: Vec<At>,
    pub(super) trainers: BTreeSet<TrainerId>,
}

impl Reporter {
    /// Plans a run: jobs that workers run concurrently, each with [`job`](Self::job). A run is whole if all its jobs
    /// are. Connections that can't be read are omitted; [`Notices::catch_up_all`] reports them.
    ///
    /// [`Notices::catch_up_all`]: crate::notice::Notices::catch_up_all
    ///
    /// # Errors
    /// If the options can't be met, or the ledger can't be read.
    pub async fn plan(&self, options: &Options) -> Result<Vec<UsageJob>, UsageError> {
        let (names, _) = self.names(options).await?;
        Ok(packed(self.sets(options, &names).await?.sets))
    }

    /// The connections that can be read, and the faults of the others. Fails if the requested connection cannot be
    /// read.
    pub(super) async fn names(
        &self,
        options: &Options,
    ) -> Result<(BTreeSet<ConnectionName>, Vec<String>), UsageError> {
        let listed = self.connections.list().await?;
        let names: BTreeSet<_> = listed
            .connections
            .iter()
            .map(|it| it.name.clone())
            .collect();
        let Some(name) = &options.connection else {
            return Ok((names, listed.faults));
        };
        // Fails with the reason if this connection cannot be read.
        match self.connections.find(name).await? {
            Some(_) => Ok((names, Vec::new())),
            None => Err(UsageError::UnknownConnection(name.unknown(&names))),
        }
    }

    /// The requested sets of links. Sets whose projects have never failed come first.
    pub(super) async fn sets(
        &self,
        options: &Options,
        names: &BTreeSet<ConnectionName>,
    ) -> Result<Plan, UsageError> {
        let today = day_of(self.clock.now());
        let asked = options.window(today)?;
        let oldest = earlier(today, MOST_DAYS);
        let oldest = asked.map_or(oldest, |asked| asked.from.min(oldest));
        let environment = self.ledger.environment_of_connections(names).await?;
        let rosters = self.rosters(names).await?;
        // A removed link counts for the days before its removal, because a contract's total is the sum of all its
        // projects.
        let links = environment.links.iter();
        let met = links.filter(|(_, it)| !it.removed || day_of(it.at) >= oldest);
        let is_asked = |links: &Vec<At>| links.iter().any(|(name, _)| options.asks_through(name));
        let sets = sets(met).into_iter().filter(is_asked).map(|links| {
            let trainers = links.iter().filter_map(|at| rosters.get(at));
            let trainers = trainers.flatten().cloned().collect();
            Set { links, trainers }
        });
        let mut sets: Vec<_> = sets.collect();
        if options.is_for_all() && !options.dry_run {
            let mut idle = unlinked(&environment);
            for set in &sets {
                idle = &idle - &set.projects(&environment);
            }
            end_failures(&self.ledger, idle).await?;
        }
        self.rotate(&environment, &mut sets).await?;
        Ok(Plan { environment, sets })
    }

    /// Moves sets whose projects have failed to the end, least recently tried first. Begins with another set each time,
    /// so that slow projects do not always delay the same sets.
    async fn rotate(&self, environment: &Environment, sets: &mut [Set]) -> Result<(), LedgerError> {
        let links = environment.links.values();
        let projects: BTreeSet<_> = links.filter_map(|it| it.project.clone()).collect();
        let projects: Vec<_> = projects.into_iter().collect();
        let usages = self.ledger.project_usages(&projects).await?;
        let failing = |usage: ProjectUsage| usage.failing.map(|failing| failing.at);
        let tried: HashMap<_, _> = projects
            .into_iter()
            .zip(usages.into_iter().map(failing))
            .collect();
        let minute = self.clock.now().as_second() / 60;
        let first = usize::try_from(minute).unwrap_or_default() % sets.len().max(1);
        sets.rotate_left(first);
        sets.sort_by_key(|set| {
            let projects = set.projects(environment);
            projects
                .iter()
                .filter_map(|it| tried.get(it).copied().flatten())
                .max()
        });
        Ok(())
    }

    async fn rosters(
        &self,
        names: &BTreeSet<ConnectionName>,
    ) -> Result<BTreeMap<At, BTreeSet<TrainerId>>, LedgerError> {
        let mut rosters: BTreeMap<At, BTreeSet<TrainerId>> = BTreeMap::new();
        for name in names {
            for row in self.ledger.roster(name).await? {
                let link = (name.clone(), row.link);
                rosters.entry(link).or_default().insert(row.trainer);
            }
        }
        Ok(rosters)
    }

    /// A set of a job, with its people.
    pub(super) async fn set_of(&self, set: &JobSet) -> Result<Set, LedgerError> {
        let links = set.links.clone();
        if let Some(trainers) = set.trainers.clone() {
            return Ok(Set { links, trainers });
        }
        let names: BTreeSet<_> = links.iter().map(|(name, _)| name.clone()).collect();
        let rosters = self.rosters(&names).await?;
        let trainers = links.iter().filter_map(|at| rosters.get(at)).flatten();
        let trainers = trainers.cloned().collect();
        Ok(Set { links, trainers })
    }
}

impl Set {
    /// The projects of its links.
    pub(super) fn projects(&self, environment: &Environment) -> BTreeSet<ProjectId> {
        let links = self.links.iter();
        let links = links.filter_map(|at| environment.links.get(at));
        links.filter_map(|link| link.project.clone()).collect()
    }
}

/// Packs the sets into jobs.
fn packed(sets: Vec<Set>) -> Vec<UsageJob> {
    let mut jobs: Vec<UsageJob> = Vec::new();
    let mut room = 0;
    for Set { links, trainers } in sets {
        // A set without people also takes room in a message.
        let people = trainers.len().max(1);
        let set = JobSet {
            links,
            trainers: (people <= MOST_NAMED).then_some(trainers),
        };
        match jobs.last_mut().filter(|_| people <= room) {
            Some(job) => {
                room -= people;
                job.sets.push(set);
            }
            None => {
                room = PEOPLE_PER_JOB.saturating_sub(people);
                jobs.push(UsageJob { sets: vec![set] });
            }
        }
    }
    jobs
}

/// The links, each in one set.
fn sets<'a>(links: impl Iterator<Item = (&'a At, &'a Link)>) -> Vec<Vec<At>> {
    let links: Vec<_> = links.collect();
    let mut parents: Vec<usize> = (0..links.len()).collect();
    let mut jobs: HashMap<&JobId, usize> = HashMap::new();
    let mut projects: HashMap<&ProjectId, usize> = HashMap::new();
    for (index, (_, link)) in links.iter().enumerate() {
        let by_job = link.job.as_ref();
        let by_job = by_job.map(|job| *jobs.entry(job).or_insert(index));
        let by_project = link.project.as_ref();
        let by_project = by_project.map(|it| *projects.entry(it).or_insert(index));
        for other in by_job.into_iter().chain(by_project) {
            let (a, b) = (root(&mut parents, index), root(&mut parents, other));
            parents[a.max(b)] = a.min(b);
        }
    }
    let mut sets: BTreeMap<usize, Vec<At>> = BTreeMap::new();
    for (index, (at, _)) in links.iter().enumerate() {
        let set = root(&mut parents, index);
        sets.entry(set).or_default().push((*at).clone());
    }
    sets.into_values().collect()
}

/// The first link of a link's set. Shortens the path to it.
fn root(parents: &mut [usize], mut index: usize) -> usize {
    while parents[index] != index {
        parents[index] = parents[parents[index]];
        index = parents[index];
    }
    index
}

#[cfg(test)]
mod tests;
