//! The measured machine.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::binary;

/// Number of measured syncs.
const SYNCS: usize = 200;

/// The measured machine.
#[derive(Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory: String,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    /// `None` without Node.
    pub(crate) node: Option<String>,
    /// Filesystem of the databases' folder.
    pub(crate) filesystem: String,
    /// Time of a 4 KiB append with fdatasync, median and 99th percentile.
    pub(crate) fsync_p50_ms: f64,
    pub(crate) fsync_p99_ms: f64,
    /// Load averages before the first measurement: use of the processors by other programs.
    pub(crate) load_before: String,
}

impl Machine {
    /// Measures this machine; databases are stored in `folder`.
    pub(crate) fn look(folder: &Path) -> anyhow::Result<Self> {
        let (fsync_p50_ms, fsync_p99_ms) = fsync(folder)?;
        let line = |file: &str, name: &str| {
            let text = read(file);
            let value = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.split_once(':'));
            value.map_or_else(|| "unknown".into(), |(_, value)| value.trim().to_owned())
        };
        Ok(Self {
            cpu: line("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: line("/proc/meminfo", "MemTotal"),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            rustc: binary::version("rustc").unwrap_or_else(|| "unknown".into()),
            node: binary::node(),
            filesystem: filesystem(folder),
            fsync_p50_ms,
            fsync_p99_ms,
            load_before: read("/proc/loadavg")
                .split(' ')
                .take(3)
                .collect::<Vec<_>>()
                .join(" "),
        })
    }
}

fn read(file: &str) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

/// The mount with the longest path above `folder`.
fn filesystem(folder: &Path) -> String {
    let mounts = read("/proc/mounts");
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (device, at, kind) = (fields.next()?, fields.next()?, fields.next()?);
        folder
            .starts_with(at)
            .then(|| (at.len(), format!("{kind} on {device}")))
    });
    mounts
        .max()
        .map_or_else(|| "unknown".into(), |(_, name)| name)
}

fn fsync(folder: &Path) -> anyhow::Result<(f64, f64)> {
    let mut file = tempfile::tempfile_in(folder)?;
    let mut times: Histogram<u64> = Histogram::new(3)?;
    for _ in 0..SYNCS {
        let start = Instant::now();
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        times.record(u64::try_from(start.elapsed().as_micros())?)?;
    }
    let at =
        |quantile| Duration::from_micros(times.value_at_quantile(quantile)).as_secs_f64() * 1e3;
    Ok((at(0.5), at(0.99)))
}
