//! The acts, and the work that OpenTrain should have in the end, computed without the code under test.

mod contract;
mod facts;
mod truth;

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use self::contract::{Contract, JOBS, MOVED};
pub(super) use super::act::{Act, act, after_work};
use super::rig::{Answer, CONNECTIONS, Rig, Standing, connections, sum};
use crate::ledger::{HireStatus, Install, InstallStatus, Link, Measures};
use crate::model::ConnectionName;
use crate::model::clock::Clock;
use crate::provision::fact::ContractFact;

pub(super) const PROJECTS: [&str; 3] = ["p0", "p1", "p2"];
pub(super) const TRAINERS: [&str; 2] = ["usr_0", "usr_1"];

pub(super) struct Model {
    pub(super) rig: Rig,
    contracts: Vec<Contract>,
    events: i64,
    late: Vec<(usize, ContractFact)>,
    connections: [Standing; 2],
    was_ahead: bool,
    /// Amount of deleted work. It stays reported if the person has left.
    deleted: BTreeMap<(usize, usize, Date), i64>,
}

/// Each project has its own measure, so that OpenTrain's sums show the work of each.
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
        for (job, links) in JOBS.iter().chain(&MOVED).enumerate() {
            let job = job % JOBS.len();
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
            connections: [Standing::Lives; 2],
            was_ahead: false,
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
                    // Work that was reported before the tool showed less stays too.
                    let held = self.rig.books.sum(TRAINERS[*trainer], day);
                    let most = amount(*project, work).max(amount(*project, held));
                    let known = self.deleted.entry((*trainer, *project, day)).or_default();
                    *known = most.max(*known);
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
                self.run().await;
                self.rig.store.dies_after(None);
                if answers.contains(&Answer::Empty) {
                    self.run_rightly().await;
                }
            }
            Act::Minutes(minutes) => self.rig.minutes(*minutes),
            Act::Days(days) => self.rig.days(*days),
            Act::Ahead(days) => {
                self.before_a_wrong_clock().await;
                self.rig.days(*days);
                self.rig.run().await;
                let days = std::time::Duration::from_secs(days * 86_400);
                self.rig.clock.back(days);
            }
            Act::Behind(days) => {
                self.before_a_wrong_clock().await;
                let behind = std::time::Duration::from_secs(days * 86_400);
                self.rig.clock.back(behind);
                self.rig.run().await;
                self.rig.days(*days);
            }
            Act::Week {
                trainer,
                project,
                amount,
            } => {
                for ago in 0..3 {
                    let day = self.day(-ago);
                    self.deleted.remove(&(*trainer, *project, day));
                    let measures = measure(*project, *amount);
                    let floor = &self.rig.floor;
                    floor.set(PROJECTS[*project], TRAINERS[*trainer], day, measures);
                }
            }
            Act::Vanish { project, days } => self.vanish(*project, *days).await,
            Act::Correct { contract, last } => self.correct(*contract, *last).await,
            Act::Mute(days) => {
                for _ in 0..*days {
                    self.rig.floor.answers(&[Answer::Mute; 12]);
                    self.rig.books.replies(&[]);
                    self.rig.run().await;
                    self.rig.days(1);
                }
            }
            Act::Part { part, is_empty } => {
                self.report(*part, *is_empty).await;
                if *is_empty {
                    self.run_rightly().await;
                }
            }
            Act::Move { contract } => {
                let open = self.open(*contract);
                let Some(at) = open.filter(|at| self.contracts[*at].moved_at.is_none()) else {
                    return;
                };
                self.contracts[at].moved_at = Some(self.rig.clock.now());
                self.tell_start(at).await;
            }
            Act::Connect {
                connection,
                standing,
            } => self.connect(*connection, *standing).await,
            Act::Back(minutes) => {
                self.rig
                    .clock
                    .back(std::time::Duration::from_secs(minutes * 60));
            }
        }
    }

    /// After a wrong, empty answer the next run of the same day reads the look-back again.
    async fn run_rightly(&mut self) {
        self.rig.floor.answers(&[]);
        self.rig.run().await;
    }

    async fn before_a_wrong_clock(&mut self) {
        self.rig.floor.answers(&[]);
        self.rig.books.replies(&[]);
        if std::mem::replace(&mut self.was_ahead, true) {
            // Two wrong clocks in a row can't be told from right ones.
            self.rig.run().await;
        }
    }

    async fn vanish(&mut self, project: usize, days: u64) {
        self.rig.floor.answers(&[]);
        self.rig.books.replies(&[]);
        // Work that was never reported and that the tool does not show for days is not known.
        self.run().await;
        let hidden = self.rig.floor.hide(PROJECTS[project]);
        for _ in 0..days {
            for _ in 0..2 {
                self.run().await;
                self.rig.minutes(11);
            }
            self.rig.days(1);
        }
        self.rig.floor.work.lock().unwrap().extend(hidden);
    }

    /// The end of a contract is stated again.
    async fn correct(&mut self, index: usize, last: i64) {
        let ended = self.contracts.iter().enumerate();
        let ended: Vec<_> = ended
            .filter(|it| it.1.last.is_some())
            .map(|it| it.0)
            .collect();
        if ended.is_empty() {
            return;
        }
        self.rig.minutes(1);
        let at = ended[index % ended.len()];
        let stated = self.day(last);
        self.contracts[at].last = Some((stated, self.rig.clock.now()));
        self.events += 1;
        for fact in self.facts(at, HireStatus::Ended, Some(stated)) {
            self.merge(at, fact).await;
        }
    }

    async fn hire(&mut self, trainer: usize, job: usize, start: i64) {
        self.contracts.push(Contract {
            id: format!("ctr_{}", self.contracts.len()),
            trainer,
            job,
            first: self.day(start),
            told_at: self.rig.clock.now(),
            moved_at: None,
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
        let last = stated.map_or(today, |last| last.min(today));
        self.contracts[at].last = Some((last, self.rig.clock.now()));
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

    pub(super) async fn connect(&mut self, at: usize, standing: Standing) {
        self.connections[at] = standing;
        let served = CONNECTIONS.iter().zip(self.connections);
        let served = served.filter(|it| it.1 != Standing::Unserved);
        self.rig.reporter.connections = connections(served.map(|it| *it.0));
        let status = match standing {
            Standing::Revoked => InstallStatus::Revoked,
            Standing::Lives | Standing::Unserved => InstallStatus::Active,
        };
        let install = Install {
            id: Some("ins_1".into()),
            status,
            at: self.rig.clock.now(),
            organization: None,
            refused: false,
            excluded: false,
            disconnected: false,
        };
        let name = ConnectionName::parse(CONNECTIONS[at]).unwrap();
        let ledger = &self.rig.reporter.ledger;
        let change = |_| Some(install.clone());
        ledger.update_install(&name, change).await.unwrap();
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connections == [Standing::Lives; 2]
    }
}
