//! Logs and metrics. They contain no personal data, because its types do not print it.
//!
//! - the log: one line per event, for people or for collectors
//! - [`Metric`]: counters and measurements. Without a collector they cost nothing and print nothing
//! - `embedded`: the metrics of a function, as lines of its log for CloudWatch
//! - [`prometheus`]: the metrics of a process, in the format of Prometheus

mod embedded;
mod fields;
mod metric;
pub mod prometheus;
mod recorded;

use tracing::Level;
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

use crate::model::clock::{Clock, SystemClock};

pub use embedded::EmbeddedMetrics;
pub use metric::Metric;
pub use prometheus::PrometheusMetrics;

/// Format of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people; colours only on a terminal.
    Text {
        /// Whether lines have colours.
        colours: bool,
    },
    /// One JSON object a line.
    Json,
}

/// Sends the process's log to `writer`, and adds metrics to `counters`, if given. A second call has no effect.
pub fn init<W>(filter: Targets, format: Format, writer: W, counters: Option<PrometheusMetrics>)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let counters = counters.map(|it| it.with_filter(filter_fn(is_metric)));
    let subscriber = registry()
        .with(lines(filter, format, writer))
        .with(counters);
    // If a subscriber is set already, it stays.
    let _already_set = subscriber.try_init();
}

/// Sends the log as JSON, and metrics, to `writer`: a function's standard output.
pub fn init_with_metrics<W>(filter: Targets, writer: W, metrics: EmbeddedMetrics)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let subscriber = registry()
        .with(lines(filter, Format::Json, writer))
        .with(metrics.with_filter(filter_fn(is_metric)));
    let _already_set = subscriber.try_init();
}

fn is_metric(it: &tracing::Metadata<'_>) -> bool {
    it.target() == metric::TARGET
}

/// The log's lines, without metrics.
fn lines<S, W>(filter: Targets, format: Format, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> registry::LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = filter.and(filter_fn(|it| {
        // Other crates log whole contents: the AWS SDK logs responses, and Lambda's runtime logs events.
        let ours = ["shared", "bridge"]
            .iter()
            .any(|own| it.target().starts_with(own));
        it.target() != metric::TARGET && (ours || *it.level() != Level::TRACE)
    }));
    let log = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_target(false);
    match format {
        Format::Text { colours } => log
            .with_ansi(colours)
            .fmt_fields(fields::escaped())
            .with_filter(filter)
            .boxed(),
        Format::Json => log
            .json()
            .flatten_event(true)
            .with_timer(Millis)
            // The only spans are those of Lambda's runtime.
            .with_current_span(false)
            .with_span_list(false)
            .with_filter(filter)
            .boxed(),
    }
}

/// RFC 3339, in milliseconds.
struct Millis;

impl FormatTime for Millis {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        write!(writer, "{:.3}", SystemClock.now())
    }
}
