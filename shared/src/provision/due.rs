//! Work that is still due on a trainer's access, and the time of its next attempt.

use std::time::Duration;

use jiff::Timestamp;

use super::Delays;
use super::plan::Step;
use crate::ledger::Due;
use crate::model::clock::after;
use crate::model::failure::{Cause, Failure};

/// A grant that fails for this long is left to the reconciler. A removal is retried as long as it is due.
const GRANTS_FOR: Duration = Duration::from_secs(24 * 3600);

/// Age from which any failure needs an operator.
const OPERATOR_AFTER: Duration = Duration::from_secs(3600);

/// A step that failed.
pub(super) struct Failed {
    pub(super) step: Step,
    pub(super) failure: Failure,
}

impl Failed {
    /// Whether the step is retried. A removal is never abandoned.
    fn is_retried(&self) -> bool {
        self.step.removes() || self.failure.cause != Cause::Wrong
    }
}

/// Age of the work that is left. It is the age of the removals that failed before; without such removals, of the other
/// steps that failed before. If all of these steps have succeeded now, there is no earlier age: returns `None`.
pub(super) fn age(
    before: Option<Due>,
    steps: &[Step],
    has_failed: impl Fn(&Step) -> bool,
    failed: &[Failed],
) -> Option<Due> {
    let old = || steps.iter().filter(|step| has_failed(step));
    let is_of_removals = old().any(Step::removes);
    let mut aged = old()
        .filter(|step| !is_of_removals || step.removes())
        .peekable();
    let is_new = aged.peek().is_some() && aged.all(|step| failed.iter().all(|it| it.step != *step));
    before.filter(|_| !is_new)
}

/// The work that is left after an attempt, if any. An attempt before the planned retry, because of another fact or an
/// operator, is not counted and never delays that retry.
pub(super) fn left(
    failed: &[Failed],
    before: Option<Due>,
    planned: Option<Due>,
    delays: Delays,
    now: Timestamp,
) -> Option<Due> {
    let retried: Vec<_> = failed.iter().filter(|it| it.is_retried()).collect();
    let since = before.map_or(now, |due| due.since.min(now));
    let removes = retried.iter().any(|it| it.step.removes());
    let tries = before.map_or(0, |due| due.tries);
    if retried.is_empty() || (!removes && delays.failed_for(GRANTS_FOR, since, tries, now)) {
        return None;
    }
    let asked = retried.iter().filter_map(|it| it.failure.after).max();
    // A paused tool returns the time at which it can process this trainer; nothing was tried.
    let is_paused = retried.iter().all(|it| it.failure.is_paused);
    let (tries, delay) = match (is_paused, planned) {
        (true, _) => (tries, asked.unwrap_or(delays.first).min(delays.longest)),
        (false, Some(_)) => (tries, delays.after(1, asked)),
        (false, None) => {
            let tries = tries.saturating_add(1);
            (tries, delays.after(tries, asked))
        }
    };
    let at = after(now, delay);
    match planned {
        Some(planned) if planned.at <= at => Some(planned),
        _ => Some(Due {
            at,
            since,
            tries,
            token: crate::model::chance::random(),
            by: 0,
        }),
    }
}

/// The work of an attempt that begins: if the attempt never returns, it is due when its lease is over.
pub(super) fn begun(before: Option<Due>, until: Timestamp, now: Timestamp) -> Due {
    let fresh = Due {
        at: until,
        since: now,
        tries: 0,
        token: crate::model::chance::random(),
        by: 0,
    };
    before.map_or(fresh, |due| Due { at: until, ..due })
}

/// The failure as it is recorded: one that lasts needs an operator.
pub(super) fn escalated(failure: Failure, since: Option<Timestamp>, now: Timestamp) -> Failure {
    let lasts = since.is_some_and(|since| after(since, OPERATOR_AFTER) <= now);
    match failure.cause {
        Cause::Transient if lasts => Failure {
            cause: Cause::Operator,
            ..failure
        },
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_before_the_planned_one_brings_it_forward_and_never_delays_it() {
        let now = Timestamp::UNIX_EPOCH;
        let delays = Delays::default();
        let planned = |seconds| Due {
            at: after(now, Duration::from_secs(seconds)),
            since: now,
            tries: 7,
            token: 1,
            by: 0,
        };
        let again = |planned| {
            let failed = Failed {
                step: Step::Remove("streets".into()),
                failure: Failure::transient("the tool is down"),
            };
            left(&[failed], Some(planned), Some(planned), delays, now).unwrap()
        };
        assert_eq!(again(planned(1)), planned(1));
        let sooner = again(planned(600));
        assert!(
            sooner.at <= after(now, Duration::from_secs(10)),
            "{sooner:?}"
        );
        assert_eq!(sooner.tries, 7);
        assert_ne!(sooner.token, 1, "the wake-up of the old moment is stale");
    }

    #[test]
    fn a_paused_tool_delays_work_by_no_more_than_the_longest_delay() {
        let now = Timestamp::UNIX_EPOCH;
        let failure = Failure {
            after: Some(Duration::from_secs(3600)),
            is_paused: true,
            ..Failure::transient("the tool is paused")
        };
        let step = Step::Grant("streets".into());
        let delays = Delays::default();
        let due = left(&[Failed { step, failure }], None, None, delays, now).unwrap();
        assert_eq!((due.at, due.tries), (after(now, delays.longest), 0));
    }
}
