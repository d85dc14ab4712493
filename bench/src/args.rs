//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures `bridge serve` on this machine, and a receiver on Node beside it.
///
/// Starts the simulated OpenTrain and annotation tool, and the real release binary as a process of its
/// own, on free loopback ports, over a database in a temporary folder beside the binaries.
#[derive(Debug, Parser)]
#[command(name = "bench", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 every target was met, 1 one was missed, 2 it could not be measured.\n\nExamples:\n  cargo run --release -p bench\n  cargo run --release -p bench -- --only full,crash --seconds 5 --no-targets"
)]
pub(crate) struct Args {
    /// Measure these parts alone.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    pub(crate) only: Vec<Part>,
    /// How long each load lasts, in seconds.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) seconds: u64,
    /// Deliveries per second of the paced load.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) rate: u64,
    /// Connections of the full load.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=512))]
    pub(crate) connections: u64,
    /// Only measure: a missed target is shown, and the exit code stays 0.
    #[arg(long)]
    pub(crate) no_targets: bool,
    /// Print JSON on standard output; the table goes to standard error.
    #[arg(long)]
    pub(crate) json: bool,
    /// Where the databases go [default: a folder beside the binaries, removed afterwards].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// The binary to measure [default: `cargo build --release -p bridge`].
    #[arg(long, value_name = "FILE")]
    pub(crate) bridge: Option<PathBuf>,
}

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Deliveries at a steady rate: how long an answer takes.
    Paced,
    /// As many deliveries as are answered: how many that is, and what each costs.
    Full,
    /// `kill -9` during the full load: nothing that was answered is lost.
    Crash,
    /// From exec to the first answer.
    Startup,
    /// Deliveries beside 3,000 half-open request heads and 600 slow bodies.
    Slow,
    /// Forged deliveries: how many are refused per second.
    Forged,
    /// The receiver on Node, in each part above but the last two.
    Peer,
}

impl Args {
    /// Whether `part` was asked for; `--only peer` is every part, with the peer.
    pub(crate) fn wants(&self, part: Part) -> bool {
        let nothing_but_peer = self.only.iter().all(|only| *only == Part::Peer);
        self.only.contains(&part)
            || (nothing_but_peer && part != Part::Peer)
            || self.only.is_empty()
    }
}
