//! One run: connections → links → people → totals → OpenTrain.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures::{StreamExt, stream};
use jiff::civil::Date;
use tokio::sync::Semaphore;

use super::gate::Gate;
use super::group::{At, groups};
use super::options::{earlier, utc_day};
use super::people::Person;
use super::read::{Reading, read};
use super::report::{Report, UsageError};
use super::timesheet::{Bounds, ProjectDays, projects, timesheet};
use super::{Options, Reporter};
use crate::connection::{Connection, ConnectionName};
use crate::ids::{ContractId, ProjectId, TrainerId};
use crate::ledger::{Environment, Hired, InstallStatus, LedgerError};
use crate::progress::{Progress, Watcher};

/// How many groups are worked on at once: so many projects' totals are in memory.
const GROUPS_AT_ONCE: usize = 8;

/// How many hires of a group are worked on at once.
const HIRES_AT_ONCE: usize = 16;

/// How many hires' reports are under way to OpenTrain at once, over all groups.
const REPORTS_AT_ONCE: usize = 16;

/// What was accepted is remembered for this long, or for as long as the look-back, if that is longer.
const KEPT_DAYS: u16 = 35;

/// The state of one run.
pub(super) struct Run<'a> {
    pub(super) reporter: &'a Reporter,
    pub(super) options: &'a Options,
    pub(super) bounds: Bounds,
    pub(super) keep_from: Date,
    /// The links and installs of the connections, as far as they are known.
    pub(super) environment: Environment,
    /// The trainers who were ever hired through each link.
    pub(super) rosters: BTreeMap<At, BTreeSet<TrainerId>>,
    /// The installs that work is reported through.
    pub(super) connections: BTreeMap<ConnectionName, Arc<Connection>>,
    pub(super) gates: BTreeMap<ConnectionName, Gate>,
    pub(super) places: Semaphore,
    tool: Gate,
    report: Mutex<Report>,
    progress: Mutex<Progress>,
    watcher: Watcher<'a>,
}

/// What the tool says, by project.
pub(super) type Readings = HashMap<ProjectId, Reading>;

impl Reporter {
    /// Reports what is new, for the hires that are live or ended within the look-back.
    ///
    /// The value says what became of each; a scheduled run has done its work only if it
    /// [is whole](Report::is_whole). Two runs at once do no harm but double work.
    ///
    /// # Errors
    /// When the options can't be met, or the ledger can't be read at all; nothing was sent then.
    pub async fn report(
        &self,
        options: &Options,
        watcher: Watcher<'_>,
    ) -> Result<Report, UsageError> {
        let connections = self.connections.all().await?.into_iter();
        let connections: BTreeMap<_, _> = connections.map(|it| (it.name.clone(), it)).collect();
        let unknown = |name: &&ConnectionName| !connections.contains_key(*name);
        if let Some(name) = options.connection.as_ref().filter(unknown) {
            return Err(UsageError::UnknownConnection(name.clone()));
        }
        let names = connections.keys().cloned().collect();
        let environment = self.environment(&names).await?;
        let mut run = Run::prepare(self, options, connections, environment, watcher)?;
        run.rosters = run.read_rosters().await?;
        // A link that was removed counts for the days before: a contract's total is that of all of its
        // projects.
        let links = run.environment.links.iter();
        let met = links.filter(|(_, it)| !it.removed || utc_day(it.at) >= run.bounds.window.from);
        let groups = groups(met).into_iter();
        let groups: Vec<_> = groups.filter(|group| run.is_asked(group)).collect();
        run.count_ahead(&groups);
        let run = &run;
        stream::iter(groups)
            .for_each_concurrent(GROUPS_AT_ONCE, |group| async move {
                run.group(&group).await;
            })
            .await;
        Ok(run.finish())
    }
}

impl<'a> Run<'a> {
    /// A run that reports through `connections`.
    pub(super) fn prepare(
        reporter: &'a Reporter,
        options: &'a Options,
        connections: BTreeMap<ConnectionName, Arc<Connection>>,
        environment: Environment,
        watcher: Watcher<'a>,
    ) -> Result<Self, UsageError> {
        let today = utc_day(reporter.clock.now());
        if let Some(day) = options.day.filter(|day| *day > today) {
            return Err(UsageError::FutureDay(day, today));
        }
        let window = options.window(today, reporter.look_back_days);
        let gate = |name: &ConnectionName| (name.clone(), Gate::default());
        Ok(Self {
            reporter,
            options,
            bounds: Bounds { window, today },
            keep_from: earlier(today, KEPT_DAYS).min(window.from),
            environment,
            rosters: BTreeMap::new(),
            gates: connections.keys().map(gate).collect(),
            connections,
            places: Semaphore::new(REPORTS_AT_ONCE),
            tool: Gate::default(),
            report: Mutex::new(Report {
                figures: reporter.tool.figures(),
                ..Report::new(window.from, window.to, options.dry_run)
            }),
            progress: Mutex::default(),
            watcher,
        })
    }

    async fn read_rosters(&self) -> Result<BTreeMap<At, BTreeSet<TrainerId>>, LedgerError> {
        let mut rosters: BTreeMap<At, BTreeSet<TrainerId>> = BTreeMap::new();
        for name in self.connections.keys() {
            for row in self.reporter.ledger.roster(name).await? {
                let link = (name.clone(), row.link);
                rosters.entry(link).or_default().insert(row.trainer);
            }
        }
        Ok(rosters)
    }

    fn is_asked(&self, group: &[At]) -> bool {
        let named = self.options.connection.as_ref();
        named.is_none_or(|named| group.iter().any(|(connection, _)| connection == named))
    }

    /// How many people there are to look at, so that a bar knows its length.
    fn count_ahead(&self, groups: &[Vec<At>]) {
        let people = groups.iter().map(|group| self.roster(group).len());
        self.progress(0, people.sum());
    }

    async fn group(&self, group: &[At]) {
        let roster = self.roster(group);
        let people: Vec<Person> = stream::iter(roster.clone())
            .map(|id| self.person(id, group))
            .buffer_unordered(HIRES_AT_ONCE)
            .filter_map(|found| async { found })
            .collect()
            .await;
        let (people, over): (Vec<_>, Vec<_>) = people
            .into_iter()
            .partition(|person| !person.contracts.is_empty());
        self.progress(roster.len() - people.len(), 0);
        let known: HashSet<_> = people.iter().flat_map(Person::workers).collect();
        let over: HashSet<_> = over.iter().flat_map(Person::workers).collect();
        let readings = self.read(self.projects(&people)).await;
        let readings = &readings;
        stream::iter(people)
            .for_each_concurrent(HIRES_AT_ONCE, |person| async move {
                self.work(&person, readings).await;
                self.progress(1, 0);
            })
            .await;
        self.count_others(&over, &known, readings);
    }

    /// The projects that the asked contracts' days may be on; true where OpenTrain lets everybody in itself.
    pub(super) fn projects(&self, people: &[Person]) -> BTreeMap<ProjectId, bool> {
        let mut managed = BTreeMap::new();
        for person in people {
            for of in person
                .contracts
                .iter()
                .filter_map(|it| self.way(person, it))
            {
                for project in projects(&person.spells, &of, self.bounds.window) {
                    let mut own = person.spells.iter().filter(|it| it.project == *project);
                    let all = managed.entry(project.clone()).or_insert(true);
                    *all &= own.all(|it| it.managed);
                }
            }
        }
        managed
    }

    /// The projects' totals, each read once.
    pub(super) async fn read(&self, projects: BTreeMap<ProjectId, bool>) -> Readings {
        let mut readings = Readings::new();
        for (project, managed) in projects {
            let tool = self.reporter.tool.as_ref();
            let how = (managed, self.options.dry_run);
            let reading = read(tool, &project, self.bounds.window, how, &self.tool).await;
            self.change(|report| report.read(&project, &reading));
            readings.insert(project, reading);
        }
        readings
    }

    /// The hire that a contract is reported for, if it is asked for and there is a way.
    fn way(&self, person: &Person, contract: &ContractId) -> Option<Hired> {
        let named = self.options.connection.as_ref();
        let way = person.way(contract).ok();
        way.filter(|of| named.is_none_or(|named| of.connection == *named))
    }

    /// Reports one person's work on the contracts that are asked for.
    pub(super) async fn work(&self, person: &Person, readings: &Readings) {
        for contract in &person.contracts {
            if let Err(why) = person.way(contract) {
                self.change(|report| report.skip(why, 1));
            }
            let Some(of) = self.way(person, contract) else {
                continue;
            };
            if self.waits(&of, person, readings) {
                continue;
            }
            let none = ProjectDays {
                rows: &[],
                complete: true,
            };
            let days =
                |project: &ProjectId| readings.get(project).map_or(none, |it| it.days(person));
            let sheet = timesheet(of, &person.spells, days, self.bounds);
            self.note(self.deliver(sheet).await);
        }
        self.count(person, readings);
    }

    /// Whether a contract has to wait, since one of its projects could not be read: a part of its days
    /// must not be reported as the whole.
    fn waits(&self, of: &Hired, person: &Person, readings: &Readings) -> bool {
        let mut projects = projects(&person.spells, of, self.bounds.window).into_iter();
        let failed =
            |project: &&ProjectId| matches!(readings.get(*project), Some(Reading::Failed(_)));
        let Some(project) = projects.find(failed) else {
            return false;
        };
        self.change(|report| report.wait(project));
        true
    }

    /// What the ledger said; when it failed, that is told and the rest goes on.
    pub(super) fn note<T>(&self, answer: Result<T, LedgerError>) -> Option<T> {
        let error = match answer {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        tracing::error!(%error, "the ledger failed during a usage run; the next run goes on");
        self.change(|report| *report.troubles.entry(error.to_string()).or_default() += 1);
        None
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn progress(&self, done: usize, found: usize) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.done += done;
        progress.total += found;
        (self.watcher)(*progress);
    }

    /// What became of it.
    pub(super) fn finish(&self) -> Report {
        self.report
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .sorted()
    }
}

impl Reporter {
    /// All links of the connections, and their installs.
    async fn environment(
        &self,
        names: &BTreeSet<ConnectionName>,
    ) -> Result<Environment, LedgerError> {
        let environment = self.ledger.environment_of_connections(names).await?;
        for (name, install) in &environment.installs {
            if install.status == InstallStatus::Revoked {
                tracing::warn!(connection = %name, "the install is revoked: its work is not reported; connect again to continue");
            }
        }
        Ok(environment)
    }
}
