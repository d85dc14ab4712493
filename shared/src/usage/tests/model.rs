//! What happens, and what OpenTrain should hold in the end; worked out without the code that is tested.

mod facts;

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

pub(super) use super::act::{Act, act};
use super::rig::{Answer, Rig, sum};
use crate::clock::Clock;
use crate::connection::ConnectionName;
use crate::ids::TrainerId;
use crate::ledger::{AccessState, HireStatus, Link, Measures};
use crate::provision::fact::ContractFact;

/// The projects of each job of OpenTrain: the link, its connection and the project. Two customers share a project.
const JOBS: [&[(&str, &str, &str)]; 3] = [
    &[("plk_0", "c0", "p0"), ("plk_1", "c0", "p1")],
    &[("plk_2", "c0", "p2")],
    &[("plk_3", "c1", "p0")],
];

pub(super) const PROJECTS: [&str; 3] = ["p0", "p1", "p2"];
pub(super) const TRAINERS: [&str; 2] = ["usr_0", "usr_1"];

/// A contract as OpenTrain has it.
#[derive(Debug)]
struct Contract {
    id: String,
    trainer: usize,
    job: usize,
    first: Date,
    told_on: Date,
    /// The last day, if it has ended.
    last: Option<Date>,
}

pub(super) struct Model {
    pub(super) rig: Rig,
    contracts: Vec<Contract>,
    events: i64,
    late: Vec<(usize, ContractFact)>,
    /// What deleted work came to: it stays where the person has left.
    deleted: BTreeMap<(usize, usize, Date), i64>,
}

/// Each project has a measure of its own, so that OpenTrain's sums tell what is whose.
fn measure(project: usize, amount: i64) -> Measures {
    let of = |own| (project == own).then_some(amount);
    Measures {
        seconds: of(0),
        tasks: of(1),
        labels: of(2),
    }
}

fn amount(project: usize, measures: Measures) -> i64 {
    let all = [measures.seconds, measures.tasks, measures.labels];
    all[project].unwrap_or_default()
}

impl Model {
    pub(super) async fn new() -> Self {
        Self::on(Rig::new(false)).await
    }

    pub(super) async fn on(rig: Rig) -> Self {
        for (job, links) in JOBS.iter().enumerate() {
            for (id, connection, project) in *links {
                let link = Link {
                    id: (*id).into(),
                    job: Some(format!("job_{job}").as_str().into()),
                    project: Some((*project).into()),
                    project_name: None,
                    managed: false,
                    install: None,
                    removed: false,
                    absent: false,
                    at: rig.clock.now(),
                };
                let connection = ConnectionName::parse(connection).unwrap();
                rig.reporter
                    .ledger
                    .record_link(&connection, &link)
                    .await
                    .unwrap();
            }
        }
        let floor = std::sync::Arc::clone(&rig.floor);
        let watch = move |held: &_| {
            for ((project, trainer, day), most) in &*floor.most.lock().unwrap() {
                let at = PROJECTS
                    .iter()
                    .position(|it| *it == project.as_str())
                    .unwrap();
                let held = amount(at, sum(held, trainer, *day));
                let most = amount(at, *most);
                assert!(
                    held <= most,
                    "{trainer} on {project}, {day}: {held} of {most} are held"
                );
            }
        };
        *rig.books.watch.lock().unwrap() = Some(Box::new(watch));
        Self {
            rig,
            contracts: Vec::new(),
            events: 0,
            late: Vec::new(),
            deleted: BTreeMap::new(),
        }
    }

    fn day(&self, from_now: i64) -> Date {
        self.rig.today().checked_add(from_now.days()).unwrap()
    }

    #[allow(clippy::too_many_lines, reason = "one arm for each act")]
    pub(super) async fn play(&mut self, act: &Act) {
        match act {
            Act::Hire {
                trainer,
                job,
                start,
            } => self.hire(*trainer, *job, *start).await,
            Act::Restate { contract, start } => {
                let open = self.open(*contract);
                let Some(at) = open else { return };
                self.contracts[at].first = self.day(*start);
                self.tell_start(at).await;
            }
            Act::End {
                contract,
                last,
                late,
            } => self.end(*contract, *last, *late).await,
            Act::Arrive => self.arrive().await,
            Act::Work {
                trainer,
                project,
                ago,
                amount,
            } => {
                let day = self.day(-ago);
                self.deleted.remove(&(*trainer, *project, day));
                let measures = measure(*project, *amount);
                self.rig
                    .floor
                    .set(PROJECTS[*project], TRAINERS[*trainer], day, measures);
            }
            Act::Delete {
                trainer,
                project,
                ago,
            } => {
                let day = self.day(-ago);
                let work = self
                    .rig
                    .floor
                    .delete(PROJECTS[*project], TRAINERS[*trainer], day);
                if let Some(work) = work {
                    let key = (*trainer, *project, day);
                    let known = self.deleted.entry(key).or_default();
                    *known = amount(*project, work).max(*known);
                }
            }
            Act::Run {
                answers,
                replies,
                dies,
            } => {
                self.rig.floor.answers(answers);
                self.rig.books.replies(replies);
                self.rig.store.dies_after(*dies);
                self.rig.run().await;
                self.rig.store.dies_after(None);
                if answers.contains(&Answer::Empty) {
                    // The next run of the same day reads the look-back again.
                    self.rig.floor.answers(&[]);
                    self.rig.run().await;
                }
            }
            Act::Minutes(minutes) => self.rig.minutes(*minutes),
            Act::Days(days) => self.rig.days(*days),
            Act::Back(minutes) => {
                self.rig
                    .clock
                    .back(std::time::Duration::from_secs(minutes * 60));
            }
        }
    }

    async fn hire(&mut self, trainer: usize, job: usize, start: i64) {
        self.contracts.push(Contract {
            id: format!("ctr_{}", self.contracts.len()),
            trainer,
            job,
            first: self.day(start),
            told_on: self.rig.today(),
            last: None,
        });
        self.tell_start(self.contracts.len() - 1).await;
    }

    /// The contract that is meant, if it runs.
    fn open(&self, index: usize) -> Option<usize> {
        let open = self.contracts.iter().enumerate();
        let open: Vec<_> = open
            .filter(|(_, it)| it.last.is_none())
            .map(|it| it.0)
            .collect();
        (!open.is_empty()).then(|| open[index % open.len()])
    }

    async fn end(&mut self, index: usize, last: Option<i64>, late: bool) {
        let Some(at) = self.open(index) else { return };
        let today = self.rig.today();
        let stated = last.map(|last| self.day(last));
        self.contracts[at].last = Some(stated.map_or(today, |last| last.min(today)));
        self.events += 1;
        let facts = self.facts(at, HireStatus::Ended, stated);
        self.late.extend(facts.into_iter().map(|fact| (at, fact)));
        if !late {
            self.arrive().await;
        }
    }

    pub(super) async fn arrive(&mut self) {
        for (at, fact) in std::mem::take(&mut self.late) {
            self.merge(at, fact).await;
        }
    }

    async fn tell_start(&mut self, at: usize) {
        self.events += 1;
        for fact in self.facts(at, HireStatus::Active, None) {
            self.merge(at, fact).await;
        }
    }

    /// The contract that a day's work belongs to: the newest that was live.
    fn owner(&self, trainer: usize, project: usize, day: Date) -> Option<&Contract> {
        let live = self.contracts.iter().filter(|it| {
            let here = JOBS[it.job].iter().any(|(_, _, p)| *p == PROJECTS[project]);
            let from = it.first.min(it.told_on);
            let to = it.last.unwrap_or(Date::MAX);
            it.trainer == trainer && here && from <= day && day <= to
        });
        let number = |it: &Contract| it.id.trim_start_matches("ctr_").parse::<u32>().unwrap();
        live.max_by_key(|it| (it.first.min(it.told_on), number(it)))
    }

    /// Whether the trainer is in the project.
    async fn is_in(&self, trainer: usize, project: usize) -> bool {
        let id: TrainerId = TRAINERS[trainer].into();
        let document = self.rig.reporter.ledger.trainer(&id).await.unwrap();
        let access = document.access.get(&PROJECTS[project].into());
        access.is_some_and(|it| it.state == AccessState::Granted)
    }

    /// Looks at every day of the last five weeks.
    pub(super) async fn check(&self) {
        for (trainer, project) in (0..2).flat_map(|t| (0..3).map(move |p| (t, p))) {
            let is_in = self.is_in(trainer, project).await;
            for ago in 0..=35 {
                let day = self.day(-ago);
                let held = amount(project, self.rig.books.sum(TRAINERS[trainer], day));
                let key = (PROJECTS[project].into(), TRAINERS[trainer].into(), day);
                let work = self.rig.floor.work.lock().unwrap().get(&key).copied();
                let owner = self.owner(trainer, project, day);
                let truth = work.map_or(0, |work| amount(project, work));
                let truth = owner.map_or(0, |_| truth);
                let deleted = self.deleted.get(&(trainer, project, day));
                if let Some(most) = deleted.filter(|_| !is_in && owner.is_some()) {
                    assert!(held <= *most, "{trainer} {project} {day}: {held} of {most}");
                    continue;
                }
                assert_eq!(
                    held, truth,
                    "trainer {trainer}, project {project}, {day} ({ago} days ago), owned by {owner:?}"
                );
            }
        }
    }
}
