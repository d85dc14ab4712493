//! Runs of the jobs that are late.

use std::time::Duration;

use jiff::Timestamp;
use shared::config::{Reader, Schedule};

use super::cause::{Attention, AttentionKind as Kind};
use super::report::Report;
use crate::screen::minute;
use crate::targets::Target;

/// Number of periods after which a run is late.
pub(crate) const PERIODS: u32 = 3;

/// Age from which a run on a stack is late. The commands do not know the rates of its schedules.
const LATE_ON_STACK: Duration = Duration::from_secs(24 * 3600);

/// Ages from which runs are late.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Late {
    pub(crate) reconcile: Duration,
    pub(crate) usage: Duration,
}

/// Ages from which a reconcile and a usage report are late.
pub(crate) fn late(target: &Target) -> Late {
    let mut reader = Reader::new(target.vars());
    let schedule = Schedule::read(&mut reader).filter(|_| target.is_machine());
    let late = |every: Option<Duration>| every.map_or(LATE_ON_STACK, |every| every * PERIODS);
    Late {
        reconcile: late(schedule.and_then(|it| it.reconcile_every)),
        usage: late(schedule.and_then(|it| it.usage_every)),
    }
}

/// Whether a run that began at `at` is late at this age. A clock that was set back makes no run late.
pub(crate) fn is_late(at: Timestamp, late: Duration, now: Timestamp) -> bool {
    Duration::try_from(now.duration_since(at)).unwrap_or_default() > late
}

impl Report {
    /// The jobs whose last run is late. A job that has never run is not late. A stopped bridge has no late jobs,
    /// because it is a cause of its own.
    pub(super) fn late_runs(&self, late: Late, flag: &str, now: Timestamp) -> Vec<Attention> {
        if self.bridge_runs == Some(false) {
            return Vec::new();
        }
        let reconcile = self.last_reconcile.as_ref().map(|it| it.started_at);
        let usage = self.last_usage.as_ref().map(|it| it.started_at);
        let runs = [
            (Kind::ReconcileLate, "reconcile", late.reconcile, reconcile),
            (Kind::UsageLate, "usage", late.usage, usage),
        ];
        let late = runs.into_iter().filter_map(|(kind, command, late, at)| {
            let at = at.filter(|at| is_late(*at, late, now))?;
            let text = format!("the last run of `bridge {command}` began at {} UTC", minute(at));
            let fix = format!(
                "read the log of the bridge, which runs it by itself, or run `bridge {command}{flag}` now"
            );
            Some(Attention::one(kind, text, fix).since(Some(at)))
        });
        late.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_late_after_its_time() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let look = |age: i64| is_late(at(1_000), Duration::from_secs(45), at(1_000 + age));
        assert!(!look(45));
        assert!(look(46));
        // A clock that was set back.
        assert!(!look(-5));
    }
}
