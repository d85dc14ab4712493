//! `GET /metrics`: the counters of the process, and the state of queue and jobs, in the text format of Prometheus.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Response;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use shared::ledger::Ledger;
use shared::model::failure::Failure;
use shared::queue::Queue;
use shared::telemetry::PrometheusMetrics;
use shared::telemetry::prometheus::gauge;
use tokio::sync::Mutex;

use crate::status::LastReport;

/// Time for which the state is reused, because it is read from many rows.
const SHARED_FOR: Duration = Duration::from_secs(5);

/// The sources of the metrics.
pub(in crate::server) struct Metrics {
    counters: PrometheusMetrics,
    queue: Arc<dyn Queue>,
    ledger: Ledger,
    state: Mutex<Option<(Instant, String)>>,
}

impl Metrics {
    pub(in crate::server) fn new(
        counters: PrometheusMetrics,
        queue: Arc<dyn Queue>,
        ledger: Ledger,
    ) -> Self {
        Self {
            counters,
            queue,
            ledger,
            state: Mutex::default(),
        }
    }

    /// Omits the state of queue and jobs if the database can't be read; `bridge_ready` shows that.
    pub(super) async fn response(&self, is_ready: bool) -> Response<String> {
        let mut text = self.counters.render();
        let version = concat!("version=\"", env!("CARGO_PKG_VERSION"), "\"");
        gauge(&mut text, "bridge_build_info", &[(version, 1.0)]);
        gauge(&mut text, "bridge_ready", &[("", f64::from(is_ready))]);
        match self.state().await {
            Ok(state) => text.push_str(&state),
            Err(failure) => {
                tracing::warn!(reason = %failure, "metrics lack the state of the queue and the jobs")
            }
        }
        let mut response = Response::new(text);
        let format = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, format);
        response
    }

    async fn state(&self) -> Result<String, Failure> {
        let mut state = self.state.lock().await;
        if let Some((_, text)) = state.as_ref().filter(|(at, _)| at.elapsed() < SHARED_FOR) {
            return Ok(text.clone());
        }
        let text = self.read_state().await?;
        *state = Some((Instant::now(), text.clone()));
        Ok(text)
    }

    async fn read_state(&self) -> Result<String, Failure> {
        let mut text = String::new();
        let depth = self.queue.depth().await?;
        let states = [
            ("state=\"waiting\"", depth.waiting),
            ("state=\"in-flight\"", depth.in_flight),
            ("state=\"retrying\"", depth.retrying),
            ("state=\"dead\"", depth.dead),
        ];
        let states = states.map(|(state, messages)| (state, number(messages)));
        gauge(&mut text, "bridge_queue_messages", &states);
        let mut connections = Vec::new();
        for name in self.ledger.connections().await? {
            let install = self.ledger.install(&name).await?;
            connections.push((name, install));
        }
        let named = connections.iter().map(|(name, it)| (name, it.as_ref()));
        if let Some(run) = self.ledger.last_reconcile_of(named).await? {
            let started = seconds(run.started_at);
            gauge(
                &mut text,
                "bridge_last_reconcile_timestamp_seconds",
                &[("", started)],
            );
            let problems = number(run.problems.len() as u64);
            gauge(
                &mut text,
                "bridge_last_reconcile_problems",
                &[("", problems)],
            );
        }
        if let Some(run) = LastReport::read(&self.ledger).await? {
            let started = seconds(run.started_at);
            gauge(
                &mut text,
                "bridge_last_usage_run_timestamp_seconds",
                &[("", started)],
            );
            let left = number(run.left.len() as u64);
            gauge(
                &mut text,
                "bridge_last_usage_run_projects_left",
                &[("", left)],
            );
        }
        Ok(text)
    }
}

fn seconds(at: jiff::Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn number(count: u64) -> f64 {
    count as f64
}
