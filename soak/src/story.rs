//! What happens in a run, drawn from its seed: the shape of the world, the weather, and acts.

use std::time::Duration;

use simulator::Failures;

use crate::dice::Dice;
use crate::weather::{Site, Weather};

/// Fixed properties of a world.
#[derive(Clone, Debug)]
pub struct Shape {
    pub seed: u64,
    /// Whether failed deliveries or failed attempts are counted to disable an endpoint.
    pub failures: Failures,
    /// Deliveries to one endpoint at the same time; 1 keeps their order.
    pub concurrency: usize,
    /// Messages are deleted by the event source, as on a stack, or by the process.
    pub is_function: bool,
    /// The tool lists the members of a project.
    pub has_list: bool,
    /// A grant with a new e-mail changes the account's.
    pub updates_email: bool,
    /// The tool knows the trainer of each account, as with the members contract.
    pub knows_trainers: bool,
    /// Events have no work e-mail. Only with a tool that knows trainers: another tool cannot find an account that its
    /// process did not record before it ended, if OpenTrain no longer shows the address.
    pub withholds_email: bool,
    pub customers: usize,
    /// Jobs and projects of each customer.
    pub jobs: usize,
    pub trainers: usize,
}

/// An act. A number selects one of the existing objects, modulo their count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A trainer is hired on a job.
    Hire {
        /// The job.
        job: usize,
        /// The trainer.
        trainer: usize,
    },
    /// A contract ends.
    End(usize),
    /// The trainer of a contract works.
    Work {
        /// The contract.
        contract: usize,
        /// The time.
        seconds: u32,
    },
    /// The next events are lost.
    Lose(u32),
    /// A delivery is sent again.
    Replay(usize),
    /// All deliveries are held back.
    Hold,
    /// The held deliveries are sent, in another order.
    Release,
    /// The operator requests the redelivery of permanently failed deliveries.
    Redeliver(usize),
    /// A scheduled reconcile.
    Reconcile,
    /// A scheduled report of usage.
    Report,
    /// All processes end, and new ones start.
    Deploy,
    /// The clock of a process is set wrong by these hours.
    Step(i64),
    /// A site is down for these minutes.
    Outage {
        /// The site.
        site: Site,
        /// The time.
        minutes: u32,
    },
    /// A signed delivery that is no event arrives.
    Garbage(usize),
    /// A message that cannot be read is in the queue.
    BadMessage,
    /// The tool loses a member.
    Expel(usize),
    /// The tool deletes a project.
    DeleteProject(usize),
    /// The links of a job are deleted.
    Unlink(usize),
    /// The links of a job are made again.
    Relink {
        /// The job.
        job: usize,
        /// OpenTrain provisions it.
        managed: bool,
    },
    /// A customer links another customer's project.
    Foreign(usize),
    /// A trainer has a new work e-mail.
    NewEmail(usize),
    /// A milestone is funded.
    Fund(usize),
    /// The operator replaces an endpoint and its secret.
    Rotate(usize),
    /// A customer disconnects and connects again.
    Reconnect(usize),
    /// The operator states the end of a contract that has ended.
    StateEnd(usize),
}

/// An act, and the time before it.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub after: Duration,
    pub act: Act,
}

/// Everything that a seed decides.
#[derive(Clone, Debug)]
pub struct Story {
    pub shape: Shape,
    pub weather: Weather,
    pub steps: Vec<Step>,
}

/// Subject of most acts of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// All acts.
    All,
    /// Work of one trainer on one job, which moves from contract to contract.
    Hours,
    /// Access of one trainer, with many hires and ends in a short time.
    Access,
}

impl Story {
    /// The story of a seed.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 1);
        let theme = match dice.below(10) {
            0..5 => Theme::All,
            5..8 => Theme::Hours,
            _ => Theme::Access,
        };
        let shape = shape(seed, theme, &mut dice);
        let mut weather = Weather::draw(&mut dice);
        let mut steps = 4 + dice.below(14);
        if theme == Theme::Access {
            // With many stalls, attempts for the trainer overtake each other.
            weather.stalls = dice.pick(&[10, 40, 80]);
            steps *= 2;
        }
        let steps = (0..steps).map(|_| step(theme, &mut dice)).collect();
        Self {
            shape,
            weather,
            steps,
        }
    }
}

fn shape(seed: u64, theme: Theme, dice: &mut Dice) -> Shape {
    let knows_trainers = dice.permille(500);
    let is_wide = theme == Theme::All;
    Shape {
        seed,
        failures: dice.pick(&[Failures::Deliveries, Failures::Attempts]),
        concurrency: dice.pick(&[1, 8]),
        is_function: dice.permille(500),
        has_list: dice.permille(500),
        updates_email: dice.permille(500),
        withholds_email: knows_trainers && dice.permille(600),
        knows_trainers,
        customers: 1 + usize::from(is_wide && dice.permille(500)),
        jobs: 1 + usize::from(is_wide && dice.permille(500)),
        trainers: match is_wide {
            true => 1 + dice.below(3),
            false => 1,
        },
    }
}

fn step(theme: Theme, dice: &mut Dice) -> Step {
    let after = match dice.below(10) {
        6..10 if theme == Theme::Access => dice.time(Duration::ZERO, Duration::from_secs(300)),
        0..3 => Duration::ZERO,
        3..6 => dice.time(Duration::ZERO, Duration::from_secs(2)),
        6..8 => dice.time(Duration::ZERO, Duration::from_secs(120)),
        8 => dice.time(Duration::ZERO, Duration::from_secs(1800)),
        _ => dice.time(Duration::ZERO, Duration::from_secs(12 * 3600)),
    };
    let act = match theme {
        _ if dice.permille(200) => act(dice),
        Theme::All => act(dice),
        Theme::Hours => of_hours(dice),
        Theme::Access => of_access(dice),
    };
    Step { after, act }
}

fn of_hours(dice: &mut Dice) -> Act {
    let nth = dice.below(1000);
    match dice.below(10) {
        0..2 => Act::Hire { job: 0, trainer: 0 },
        2..4 => Act::End(nth),
        4..7 => Act::Work {
            contract: nth,
            seconds: 60 + u32::try_from(dice.below(3600)).unwrap_or(0),
        },
        _ => Act::Report,
    }
}

fn of_access(dice: &mut Dice) -> Act {
    match dice.below(10) {
        0..4 => Act::Hire { job: 0, trainer: 0 },
        4..9 => Act::End(dice.below(1000)),
        _ => Act::Reconcile,
    }
}

fn act(dice: &mut Dice) -> Act {
    let nth = dice.below(1000);
    match dice.below(60) {
        0..14 => Act::Hire {
            job: nth,
            trainer: dice.below(10),
        },
        14..25 => Act::End(nth),
        25..33 => Act::Work {
            contract: nth,
            seconds: 60 + u32::try_from(dice.below(3600)).unwrap_or(0),
        },
        33..35 => Act::Lose(1 + u32::from(dice.permille(300))),
        35..37 => Act::Replay(nth),
        37..41 => Act::Reconcile,
        41..45 => Act::Report,
        _ => rarer(nth, dice),
    }
}

fn rarer(nth: usize, dice: &mut Dice) -> Act {
    let sites = [Site::Table, Site::Queue, Site::OpenTrain, Site::Tool];
    match dice.below(20) {
        0 => Act::Deploy,
        1 => Act::Step(dice.pick(&[-48, -26, -1, 1, 26, 120])),
        2..4 => Act::Outage {
            site: dice.pick(&sites),
            minutes: dice.pick(&[1, 20, 90]),
        },
        4 => Act::Garbage(nth),
        5 => Act::BadMessage,
        6 => Act::Expel(nth),
        7 => Act::DeleteProject(nth),
        8 => Act::Unlink(nth),
        9 => Act::Relink {
            job: nth,
            managed: dice.permille(300),
        },
        10 => Act::Foreign(nth),
        11 => Act::NewEmail(nth),
        12 => Act::Fund(nth),
        13 => Act::Rotate(nth),
        14 => Act::Reconnect(nth),
        15 => Act::StateEnd(nth),
        16 => Act::Hold,
        17 => Act::Release,
        _ => Act::Redeliver(nth),
    }
}
