//! What all parts of one run share: the time, the weather, the trace and the violations.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::dice::Dice;
use crate::weather::{Fate, Site, Weather};

/// Second at which each run begins: 2026-06-12T10:00:00Z.
const BEGINNING: i64 = 1_781_258_400;

/// Longest time of an ordinary call before and after its effect.
const LATENCY: Duration = Duration::from_millis(40);

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shared by all parts of a run.
pub(crate) struct Hub {
    began: Instant,
    dice: Mutex<Dice>,
    weather: Mutex<Weather>,
    /// Sites that are down, with the end of each outage.
    outages: Mutex<Vec<(Site, Instant)>>,
    trace: Mutex<Vec<String>>,
    violations: Mutex<Vec<String>>,
    /// A process has ended.
    pub(crate) deaths: Notify,
    /// OpenTrain may have something to deliver.
    pub(crate) changed: Notify,
}

impl Hub {
    /// Begins now, with calm weather.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            began: Instant::now(),
            dice: Mutex::new(Dice::new(seed, 2)),
            weather: Mutex::new(Weather::calm()),
            outages: Mutex::default(),
            trace: Mutex::default(),
            violations: Mutex::default(),
            deaths: Notify::new(),
            changed: Notify::new(),
        }
    }

    /// The true time.
    pub(crate) fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(BEGINNING * 1000 + passed).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn set_weather(&self, weather: Weather) {
        *lock(&self.weather) = weather;
        lock(&self.outages).clear();
    }

    /// Whether a fault with this rate happens now.
    pub(crate) fn strikes(&self, rate: impl FnOnce(&Weather) -> u32) -> bool {
        let rate = rate(&lock(&self.weather));
        lock(&self.dice).permille(rate)
    }

    pub(crate) fn fate(&self, site: Site) -> Fate {
        let fate = lock(&self.weather).fate(site, &mut lock(&self.dice));
        let now = Instant::now();
        let is_out = lock(&self.outages)
            .iter()
            .any(|(own, until)| *own == site && now < *until);
        match is_out {
            true => Fate::FailsBefore,
            false => fate,
        }
    }

    /// Takes a site down for this time.
    pub(crate) fn out(&self, site: Site, time: Duration) {
        lock(&self.outages).push((site, Instant::now() + time));
    }

    pub(crate) fn latency(&self) -> Duration {
        lock(&self.dice).time(Duration::from_millis(1), LATENCY)
    }

    /// Draws a value.
    pub(crate) fn draw<T>(&self, from: impl FnOnce(&mut Dice) -> T) -> T {
        from(&mut lock(&self.dice))
    }

    /// Adds a line to the trace.
    pub(crate) fn note(&self, line: impl FnOnce() -> String) {
        let line = format!("{} {}", self.now(), line());
        tracing::info!(target: "soak", "{line}");
        lock(&self.trace).push(line);
    }

    /// Records that a promise is broken.
    pub(crate) fn violation(&self, line: String) {
        self.note(|| format!("VIOLATION: {line}"));
        lock(&self.violations).push(line);
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        lock(&self.violations).clone()
    }

    pub(crate) fn trace(&self) -> Vec<String> {
        lock(&self.trace).clone()
    }

    /// SHA-256 of the trace.
    pub(crate) fn digest(&self) -> String {
        hex::encode(Sha256::digest(lock(&self.trace).join("\n")))
    }
}
