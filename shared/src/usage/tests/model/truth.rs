//! The work that OpenTrain should have.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::contract::{Contract, Hire, midnight};
use super::{Model, PROJECTS, TRAINERS, amount};
use crate::ledger::AccessState;
use crate::model::ConnectionName;
use crate::model::ids::TrainerId;
use crate::usage::Options;
use crate::usage::tests::act::Part;
use crate::usage::tests::rig::{Answer, CONNECTIONS, Standing};

impl Model {
    /// The hires at a project, of one trainer.
    fn hires(&self, trainer: usize, project: usize) -> impl Iterator<Item = Hire<'_>> {
        let own = self.contracts.iter();
        let own = own.filter(move |it| it.trainer == trainer && it.is_at(project));
        own.flat_map(Contract::hires)
    }

    /// The hire that a day's work belongs to: the newest that was live, preferably through an active connection.
    fn owner(&self, trainer: usize, project: usize, day: Date) -> Option<Hire<'_>> {
        let live = self.hires(trainer, project);
        let live = live.filter(|it| it.first() <= day && day <= it.last());
        let number = |it: &Hire<'_>| {
            let id = it.contract.id.trim_start_matches("ctr_");
            id.parse::<u32>().unwrap()
        };
        live.max_by_key(|it| {
            let lives = self.connections[it.connection] == Standing::Lives;
            (lives, it.first(), number(it))
        })
    }

    /// Whether a day's work was done while the trainer had no contract, after an earlier one.
    fn is_gap(&self, trainer: usize, project: usize, day: Date) -> bool {
        let at = midnight(day);
        let mut hires = self.hires(trainer, project);
        let is_covered = hires.any(|it| it.starts_at() <= at && at <= it.over_at());
        let mut hires = self.hires(trainer, project);
        !is_covered && hires.any(|it| it.has_run() && it.over_at() < at)
    }

    /// The work that OpenTrain should have for a day.
    fn truth(&self, trainer: usize, project: usize, day: Date) -> i64 {
        let is_own = self.owner(trainer, project, day).is_some();
        match is_own && !self.is_gap(trainer, project, day) {
            true => self.shown(trainer, project, day),
            false => 0,
        }
    }

    /// The work that the tool has for a day.
    fn shown(&self, trainer: usize, project: usize, day: Date) -> i64 {
        let key = (PROJECTS[project].into(), TRAINERS[trainer].into(), day);
        let work = self.rig.floor.work.lock().unwrap().get(&key).copied();
        work.map_or(0, |work| amount(project, work))
    }

    /// Whether a day can't be settled at present: it belongs to a contract that can't be reported, or OpenTrain has or
    /// may have it for one.
    fn is_stuck(&self, trainer: usize, project: usize, day: Date) -> bool {
        let is_barred = |contract: &Contract| {
            let mut hires = contract.hires();
            hires.all(|it| self.connections[it.connection] != Standing::Lives)
        };
        let owner = self.owner(trainer, project, day);
        let held = self.rig.books.held.lock().unwrap();
        let unanswered = self.rig.books.unanswered.lock().unwrap();
        let holds = |contract: &Contract| {
            let of = (contract.id.as_str().into(), TRAINERS[trainer].into(), day);
            let part = held.get(&of).copied().unwrap_or_default();
            amount(project, part) != 0 || unanswered.contains(&of)
        };
        let mut contracts = self.contracts.iter();
        owner.is_some_and(|it| is_barred(it.contract))
            || contracts.any(|it| is_barred(it) && holds(it))
    }

    /// Reports all work. While a project waits for an operator, nothing of its work becomes zero.
    pub(super) async fn run(&self) {
        let ledger = &self.rig.reporter.ledger;
        let usages = ledger
            .project_usages(&PROJECTS.map(Into::into))
            .await
            .unwrap();
        let before = self.held();
        self.rig.run().await;
        let after = self.held();
        for ((trainer, project, day), before) in before {
            let is_own = self.owner(trainer, project, day).is_some();
            if usages[project].held.is_none() || !is_own || self.is_gap(trainer, project, day) {
                continue;
            }
            let after = after.get(&(trainer, project, day)).copied();
            assert!(
                before == 0 || after != Some(0),
                "trainer {trainer}, project {project}, {day} is zero, though it is held"
            );
        }
    }

    /// Reports a part of the work, twice. Work that the tool has is not withdrawn.
    pub(super) async fn report(&mut self, part: Part, is_empty: bool) {
        let mut options = Options::default();
        match part {
            Part::Trainer(trainer) => options.trainer = Some(TRAINERS[trainer].into()),
            Part::Contract(at) => {
                let number = self.contracts.len().max(1);
                options.contract = Some(format!("ctr_{}", at % number).as_str().into());
            }
            Part::Connection(at) if self.connections[at] == Standing::Unserved => return,
            Part::Connection(at) => {
                options.connection = ConnectionName::parse(CONNECTIONS[at]).ok();
            }
            Part::Day(ago) => {
                (options.from, options.to) = (Some(self.day(-ago)), Some(self.day(-ago)))
            }
        }
        let answer = if is_empty {
            Answer::Empty
        } else {
            Answer::Whole
        };
        let before = self.held();
        for _ in 0..2 {
            self.rig.floor.answers(&[answer; 12]);
            self.rig.books.replies(&[]);
            self.rig.run_with(&options).await;
            self.rig.minutes(11);
        }
        let after = self.held();
        for (key, before) in before {
            let (trainer, project, day) = key;
            let truth = self.truth(trainer, project, day);
            let after = after.get(&key).copied().unwrap_or_default();
            assert!(
                before.min(truth) <= after,
                "trainer {trainer}, project {project}, {day}: {after} of {before}, {part:?}"
            );
        }
    }

    /// The work that OpenTrain has for each trainer's days.
    fn held(&self) -> BTreeMap<(usize, usize, Date), i64> {
        let keys = self.days();
        let held = |(trainer, project, day): (usize, usize, Date)| {
            let sum = self.rig.books.sum(TRAINERS[trainer], day);
            ((trainer, project, day), amount(project, sum))
        };
        keys.map(held).collect()
    }

    /// All trainers, projects and days of the last five weeks.
    fn days(&self) -> impl Iterator<Item = (usize, usize, Date)> + use<> {
        let today = self.rig.today();
        let pairs = (0..2).flat_map(|t| (0..3).map(move |p| (t, p)));
        pairs.flat_map(move |(t, p)| {
            let day = move |ago: i64| today.checked_sub(ago.days()).unwrap();
            (0..=35).map(move |ago| (t, p, day(ago)))
        })
    }

    /// Whether the trainer is in the project.
    async fn is_in(&self, trainer: usize, project: usize) -> bool {
        let id: TrainerId = TRAINERS[trainer].into();
        let document = self.rig.reporter.ledger.trainer(&id).await.unwrap();
        let access = document.access.get(&PROJECTS[project].into());
        access.is_some_and(|it| it.state == AccessState::Granted)
    }

    /// Looks at every day of the last five weeks.
    pub(in crate::usage::tests) async fn check(&self) {
        for (trainer, project, day) in self.days() {
            if self.is_stuck(trainer, project, day) {
                continue;
            }
            let is_in = self.is_in(trainer, project).await;
            let held = amount(project, self.rig.books.sum(TRAINERS[trainer], day));
            let truth = self.truth(trainer, project, day);
            let owner = self.owner(trainer, project, day);
            let contract = owner.as_ref().map(|it| it.contract);
            let gone = self.deleted.get(&(trainer, project, day)).copied();
            let gap = self.is_gap(trainer, project, day);
            let gap = gap.then(|| self.shown(trainer, project, day));
            if let Some(most) = gone.or(gap).filter(|_| !is_in && owner.is_some()) {
                assert!(held <= most, "{trainer} {project} {day}: {held} of {most}");
                continue;
            }
            assert_eq!(
                held, truth,
                "trainer {trainer}, project {project}, {day}, owned by {contract:?}"
            );
        }
    }
}
