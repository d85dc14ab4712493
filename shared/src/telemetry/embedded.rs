//! Metrics in CloudWatch's embedded metric format: a line of JSON on standard output, which CloudWatch
//! turns into metrics by itself. No agent, no call, no permission.

use std::io::Write;
use std::sync::Arc;

use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::clock::Clock;

/// The namespace of all metrics of a bridge.
const NAMESPACE: &str = "Bridge";

/// Writes each metric as a line of its own.
pub struct EmbeddedMetrics {
    stack: String,
    clock: Arc<dyn Clock>,
    /// Writes one line.
    write: fn(&str),
}

impl EmbeddedMetrics {
    /// Metrics of `stack`, on standard output.
    pub fn of(stack: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            stack: stack.to_owned(),
            clock,
            write: standard_output,
        }
    }

    fn line(&self, told: &Told) -> String {
        let mut dimensions = vec!["Stack"];
        let mut line = json!({ "Stack": self.stack, told.name.as_str(): told.value });
        if let Some(reason) = &told.reason {
            dimensions.push("Reason");
            line["Reason"] = reason.as_str().into();
        }
        line["_aws"] = json!({
            "Timestamp": self.clock.now().as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [dimensions],
                "Metrics": [{ "Name": told.name, "Unit": told.unit }],
            }],
        });
        line.to_string()
    }
}

impl<S: Subscriber> Layer<S> for EmbeddedMetrics {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        (self.write)(&self.line(&told));
    }
}

/// A line that can't be written is lost, as a line of the log would be.
fn standard_output(line: &str) {
    let _lost = writeln!(std::io::stdout().lock(), "{line}");
}

/// What a metric's event says.
#[derive(Default)]
struct Told {
    name: String,
    unit: String,
    value: Value,
    reason: Option<String>,
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, text: &str) {
        match field.name() {
            "name" => self.name = text.to_owned(),
            "unit" => self.unit = text.to_owned(),
            "reason" => self.reason = Some(text.to_owned()),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "value" {
            self.value = value.into();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::clock::ManualClock;
    use crate::telemetry::Metric;

    thread_local! {
        static LINES: RefCell<Vec<Value>> = RefCell::default();
    }

    fn written(tell: impl FnOnce()) -> Vec<Value> {
        let metrics = EmbeddedMetrics {
            stack: "acme".into(),
            clock: Arc::new(ManualClock::at("2026-06-12T10:00:00Z".parse().unwrap())),
            write: |line| {
                LINES.with_borrow_mut(|all| all.push(serde_json::from_str(line).unwrap()))
            },
        };
        let subscriber = tracing_subscriber::registry().with(metrics);
        tracing::subscriber::with_default(subscriber, tell);
        LINES.take()
    }

    #[test]
    fn a_count_is_as_cloudwatch_reads_it() {
        let lines = written(|| Metric::UsageEntries.add(7));
        assert_eq!(
            lines,
            [json!({
                "_aws": {
                    "Timestamp": 1_781_258_400_000_u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Bridge",
                        "Dimensions": [["Stack"]],
                        "Metrics": [{ "Name": "UsageEntries", "Unit": "Count" }],
                    }],
                },
                "Stack": "acme",
                "UsageEntries": 7,
            })]
        );
    }

    #[test]
    fn a_reason_is_a_dimension_and_a_time_is_in_milliseconds() {
        let lines = written(|| {
            Metric::Rejected.add_by(3, "too-large");
            Metric::ConvergeLatency.took(std::time::Duration::from_millis(1250));
        });
        let told = &lines[0]["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(told["Dimensions"], json!([["Stack", "Reason"]]));
        assert_eq!(
            (&lines[0]["Reason"], &lines[0]["Rejected"]),
            (&json!("too-large"), &json!(3))
        );
        let told = &lines[1]["_aws"]["CloudWatchMetrics"][0]["Metrics"][0];
        assert_eq!(told["Unit"], "Milliseconds");
        assert_eq!(lines[1]["ConvergeLatency"], 1250);
    }
}
