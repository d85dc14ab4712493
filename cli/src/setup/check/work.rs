//! The queue, and the last runs of the jobs.

use std::time::Duration;

use jiff::Timestamp;
use shared::ledger::LastRun;
use shared::queue::Depth;

use super::super::findings::{Finding, failed, good, note};
use super::super::session::clock;
use crate::screen::{ago, count};
use crate::status::{self, Filter, LastReport, is_late, late};
use crate::targets::Target;

const QUEUE: &str = "queue";
const RUNS: &str = "runs";

/// Looks at the data of the bridge, if there is any.
pub(super) async fn look(target: &Target) -> Vec<Finding> {
    // A wrong path of the database is a finding about the settings.
    if !target.has_ledger().unwrap_or(false) {
        return Vec::new();
    }
    let report = match status::read(target, &Filter::default()).await {
        Ok(report) => report,
        Err(error) => return vec![failed(QUEUE, error)],
    };
    let (flag, now) = (target.flag(), clock().now());
    let late = late(target);
    let reconciled = report.last_reconcile.as_ref();
    let reported = report.last_usage.as_ref();
    vec![
        queue(report.queue, &flag),
        match reconciled {
            Some(run) => reconcile(run, late.reconcile, now, &flag),
            None => note(
                RUNS,
                "no reconcile is recorded yet",
                format!("the bridge runs it by itself; `bridge reconcile{flag}` runs it now"),
            ),
        },
        match reported {
            Some(run) => usage(run, late.usage, now, &flag),
            None => good(RUNS, "no linked project had work to report yet"),
        },
    ]
}

fn queue(depth: Depth, flag: &str) -> Finding {
    let Depth {
        waiting,
        in_flight,
        retrying,
        dead,
    } = depth;
    let says = format!(
        "{}: {waiting} waiting, {in_flight} in process, {retrying} to be retried later; {}",
        count(waiting + in_flight + retrying, "message", "messages"),
        count(dead, "dead letter", "dead letters"),
    );
    match dead {
        0 => good(QUEUE, says),
        _ => note(
            QUEUE,
            says,
            format!("`bridge dead-letters{flag}` groups them by cause: fix it, then redrive them"),
        ),
    }
}

fn reconcile(run: &LastRun, late: Duration, now: Timestamp, flag: &str) -> Finding {
    let says = format!(
        "the last reconcile began {} ago and took {} ms: {}, {} repaired",
        ago(run.started_at, now),
        run.took_ms,
        count(run.drift, "difference", "differences"),
        run.repaired,
    );
    if !run.problems.is_empty() {
        let open = count(run.problems.len(), "problem", "problems");
        let fix = format!("`bridge reconcile --dry-run{flag}` shows all of it");
        return note(RUNS, format!("{says}; {open} left"), fix);
    }
    on_time(
        says,
        run.started_at,
        late,
        now,
        &format!("bridge reconcile{flag}"),
    )
}

fn usage(run: &LastReport, late: Duration, now: Timestamp, flag: &str) -> Finding {
    let says = format!(
        "the last usage report began {} ago",
        ago(run.started_at, now)
    );
    if !run.whole {
        let open = count(run.left.len(), "project has", "projects have");
        let fix = format!("`bridge usage --dry-run{flag}` shows all of it");
        return note(RUNS, format!("{says}; {open} unreported work"), fix);
    }
    let says = format!("{says}; all work was reported");
    on_time(
        says,
        run.started_at,
        late,
        now,
        &format!("bridge usage{flag}"),
    )
}

fn on_time(says: String, at: Timestamp, late: Duration, now: Timestamp, command: &str) -> Finding {
    match is_late(at, late, now) {
        false => good(RUNS, says),
        true => note(
            RUNS,
            format!("{says}: it is late"),
            format!("read the log of the bridge, which runs it by itself, or run `{command}` now"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use shared::queue::Depth;

    use super::super::super::findings::State;
    use super::{on_time, queue};

    #[test]
    fn a_run_is_late_after_its_time() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let look = |age: i64| {
            on_time(
                "it ran".into(),
                at(1_000),
                Duration::from_secs(45),
                at(1_000 + age),
                "x",
            )
        };
        assert_eq!(look(45).state, State::Good);
        assert_eq!(look(46).state, State::Note);
        // A clock that was set back.
        assert_eq!(look(-5).state, State::Good);
    }

    #[test]
    fn the_queue_is_shown_with_its_retries_and_dead_letters() {
        let depth = |dead| Depth {
            waiting: 3,
            in_flight: 1,
            retrying: 2,
            dead,
        };
        let good = queue(depth(0), "");
        assert_eq!(
            good.says,
            "6 messages: 3 waiting, 1 in process, 2 to be retried later; 0 dead letters"
        );
        assert_eq!(good.state, State::Good);
        let dead = queue(depth(1), " --stack s");
        assert_eq!(dead.state, State::Note);
        assert!(dead.cure.unwrap().contains("bridge dead-letters --stack s"));
    }
}
