//! What happens, and what OpenTrain should hold in the end; worked out without the code that is tested.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;

use super::rig::{Answer, Reply, Rig, sum};
use crate::clock::Clock;
use crate::connection::ConnectionName;
use crate::ids::{ProjectId, TrainerId};
use crate::ledger::{Access, AccessState, Environment, HireStatus, Link, Measures, Source};
use crate::person::Participant;
use crate::provision::fact::{ContractFact, HirePlace};
use crate::provision::{Policy, merge, standings};

/// The projects of each job of OpenTrain: the link, its connection and the project. Two customers share a project.
const JOBS: [&[(&str, &str, &str)]; 3] = [
    &[("plk_0", "c0", "p0"), ("plk_1", "c0", "p1")],
    &[("plk_2", "c0", "p2")],
    &[("plk_3", "c1", "p0")],
];

pub(super) const PROJECTS: [&str; 3] = ["p0", "p1", "p2"];
pub(super) const TRAINERS: [&str; 2] = ["usr_0", "usr_1"];

/// Something that happens.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// A hire; its first day is so many days from now.
    Hire {
        trainer: usize,
        job: usize,
        start: i64,
    },
    /// OpenTrain states another first day.
    Restate {
        contract: usize,
        start: i64,
    },
    /// An end; its last day is so many days from now, if it is stated. It may arrive late.
    End {
        contract: usize,
        last: Option<i64>,
        late: bool,
    },
    /// Late ends arrive.
    Arrive,
    /// A day's work becomes this.
    Work {
        trainer: usize,
        project: usize,
        ago: i64,
        amount: i64,
    },
    /// A day's work is deleted.
    Delete {
        trainer: usize,
        project: usize,
        ago: i64,
    },
    /// A report, with the answers of the tool and of OpenTrain; the process may be killed after so many writes.
    Run {
        answers: Vec<Answer>,
        replies: Vec<Reply>,
        dies: Option<u32>,
    },
    Minutes(u64),
    Days(u64),
    /// The clock is set back.
    Back(u64),
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let answer = prop_oneof![
        6 => Just(Answer::Whole),
        1 => Just(Answer::Down),
        1 => Just(Answer::Empty),
        1 => Just(Answer::Odd),
    ];
    let reply = prop_oneof![
        6 => Just(Reply::Accept),
        1 => Just(Reply::Down),
        1 => Just(Reply::Lost),
        1 => Just(Reply::RefuseFirstDay),
        1 => Just(Reply::Unknown),
    ];
    let answers = prop::collection::vec(answer, 0..5);
    let replies = prop::collection::vec(reply, 0..5);
    let index = || 0..20usize;
    prop_oneof![
        3 => (0..2usize, 0..3usize, -6..=1i64).prop_map(|(trainer, job, start)| Act::Hire { trainer, job, start }),
        1 => (index(), -6..=1i64).prop_map(|(contract, start)| Act::Restate { contract, start }),
        2 => (index(), prop::option::of(-5..=1i64), any::<bool>())
            .prop_map(|(contract, last, late)| Act::End { contract, last, late }),
        1 => Just(Act::Arrive),
        6 => (0..2usize, 0..3usize, 0..=2i64, 0..5_000i64)
            .prop_map(|(trainer, project, ago, amount)| Act::Work { trainer, project, ago, amount }),
        1 => (0..2usize, 0..3usize, 0..=2i64)
            .prop_map(|(trainer, project, ago)| Act::Delete { trainer, project, ago }),
        6 => (answers, replies, prop::option::weighted(0.15, 0..6u32))
            .prop_map(|(answers, replies, dies)| Act::Run { answers, replies, dies }),
        2 => (1..25u64).prop_map(Act::Minutes),
        2 => (1..5u64).prop_map(Act::Days),
        1 => (1..60u64).prop_map(Act::Back),
    ]
}

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
        let rig = Rig::new(false);
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

    /// The facts of one event, one for each link.
    fn facts(&self, at: usize, status: HireStatus, last: Option<Date>) -> Vec<ContractFact> {
        let contract = &self.contracts[at];
        let fact = |(link, connection, project): &(&str, &str, &str)| ContractFact {
            connection: ConnectionName::parse(connection).unwrap(),
            contract: contract.id.as_str().into(),
            place: Some(HirePlace {
                link: (*link).into(),
                project: (*project).into(),
                managed: false,
            }),
            participant: Participant::unknown(TRAINERS[contract.trainer].into()),
            first_day: Some(contract.first),
            last_day: last,
            status,
            source: Source::Event {
                id: self.events.to_string().as_str().into(),
                created_at: Some(self.rig.clock.now()),
            },
        };
        JOBS[contract.job].iter().map(fact).collect()
    }

    /// Merges a fact as the provisioner does, and grants or revokes access.
    async fn merge(&mut self, at: usize, fact: ContractFact) {
        let ledger = &self.rig.reporter.ledger;
        let id: TrainerId = TRAINERS[self.contracts[at].trainer].into();
        let stored = ledger.document(&id).await.unwrap();
        let environment = Environment::default();
        let now = self.rig.clock.now();
        let facts = std::slice::from_ref(&fact);
        let mut trainer = merge::trainer(&stored.trainer, facts, &environment, now).unwrap();
        let hires: Vec<_> = trainer.hires.iter().collect();
        ledger.enroll(&hires).await.unwrap();
        let due = standings(&trainer, &environment, &Policy::default());
        let live = trainer
            .hires
            .iter()
            .zip(due)
            .filter(|(_, it)| it.protects());
        let live: Vec<ProjectId> = live.map(|(hire, _)| hire.project.clone()).collect();
        for project in PROJECTS.map(ProjectId::from) {
            let state = match live.contains(&project) {
                true => AccessState::Granted,
                false => AccessState::Removed,
            };
            let known = trainer.access.get(&project).map(|it| it.state);
            if known != Some(state) && (known.is_some() || state == AccessState::Granted) {
                let access = Access {
                    project: project.clone(),
                    state,
                    at: now,
                    trouble: None,
                    invitation: None,
                    not_found_since: None,
                    granted_by: None,
                    looks: 0,
                };
                trainer.access.insert(project, access);
            }
        }
        ledger
            .put_document(&id, &trainer, stored.expect)
            .await
            .unwrap();
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
