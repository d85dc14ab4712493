//! A metric's event, as its collectors read it.

use tracing::Event;
use tracing::field::{Field, Visit};

/// The unit of metrics that are summed up. Values of other metrics are kept singly.
pub(super) const COUNT: &str = "Count";

/// Name and value in the event of a metric.
#[derive(Default)]
pub(super) struct Recorded {
    pub(super) name: String,
    unit: String,
    pub(super) value: u64,
    pub(super) reason: Option<String>,
}

impl Recorded {
    pub(super) fn of(event: &Event<'_>) -> Self {
        let mut recorded = Self::default();
        event.record(&mut recorded);
        recorded
    }

    /// Whether values are summed up.
    pub(super) fn is_count(&self) -> bool {
        self.unit == COUNT
    }
}

impl Visit for Recorded {
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
            self.value = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
