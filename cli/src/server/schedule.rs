//! Scheduled jobs, which EventBridge Scheduler runs on AWS.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use shared::connection::Connections;
use shared::model::progress::unwatched;
use shared::notice::Notices;
use shared::reconcile::Wish;
use shared::usage::Options;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::control::Jobs;
use crate::exit::chain;

/// Interval of retries for notices that could not be shown or posted.
pub(super) const NOTICES_EVERY: Duration = Duration::from_secs(5 * 60);

/// Duration of failing runs after which they are logged as an error. A tool outage is usually shorter.
const NEEDS_OPERATOR_AFTER: Duration = Duration::from_secs(60 * 60);

/// Result of a scheduled run, and the time until the next one if it is shorter than the period.
pub(super) struct Run {
    done: anyhow::Result<()>,
    again_after: Option<Duration>,
}

impl From<anyhow::Result<()>> for Run {
    fn from(done: anyhow::Result<()>) -> Self {
        Self {
            done,
            again_after: None,
        }
    }
}

/// Runs `job` now and then `period` after each run has ended. Runs never overlap or queue up. A failed run is logged
/// here once, and the next one retries.
///
/// A stop interrupts a run, because every job can be repeated from the start.
pub(super) async fn every<J, R>(
    period: Duration,
    name: &'static str,
    job: J,
    mut stopped: watch::Receiver<bool>,
) where
    J: Fn() -> R,
    R: Future<Output: Into<Run>>,
{
    let mut failing_since: Option<Instant> = None;
    loop {
        let Run { done, again_after } = tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => return,
            run = job() => run.into(),
        };
        let pause = again_after.map_or(period, |soon| soon.min(period));
        match done {
            Ok(()) => {
                failing_since = None;
                tracing::debug!(job = name, "a scheduled run is done");
            }
            Err(error) => {
                let lasts = failing_since.get_or_insert_with(Instant::now).elapsed();
                log_failure(name, &chain(&error), pause, lasts);
            }
        }
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// A lasting failure is logged as an error, because it needs an operator.
fn log_failure(job: &str, reason: &str, pause: Duration, lasts: Duration) {
    let (next_s, failing_for_s) = (pause.as_secs(), lasts.as_secs());
    match lasts < NEEDS_OPERATOR_AFTER {
        true => tracing::warn!(
            job,
            reason,
            next_s,
            failing_for_s,
            "a scheduled run failed; it is retried"
        ),
        false => tracing::error!(
            job,
            reason,
            next_s,
            failing_for_s,
            "scheduled runs have failed for over an hour; they are retried"
        ),
    }
}

/// A scheduled reconcile. The next run is in time for the second look at missing contracts.
pub(super) fn reconcile(jobs: Arc<Jobs>) -> impl Fn() -> BoxFuture<'static, Run> {
    move || {
        let jobs = Arc::clone(&jobs);
        Box::pin(async move {
            match jobs.reconcile(&Wish::scheduled(), &unwatched).await {
                Err(error) => Err(error).into(),
                Ok(outcome) => Run {
                    done: outcome.all_done().map_err(anyhow::Error::msg),
                    again_after: outcome.look_again_after(),
                },
            }
        })
    }
}

/// A scheduled usage run.
pub(super) fn usage(jobs: Arc<Jobs>) -> impl Fn() -> BoxFuture<'static, anyhow::Result<()>> {
    move || {
        let jobs = Arc::clone(&jobs);
        Box::pin(async move {
            let report = jobs.usage(&Options::default(), &unwatched).await?;
            let (entries, unchanged) = (report.entries(), report.unchanged);
            tracing::info!(entries, unchanged, "work was reported");
            report.all_done().map_err(anyhow::Error::msg)
        })
    }
}

/// Retries notices that could not be shown or posted.
pub(super) fn notices(
    notices: Notices,
    connections: Connections,
) -> impl Fn() -> BoxFuture<'static, anyhow::Result<()>> {
    move || {
        let (notices, connections) = (notices.clone(), connections.clone());
        Box::pin(async move { Ok(notices.catch_up_all(&connections).await?) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    /// Long enough for every expected event.
    const PATIENCE: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_run_that_fails_is_followed_by_another_and_none_overlaps() {
        let (stop, stopped) = watch::channel(false);
        let (running, runs) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let job = || async {
            assert_eq!(
                running.fetch_add(1, Ordering::SeqCst),
                0,
                "two runs at once"
            );
            tokio::time::sleep(SOON * 3).await;
            running.fetch_sub(1, Ordering::SeqCst);
            if runs.fetch_add(1, Ordering::SeqCst) == 4 {
                stop.send_replace(true);
            }
            Err(anyhow::anyhow!("not today"))
        };
        timeout(PATIENCE, every(SOON, "test", job, stopped))
            .await
            .unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), 5);
    }

    #[tokio::test]
    async fn a_stop_cuts_off_a_run_and_a_pause() {
        for endless in [true, false] {
            let (stop, stopped) = watch::channel(false);
            let job = || async {
                stop.send_replace(true);
                match endless {
                    true => std::future::pending().await,
                    false => Ok(()),
                }
            };
            timeout(PATIENCE, every(PATIENCE * 10, "test", job, stopped))
                .await
                .unwrap();
        }
    }
}
