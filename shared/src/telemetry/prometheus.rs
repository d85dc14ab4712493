//! Sums of the metrics since the start, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::Metric;
use super::recorded::Recorded;

/// Upper bounds of the histograms' buckets, in milliseconds.
const BUCKETS: [u64; 9] = [
    100, 500, 1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000,
];

/// Sums of all metrics since the start of the process. Clones share them.
#[derive(Clone, Default)]
pub struct PrometheusMetrics(Arc<Mutex<Sums>>);

#[derive(Default)]
struct Sums {
    /// By name and reason.
    counts: BTreeMap<(String, Option<String>), u64>,
    times: BTreeMap<String, Histogram>,
}

#[derive(Default)]
struct Histogram {
    /// Values up to the bound of each bucket.
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum_ms: u64,
}

impl PrometheusMetrics {
    /// All metrics. A metric without a reason is 0 from the start.
    pub fn render(&self) -> String {
        let sums = self.sums();
        let mut text = String::new();
        for metric in Metric::ALL {
            match metric.is_count() {
                true => sums.render_count(metric, &mut text),
                false => sums.render_times(metric, &mut text),
            }
        }
        text
    }

    fn add(&self, it: Recorded) {
        let mut sums = self.sums();
        if it.is_count() {
            let sum = sums.counts.entry((it.name, it.reason)).or_default();
            *sum = sum.saturating_add(it.value);
            return;
        }
        let times = sums.times.entry(it.name).or_default();
        for (bucket, _) in times
            .buckets
            .iter_mut()
            .zip(BUCKETS)
            .filter(|(_, bound)| it.value <= *bound)
        {
            *bucket += 1;
        }
        times.count += 1;
        times.sum_ms = times.sum_ms.saturating_add(it.value);
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sums {
    fn render_count(&self, metric: Metric, text: &mut String) {
        let name = metric.prometheus_name();
        let own = |(key, _): &(&(String, Option<String>), &u64)| key.0 == metric.name();
        let mut series = self.counts.iter().filter(own).peekable();
        header(&name, "counter", text);
        if series.peek().is_none() {
            line(text, format_args!("{name} 0"));
        }
        for ((_, reason), sum) in series {
            match reason {
                None => line(text, format_args!("{name} {sum}")),
                // The reasons are a short list of the code, without characters that need an escape.
                Some(reason) => line(text, format_args!("{name}{{reason=\"{reason}\"}} {sum}")),
            }
        }
    }

    fn render_times(&self, metric: Metric, text: &mut String) {
        let name = metric.prometheus_name();
        let none = Histogram::default();
        let times = self.times.get(metric.name()).unwrap_or(&none);
        header(&name, "histogram", text);
        for (bound, count) in BUCKETS.into_iter().zip(times.buckets) {
            let le = seconds(bound);
            line(text, format_args!("{name}_bucket{{le=\"{le}\"}} {count}"));
        }
        line(
            text,
            format_args!("{name}_bucket{{le=\"+Inf\"}} {}", times.count),
        );
        line(text, format_args!("{name}_sum {}", seconds(times.sum_ms)));
        line(text, format_args!("{name}_count {}", times.count));
    }
}

/// Adds a gauge with its current value for each label, such as `state="dead"`.
pub fn gauge(text: &mut String, name: &str, values: &[(&str, f64)]) {
    header(name, "gauge", text);
    for (labels, value) in values {
        match labels.is_empty() {
            true => line(text, format_args!("{name} {value}")),
            false => line(text, format_args!("{name}{{{labels}}} {value}")),
        }
    }
}

fn header(name: &str, kind: &str, text: &mut String) {
    line(text, format_args!("# TYPE {name} {kind}"));
}

/// Writing to a string does not fail.
fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    let _infallible = writeln!(text, "{line}");
}

fn seconds(ms: u64) -> f64 {
    std::time::Duration::from_millis(ms).as_secs_f64()
}

impl<S: Subscriber> Layer<S> for PrometheusMetrics {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.add(Recorded::of(event));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn each_metric_is_there_from_the_start_and_grows() {
        let counters = PrometheusMetrics::default();
        for metric in Metric::ALL {
            let name = metric.prometheus_name();
            assert!(
                counters.render().contains(&format!("# TYPE {name} ")),
                "{name}"
            );
        }
        let subscriber = tracing_subscriber::registry().with(counters.clone());
        tracing::subscriber::with_default(subscriber, || {
            Metric::Accepted.count();
            Metric::UsageEntries.add(3);
            Metric::UsageEntries.add(4);
            Metric::Rejected.add_by(2, "too-large");
            Metric::Rejected.add_by(1, "signature-mismatch");
            Metric::ConvergeLatency.took(Duration::from_millis(250));
            Metric::ConvergeLatency.took(Duration::from_secs(2_000));
        });
        let text = counters.render();
        for line in [
            "bridge_accepted_total 1",
            "bridge_usage_entries_total 7",
            "bridge_rejected_total{reason=\"signature-mismatch\"} 1",
            "bridge_rejected_total{reason=\"too-large\"} 2",
            "bridge_usage_lost_total 0",
            "bridge_converge_latency_seconds_bucket{le=\"0.1\"} 0",
            "bridge_converge_latency_seconds_bucket{le=\"0.5\"} 1",
            "bridge_converge_latency_seconds_bucket{le=\"900\"} 1",
            "bridge_converge_latency_seconds_bucket{le=\"+Inf\"} 2",
            "bridge_converge_latency_seconds_sum 2000.25",
            "bridge_converge_latency_seconds_count 2",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}: {text}");
        }
    }
}
