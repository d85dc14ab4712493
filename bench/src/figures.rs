//! What was measured.

use serde::Serialize;

use crate::machine::Machine;
use crate::targets::Target;

/// A whole run.
#[derive(Serialize)]
pub(crate) struct Report {
    /// On what.
    pub(crate) machine: Machine,
    /// How it was called.
    pub(crate) command: String,
    /// The size of one delivery's body.
    pub(crate) body_bytes: usize,
    /// What each subject did.
    pub(crate) subjects: Vec<Figures>,
    /// What was asked of the bridge.
    pub(crate) targets: Vec<Target>,
}

/// The figures of one subject.
#[derive(Serialize)]
pub(crate) struct Figures {
    /// Whose they are.
    pub(crate) name: &'static str,
    /// At a steady rate.
    pub(crate) paced: Option<Paced>,
    /// Under full load.
    pub(crate) full: Option<Full>,
    /// Through `kill -9`.
    pub(crate) crash: Option<Crash>,
    /// At its start.
    pub(crate) startup: Option<Startup>,
    /// Among slow clients.
    pub(crate) slow: Option<Slow>,
    /// Under forged deliveries.
    pub(crate) forged: Option<Forged>,
}

/// How long the 2xx took.
#[derive(Serialize)]
pub(crate) struct Latency {
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

/// What became of deliveries at the far end.
#[derive(Serialize)]
pub(crate) struct Applied {
    /// Got a 2xx.
    pub(crate) acknowledged: u64,
    /// Of those, whose trainer is a member of the project in the tool.
    pub(crate) applied: u64,
    /// Of those, whose trainer is not.
    pub(crate) missing: u64,
    /// Trainers that the tool let in more than once.
    pub(crate) doubled: u64,
    /// Applied, though the 2xx was never heard: the connection was cut. OpenTrain sends these again.
    pub(crate) unheard: u64,
    /// Calls that were made again for somebody already let in: work that was under way at the kill.
    pub(crate) repeated: u64,
}

/// At a steady rate.
#[derive(Serialize)]
pub(crate) struct Paced {
    pub(crate) rate: u64,
    pub(crate) refused: u64,
    pub(crate) latency: Latency,
    pub(crate) far_end: Applied,
}

/// Under full load.
#[derive(Serialize)]
pub(crate) struct Full {
    pub(crate) connections: u64,
    pub(crate) refused: u64,
    /// 2xx per second, while the load lasted.
    pub(crate) per_second: f64,
    pub(crate) latency: Latency,
    /// Processor time per delivery, answered and applied in the tool, in microseconds.
    pub(crate) cpu_us: f64,
    /// Applied in the tool per second, backlog included.
    pub(crate) applied_per_second: f64,
    /// How long the backlog took after the load.
    pub(crate) drained_in_s: f64,
    pub(crate) peak_rss_kib: u64,
    pub(crate) far_end: Applied,
}

/// Through `kill -9`.
#[derive(Serialize)]
pub(crate) struct Crash {
    /// How often it was killed.
    pub(crate) kills: u64,
    pub(crate) far_end: Applied,
}

/// At its start.
#[derive(Serialize)]
pub(crate) struct Startup {
    pub(crate) runs: usize,
    pub(crate) median_ms: f64,
    pub(crate) max_ms: f64,
    pub(crate) idle_rss_kib: u64,
}

/// Among slow clients.
#[derive(Serialize)]
pub(crate) struct Slow {
    /// Half-open request heads and slow bodies at once.
    pub(crate) heads: usize,
    pub(crate) bodies: usize,
    /// Connections that they opened, counting those that were closed meanwhile.
    pub(crate) opened: usize,
    pub(crate) deliveries: usize,
    pub(crate) refused: u64,
    pub(crate) latency: Latency,
    pub(crate) peak_rss_kib: u64,
}

/// Under forged deliveries.
#[derive(Serialize)]
pub(crate) struct Forged {
    pub(crate) connections: u64,
    pub(crate) per_second: f64,
    /// Processor time for each, in microseconds.
    pub(crate) cpu_us: f64,
    /// Memory before and at its most, in KiB.
    pub(crate) rss_before_kib: u64,
    pub(crate) peak_rss_kib: u64,
}
