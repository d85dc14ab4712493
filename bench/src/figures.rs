//! Results of the measurements.

use serde::Serialize;

use crate::machine::Machine;
use crate::targets::Target;

/// A whole run.
#[derive(Serialize)]
pub(crate) struct Report {
    /// The machine.
    pub(crate) machine: Machine,
    /// The command line.
    pub(crate) command: String,
    /// The size of one delivery's body.
    pub(crate) body_bytes: usize,
    /// Results of each subject.
    pub(crate) subjects: Vec<Figures>,
    /// Targets of the bridge.
    pub(crate) targets: Vec<Target>,
}

/// The figures of one subject.
#[derive(Serialize)]
pub(crate) struct Figures {
    /// Name of the subject.
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

/// Time until the 2xx.
#[derive(Serialize)]
pub(crate) struct Latency {
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

/// Result of deliveries in the tool.
#[derive(Serialize)]
pub(crate) struct Applied {
    /// Answered with a 2xx.
    pub(crate) acknowledged: u64,
    /// Acknowledged deliveries whose trainer is a member of the project in the tool.
    pub(crate) applied: u64,
    /// Acknowledged deliveries whose trainer is not.
    pub(crate) missing: u64,
    /// Trainers whose access was granted more than once.
    pub(crate) doubled: u64,
    /// Applied without a received 2xx, because the connection was cut. OpenTrain redelivers these.
    pub(crate) unheard: u64,
    /// Repeated calls for members: work in progress at the kill.
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
    /// 2xx per second during the load.
    pub(crate) per_second: f64,
    pub(crate) latency: Latency,
    /// Processor time per delivery, answered and applied in the tool, in microseconds.
    pub(crate) cpu_us: f64,
    /// Applied in the tool per second, backlog included.
    pub(crate) applied_per_second: f64,
    /// Time to process the backlog after the load.
    pub(crate) drained_in_s: f64,
    pub(crate) peak_rss_kib: u64,
    pub(crate) far_end: Applied,
}

/// Through `kill -9`.
#[derive(Serialize)]
pub(crate) struct Crash {
    /// Number of kills.
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
    /// Concurrent half-open request heads and slow bodies.
    pub(crate) heads: usize,
    pub(crate) bodies: usize,
    /// Connections that they opened, including those closed meanwhile.
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
    /// Processor time per delivery, in microseconds.
    pub(crate) cpu_us: f64,
    /// Memory before the load and maximum, in KiB.
    pub(crate) rss_before_kib: u64,
    pub(crate) peak_rss_kib: u64,
}
