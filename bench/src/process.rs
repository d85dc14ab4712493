//! The measured server as a separate process.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::health;

/// Time limit of a start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Time between two requests to a starting server.
const LOOK: Duration = Duration::from_micros(200);

/// Ticks per second in `/proc/<pid>/stat`, the same on every Linux.
const TICKS: u64 = 100;

/// A running server; dropping it kills it.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
    /// Time from exec to the first 200.
    pub(crate) started_in: Duration,
}

impl Process {
    /// Starts `command` and waits for its first 200. Its output is written to `log`.
    ///
    /// # Errors
    /// If it ends, or does not answer in time.
    pub(crate) fn start(
        mut command: Command,
        address: SocketAddr,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let mut options = File::options();
        let log_file = options
            .create(true)
            .append(true)
            .open(log)
            .context("the log can't be written")?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log_file);
        let start = Instant::now();
        let child = command
            .spawn()
            .with_context(|| format!("{} can't be started", command.get_program().display()))?;
        let mut process = Self {
            child,
            address,
            log: log.to_owned(),
            started_in: Duration::ZERO,
        };
        while start.elapsed() < PATIENCE {
            if health::ask(address).is_some() {
                process.started_in = start.elapsed();
                return Ok(process);
            }
            if let Some(status) = process.child.try_wait()? {
                bail!(
                    "the server ended with {status} at its start:\n{}",
                    tail(log)
                );
            }
            std::thread::sleep(LOOK);
        }
        bail!(
            "the server was not up within {} s:\n{}",
            PATIENCE.as_secs(),
            tail(log)
        )
    }

    /// Its address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until everything that was accepted is processed.
    ///
    /// # Errors
    /// After the time limit, or if a message became a dead letter.
    pub(crate) fn drain(&self) -> anyhow::Result<()> {
        let drained = health::until_drained(self.address);
        drained.with_context(|| format!("the server's log ends:\n{}", tail(&self.log)))
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().context("the server can't be killed")?;
        self.child
            .wait()
            .context("the server can't be waited for")?;
        Ok(())
    }

    /// Processor time so far, in user and kernel mode.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = self.read("stat")?;
        // The name in parentheses may contain anything. The fields after it are fixed: state is the 3rd, utime the
        // 14th.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse::<u64>);
        let ticks: u64 = ticks
            .sum::<Result<_, _>>()
            .context("the processor time can't be read")?;
        Ok(Duration::from_millis(ticks * 1000 / TICKS))
    }

    /// Maximum resident memory so far, in KiB.
    pub(crate) fn peak_rss(&self) -> anyhow::Result<u64> {
        self.status("VmHWM:")
    }

    /// Current resident memory, in KiB.
    pub(crate) fn rss(&self) -> anyhow::Result<u64> {
        self.status("VmRSS:")
    }

    fn status(&self, name: &str) -> anyhow::Result<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|kib| kib.parse().ok());
        kib.with_context(|| format!("/proc has no {name}"))
    }

    fn read(&self, file: &str) -> anyhow::Result<String> {
        let path = PathBuf::from(format!("/proc/{}/{file}", self.child.id()));
        std::fs::read_to_string(&path).with_context(|| format!("{} can't be read", path.display()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.kill();
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on this machine")?;
    Ok(listener.local_addr()?)
}

/// The last lines of a log.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
