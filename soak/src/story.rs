//! What happens in a run, drawn from its seed: the shape of the world, the weather, and acts.

use std::time::Duration;

use simulator::Failures;

use crate::dice::Dice;
use crate::weather::Weather;

/// Fixed properties of a world.
#[derive(Clone, Debug)]
pub struct Shape {
    pub seed: u64,
    /// Deliveries or attempts count as failures that disable an endpoint.
    pub failures: Failures,
    /// Deliveries to one endpoint at the same time; 1 keeps their order.
    pub concurrency: usize,
    /// Messages are deleted by the event source, as on a stack, or by the process.
    pub is_function: bool,
    /// The tool lists the members of a project.
    pub has_list: bool,
    pub updates_email: bool,
    pub customers: usize,
    /// Jobs and projects of each customer.
    pub jobs: usize,
    pub trainers: usize,
}

/// An act. Numbers select one of those that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A trainer is hired on a job.
    Hire { job: usize, trainer: usize },
    /// A contract ends.
    End(usize),
    /// The next events are lost.
    Lose(u32),
    /// A delivery is sent again.
    Replay(usize),
    /// A scheduled reconcile.
    Reconcile,
    /// All processes end, and new ones start.
    Deploy,
}

/// An act, and the time before it.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub after: Duration,
    pub act: Act,
}

/// All of a run.
#[derive(Clone, Debug)]
pub struct Story {
    pub shape: Shape,
    pub weather: Weather,
    pub steps: Vec<Step>,
}

impl Story {
    /// The story of a seed.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 1);
        let shape = shape(seed, &mut dice);
        let weather = Weather::draw(&mut dice);
        let steps = (0..4 + dice.below(14)).map(|_| step(&mut dice)).collect();
        Self {
            shape,
            weather,
            steps,
        }
    }
}

fn shape(seed: u64, dice: &mut Dice) -> Shape {
    Shape {
        seed,
        failures: dice.pick(&[Failures::Deliveries, Failures::Attempts]),
        concurrency: dice.pick(&[1, 8]),
        is_function: dice.permille(500),
        has_list: dice.permille(500),
        updates_email: dice.permille(500),
        customers: 1,
        jobs: 1 + dice.below(2),
        trainers: 1 + dice.below(3),
    }
}

fn step(dice: &mut Dice) -> Step {
    let after = match dice.below(10) {
        0..3 => Duration::ZERO,
        3..6 => dice.time(Duration::ZERO, Duration::from_secs(2)),
        6..8 => dice.time(Duration::ZERO, Duration::from_secs(120)),
        8 => dice.time(Duration::ZERO, Duration::from_secs(1800)),
        _ => dice.time(Duration::ZERO, Duration::from_secs(12 * 3600)),
    };
    let act = match dice.below(20) {
        0..7 => Act::Hire {
            job: dice.below(2),
            trainer: dice.below(3),
        },
        7..13 => Act::End(dice.below(100)),
        13..15 => Act::Lose(1 + u32::from(dice.permille(300))),
        15..17 => Act::Replay(dice.below(100)),
        17..19 => Act::Reconcile,
        _ => Act::Deploy,
    };
    Step { after, act }
}
