//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures `bridge serve` on this machine, and a receiver on Node for comparison.
///
/// Starts the simulated OpenTrain and annotation tool, and the release binary as a separate process, on free loopback
/// ports, with a database in a temporary folder next to the binaries.
#[derive(Debug, Parser)]
#[command(name = "bench", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 every target was met, 1 a target was missed, 2 the measurement failed.\n\nExamples:\n  cargo run --release -p bench\n  cargo run --release -p bench -- --only full,crash --seconds 5 --no-targets"
)]
pub(crate) struct Args {
    /// Measure only these parts.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    pub(crate) only: Vec<Part>,
    /// Duration of each load, in seconds.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) seconds: u64,
    /// Deliveries per second of the paced load.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) rate: u64,
    /// Number of connections of the full load.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=512))]
    pub(crate) connections: u64,
    /// Report missed targets without failing: the exit code stays 0.
    #[arg(long)]
    pub(crate) no_targets: bool,
    /// Print JSON on standard output; the table goes to standard error.
    #[arg(long)]
    pub(crate) json: bool,
    /// Folder for the databases [default: a folder next to the binaries, removed afterwards].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// The binary to measure [default: `cargo build --release -p bridge`].
    #[arg(long, value_name = "FILE")]
    pub(crate) bridge: Option<PathBuf>,
}

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Deliveries at a steady rate: latency of the answers.
    Paced,
    /// As many deliveries as possible: throughput and cost.
    Full,
    /// `kill -9` during the full load: no acknowledged delivery is lost.
    Crash,
    /// Time from exec to the first answer.
    Startup,
    /// Deliveries during 3,000 half-open request heads and 600 slow bodies.
    Slow,
    /// Forged deliveries: number of refusals per second.
    Forged,
    /// The receiver on Node, in each part above except the last two.
    Peer,
}

impl Args {
    /// Whether `part` was selected. `--only peer` is every part, with the peer.
    pub(crate) fn wants(&self, part: Part) -> bool {
        let nothing_but_peer = self.only.iter().all(|only| *only == Part::Peer);
        self.only.contains(&part)
            || (nothing_but_peer && part != Part::Peer)
            || self.only.is_empty()
    }
}
