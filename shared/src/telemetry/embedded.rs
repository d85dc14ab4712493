//! Metrics in CloudWatch's embedded metric format: a line of JSON on standard output, from which CloudWatch makes
//! metrics. No agent, no call, no permission.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::recorded::Recorded;
use crate::model::clock::Clock;

/// The namespace of all metrics of a bridge.
const NAMESPACE: &str = "Bridge";

/// Maximum number of values of one metric that CloudWatch accepts in a line.
const MOST_VALUES: usize = 100;

/// Collects the metrics of an invocation, and writes them as one line, because a line costs more than its content.
/// Metrics by reason have another dimension, and so a line for each reason. Clones share their metrics.
#[derive(Clone)]
pub struct EmbeddedMetrics(Arc<Inner>);

struct Inner {
    stack: String,
    clock: Arc<dyn Clock>,
    /// Writes one line.
    write: fn(&str),
    gathered: Mutex<Gathered>,
}

/// By reason, if there is one, and by name.
type Gathered = BTreeMap<Option<String>, BTreeMap<String, Values>>;

enum Values {
    Count(u64),
    Times(Vec<u64>),
}

impl EmbeddedMetrics {
    /// Metrics of `stack`, on standard output.
    pub fn of(stack: &str, clock: Arc<dyn Clock>) -> Self {
        Self::written_by(stack, clock, standard_output)
    }

    fn written_by(stack: &str, clock: Arc<dyn Clock>, write: fn(&str)) -> Self {
        Self(Arc::new(Inner {
            stack: stack.to_owned(),
            clock,
            write,
            gathered: Mutex::default(),
        }))
    }

    /// Writes the metrics that were collected since the last call.
    pub fn flush(&self) {
        let gathered = std::mem::take(&mut *self.gathered());
        for (reason, metrics) in gathered {
            (self.0.write)(&self.line(reason, &metrics));
        }
    }

    fn gather(&self, told: Recorded) {
        let mut gathered = self.gathered();
        let is_count = told.is_count();
        let metrics = gathered.entry(told.reason).or_default();
        match (metrics.get_mut(&told.name), is_count) {
            (Some(Values::Count(sum)), _) => *sum = sum.saturating_add(told.value),
            (Some(Values::Times(times)), _) => times.push(told.value),
            (None, true) => _ = metrics.insert(told.name, Values::Count(told.value)),
            (None, false) => _ = metrics.insert(told.name, Values::Times(vec![told.value])),
        }
        let is_full =
            |values: &Values| matches!(values, Values::Times(it) if it.len() == MOST_VALUES);
        let is_full = metrics.values().any(is_full);
        drop(gathered);
        if is_full {
            self.flush();
        }
    }

    /// The line of one reason. Counts have no unit in it, which CloudWatch reads as a count.
    fn line(&self, reason: Option<String>, metrics: &BTreeMap<String, Values>) -> String {
        let mut line = Map::new();
        let mut described = Vec::new();
        for (name, values) in metrics {
            let (description, value) = match values {
                Values::Count(sum) => (json!({ "Name": name }), json!(sum)),
                Values::Times(times) => {
                    let description = json!({ "Name": name, "Unit": "Milliseconds" });
                    (description, json!(times))
                }
            };
            described.push(description);
            line.insert(name.clone(), value);
        }
        line.insert("Stack".to_owned(), self.0.stack.as_str().into());
        let mut dimensions = vec!["Stack"];
        if let Some(reason) = reason {
            dimensions.push("Reason");
            line.insert("Reason".to_owned(), reason.into());
        }
        let about = json!({
            "Timestamp": self.0.clock.now().as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [dimensions],
                "Metrics": described,
            }],
        });
        line.insert("_aws".to_owned(), about);
        Value::Object(line).to_string()
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        let gathered = self.0.gathered.lock();
        gathered.unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Layer<S> for EmbeddedMetrics {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.gather(Recorded::of(event));
    }
}

/// Writes a line. A line that can't be written is lost, like a line of the log.
fn standard_output(line: &str) {
    let _lost = writeln!(std::io::stdout().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::model::clock::ManualClock;
    use crate::telemetry::Metric;

    thread_local! {
        static LINES: RefCell<Vec<Value>> = RefCell::default();
    }

    fn written(tell: impl FnOnce()) -> Vec<Value> {
        let clock = ManualClock::at("2026-06-12T10:00:00Z".parse().unwrap());
        let write = |line: &str| {
            let line = serde_json::from_str(line).unwrap();
            LINES.with_borrow_mut(|all| all.push(line));
        };
        let metrics = EmbeddedMetrics::written_by("acme", Arc::new(clock), write);
        let subscriber = tracing_subscriber::registry().with(metrics.clone());
        tracing::subscriber::with_default(subscriber, tell);
        metrics.flush();
        metrics.flush();
        LINES.take()
    }

    #[test]
    fn an_invocation_is_one_line_as_cloudwatch_reads_it() {
        let lines = written(|| {
            Metric::Applied.count();
            Metric::ConvergeLatency.took(Duration::from_millis(1250));
            Metric::Applied.add(2);
            Metric::ConvergeLatency.took(Duration::from_millis(80));
        });
        assert_eq!(
            lines,
            [json!({
                "_aws": {
                    "Timestamp": 1_781_258_400_000_u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Bridge",
                        "Dimensions": [["Stack"]],
                        "Metrics": [
                            { "Name": "Applied" },
                            { "Name": "ConvergeLatency", "Unit": "Milliseconds" },
                        ],
                    }],
                },
                "Stack": "acme",
                "Applied": 3,
                "ConvergeLatency": [1250, 80],
            })]
        );
    }

    #[test]
    fn nothing_gathered_is_no_line() {
        assert!(written(|| {}).is_empty());
    }

    #[test]
    fn a_reason_is_a_dimension_of_a_line_of_its_own() {
        let lines = written(|| {
            Metric::Rejected.add_by(3, "too-large");
            Metric::Accepted.count();
            Metric::Rejected.add_by(2, "too-large");
        });
        let told = |line: usize| &lines[line]["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
        assert_eq!(
            (told(0), &lines[0]["Accepted"]),
            (&json!([["Stack"]]), &json!(1))
        );
        assert_eq!(told(1), &json!([["Stack", "Reason"]]));
        assert_eq!(
            (&lines[1]["Reason"], &lines[1]["Rejected"]),
            (&json!("too-large"), &json!(5))
        );
    }

    /// CloudWatch drops a line with more values than that.
    #[test]
    fn a_line_has_at_most_a_hundred_values() {
        let lines = written(|| {
            (0..250).for_each(|it| Metric::ConvergeLatency.took(Duration::from_millis(it)));
        });
        let values = lines
            .iter()
            .map(|it| it["ConvergeLatency"].as_array().unwrap());
        assert_eq!(
            values.clone().map(Vec::len).collect::<Vec<_>>(),
            [100, 100, 50]
        );
        assert!(values.flatten().map(|it| it.as_u64().unwrap()).eq(0..250));
    }
}
