//! The world of one run: OpenTrain, the stores, the tool, and the processes of the bridge.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared::ledger::Policy;
use simulator::OpenTrain;

use crate::books::Books;
use crate::floor::Floor;
use crate::hub::{Hub, lock};
use crate::process::{Process, Surroundings};
use crate::story::Shape;

/// Number of processes that run at the same time.
const PROCESSES: usize = 2;

/// Longest time that a clock is wrong by, in milliseconds. Signatures are valid for five minutes.
const SKEW: u64 = 240_000;

/// The world of one run.
pub(crate) struct World {
    pub(crate) around: Surroundings,
    /// The operator's own process, which no fault hits.
    pub(crate) operator: Process,
    processes: Mutex<Vec<Arc<Process>>>,
    pub(crate) shape: Shape,
    /// Attempts of deliveries that were made, and those that were accepted.
    pub(crate) attempts: AtomicUsize,
    pub(crate) accepted: AtomicUsize,
}

impl World {
    /// A world without processes.
    pub(crate) fn new(hub: Arc<Hub>, shape: Shape) -> Arc<Self> {
        let clock = Arc::clone(&hub);
        let options = simulator::Options {
            clock: Arc::new(move || clock.now()),
            failures: shape.failures,
            concurrency: shape.concurrency,
            seed: Some(shape.seed),
            ..simulator::Options::default()
        };
        let floor = Arc::new(Floor::default());
        floor.content().has_list = shape.has_list;
        floor.content().updates_email = shape.updates_email;
        floor.content().knows_trainers = shape.knows_trainers;
        let around = Surroundings {
            hub,
            opentrain: Arc::new(OpenTrain::in_process(&options)),
            rows: Arc::default(),
            claims: Arc::default(),
            messages: Arc::default(),
            keeper: Arc::default(),
            floor,
            books: Arc::default(),
            policy: Policy::default(),
            made: AtomicUsize::new(0),
        };
        let operator = Process::start(&around, 0, false);
        Arc::new(Self {
            around,
            operator,
            processes: Mutex::default(),
            shape,
            attempts: AtomicUsize::new(0),
            accepted: AtomicUsize::new(0),
        })
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.around.hub
    }

    pub(crate) fn books(&self) -> &Books {
        &self.around.books
    }

    /// Starts a process.
    pub(crate) fn start(&self) {
        let hub = self.hub();
        let skew = hub.draw(|dice| dice.below(usize::try_from(SKEW * 2).unwrap_or(1)));
        let ahead = match hub.strikes(|weather| weather.skews) {
            true => i64::try_from(skew).unwrap_or(0) - i64::try_from(SKEW).unwrap_or(0),
            false => 0,
        };
        let process = Process::start(&self.around, ahead, true);
        hub.note(|| format!("process {} starts, {ahead} ms ahead", process.life.id));
        lock(&self.processes).push(Arc::new(process));
    }

    /// Any process that runs.
    pub(crate) fn any(&self) -> Option<Arc<Process>> {
        let mut processes = lock(&self.processes);
        processes.retain(|it| !it.life.is_over());
        if processes.is_empty() {
            return None;
        }
        let n = self.hub().draw(|dice| dice.below(processes.len()));
        Some(Arc::clone(&processes[n]))
    }

    /// Ends all processes; new ones start.
    pub(crate) fn deploy(&self) {
        let all: Vec<_> = lock(&self.processes).drain(..).collect();
        all.iter().for_each(|it| it.life.end());
    }

    /// Corrects all clocks.
    pub(crate) fn correct_clocks(&self) {
        lock(&self.processes)
            .iter()
            .for_each(|it| it.life.set_ahead(0));
    }

    /// Breaks the circle of references.
    pub(crate) fn close(&self) {
        lock(&self.processes).clear();
    }

    /// Starts a process in place of each that has ended.
    pub(crate) async fn supervise(self: Arc<Self>) {
        loop {
            loop {
                lock(&self.processes).retain(|it| !it.life.is_over());
                if lock(&self.processes).len() >= PROCESSES {
                    break;
                }
                let wait = self
                    .hub()
                    .draw(|dice| dice.time(Duration::from_millis(100), Duration::from_secs(20)));
                tokio::time::sleep(wait).await;
                self.start();
            }
            self.hub().deaths.notified().await;
        }
    }

    pub(crate) fn deliveries(&self) -> (usize, usize) {
        (
            self.attempts.load(Ordering::SeqCst),
            self.accepted.load(Ordering::SeqCst),
        )
    }
}
