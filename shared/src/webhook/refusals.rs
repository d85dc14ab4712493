//! Counts of refused requests. Unknown senders can cause any number of refusals, so they are logged together, once a
//! second.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Refused;
use crate::model::ConnectionName;
use crate::telemetry::Metric;

/// Time between two log entries.
pub const LOGGED_EVERY: Duration = Duration::from_secs(1);

/// Maximum number of connections that a log entry names.
const MOST_NAMES: usize = 10;

/// Refusals that are not logged yet.
#[derive(Default)]
pub struct Refusals(Mutex<State>);

#[derive(Default)]
struct State {
    logged_at: Option<Instant>,
    counts: BTreeMap<Refused, Count>,
}

#[derive(Default)]
struct Count {
    requests: u64,
    /// Known connections among them. A name that only a request contains is never logged.
    connections: BTreeSet<ConnectionName>,
}

impl Refusals {
    /// Counts a refusal. Logs all counted refusals unless the last log entry is less than a second old. `connection` is
    /// the requested connection, if it exists.
    pub fn count(&self, reason: Refused, connection: Option<&ConnectionName>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = state.counts.entry(reason).or_default();
        count.requests += 1;
        if let Some(name) = connection
            && count.connections.len() < MOST_NAMES
            && !count.connections.contains(name)
        {
            count.connections.insert(name.clone());
        }
        if state
            .logged_at
            .is_none_or(|at| at.elapsed() >= LOGGED_EVERY)
        {
            state.log();
        }
    }

    /// Logs the refusals since the last log entry, if there are any.
    pub fn log(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.counts.is_empty() {
            state.log();
        }
    }
}

impl State {
    /// One line for each reason.
    fn log(&mut self) {
        self.logged_at = Some(Instant::now());
        for (reason, count) in std::mem::take(&mut self.counts) {
            Metric::Rejected.add_by(count.requests, &reason.to_string());
            let names: Vec<_> = count.connections.iter().map(|it| it.as_str()).collect();
            let connections = match names.is_empty() {
                true => "unknown".to_owned(),
                false => names.join(", "),
            };
            tracing::warn!(%reason, count = count.requests, connections, "requests refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;
    use crate::model::signature::SignatureFault::Mismatch;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Log {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    fn logged(refuse: impl FnOnce(&Refusals)) -> Vec<String> {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(log.clone())
            .with_ansi(false)
            .finish();
        tracing::subscriber::with_default(subscriber, || refuse(&Refusals::default()));
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().filter(|line| line.contains("WARN"));
        lines.map(str::to_owned).collect()
    }

    #[test]
    fn a_flood_is_one_line_for_each_reason() {
        let lines = logged(|refusals| {
            for _ in 0..1_000 {
                refusals.count(
                    Refused::Signature(Mismatch),
                    Some(&ConnectionName::default()),
                );
                refusals.count(Refused::UnknownConnection, None);
            }
            refusals.log();
            refusals.log();
        });
        assert_eq!(lines.len(), 3, "{lines:#?}");
        assert!(
            lines[0].contains("reason=signature-mismatch count=1 connections=\"default\""),
            "the first is logged at once: {lines:#?}"
        );
        for rest in [
            "reason=signature-mismatch count=999 connections=\"default\"",
            "reason=unknown-connection count=1000 connections=\"unknown\"",
        ] {
            assert!(lines.iter().any(|it| it.contains(rest)), "{lines:#?}");
        }
    }
}
