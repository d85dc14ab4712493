//! Counters and measurements.

use std::time::Duration;

/// Target that distinguishes metrics from the lines of the log.
pub(super) const TARGET: &str = "bridge::metric";

/// A metric; its name is the one in dashboards and alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Deliveries that are in the queue.
    Accepted,
    /// Deliveries that were refused, by reason.
    Rejected,
    /// Events that were processed.
    Applied,
    /// Events that had been processed before.
    Duplicates,
    /// Time from intake to granted or revoked access, in milliseconds.
    ConvergeLatency,
    /// Messages that are returned to the queue with a delay.
    Retried,
    /// Failures that need an operator.
    OperatorNeeded,
    /// Changes of access that reconciles requested.
    Waiting,
    /// Daily totals that OpenTrain accepted.
    UsageEntries,
    /// Daily totals that OpenTrain refused.
    UsageRefused,
    /// Days of work that can no longer be reported.
    UsageLost,
    /// Differences that a reconcile has found and repaired.
    Repaired,
    /// Removals that the guard has held for more than a day, by connection.
    RemovalsHeld,
    /// Connections whose token OpenTrain has refused for an hour.
    TokenRefused,
    /// Accesses that have been kept for more than seven days only because of an orphaned hire.
    OrphanedAccess,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 15] = [
        Self::Accepted,
        Self::Rejected,
        Self::Applied,
        Self::Duplicates,
        Self::ConvergeLatency,
        Self::Retried,
        Self::OperatorNeeded,
        Self::Waiting,
        Self::UsageEntries,
        Self::UsageRefused,
        Self::UsageLost,
        Self::Repaired,
        Self::RemovalsHeld,
        Self::TokenRefused,
        Self::OrphanedAccess,
    ];

    /// The name in dashboards and alarms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Rejected => "Rejected",
            Self::Applied => "Applied",
            Self::Duplicates => "Duplicates",
            Self::ConvergeLatency => "ConvergeLatency",
            Self::Retried => "Retried",
            Self::OperatorNeeded => "OperatorNeeded",
            Self::Waiting => "Waiting",
            Self::UsageEntries => "UsageEntries",
            Self::UsageRefused => "UsageRefused",
            Self::UsageLost => "UsageLost",
            Self::Repaired => "Repaired",
            Self::RemovalsHeld => "RemovalsHeld",
            Self::TokenRefused => "TokenRefused",
            Self::OrphanedAccess => "OrphanedAccess",
        }
    }

    /// CloudWatch's unit.
    fn unit(self) -> &'static str {
        match self {
            Self::ConvergeLatency => "Milliseconds",
            _ => super::recorded::COUNT,
        }
    }

    /// Whether values are summed up.
    pub(super) fn is_count(self) -> bool {
        self.unit() == super::recorded::COUNT
    }

    /// The name in Prometheus: `UsageLost` is `bridge_usage_lost_total`, and times are in seconds.
    pub fn prometheus_name(self) -> String {
        let mut name = "bridge".to_owned();
        for letter in self.name().chars() {
            if letter.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name + if self.is_count() {
            "_total"
        } else {
            "_seconds"
        }
    }

    /// Adds 1.
    pub fn count(self) {
        self.tell(1, None);
    }

    /// Adds `many` for this reason, which is from a short list.
    pub fn add_by(self, many: u64, reason: &str) {
        self.tell(many, Some(reason));
    }

    /// Adds `many`.
    pub fn add(self, many: usize) {
        self.tell(u64::try_from(many).unwrap_or(u64::MAX), None);
    }

    /// Records a duration.
    pub fn took(self, time: Duration) {
        self.tell(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), None);
    }

    fn tell(self, value: u64, reason: Option<&str>) {
        let (name, unit) = (self.name(), self.unit());
        tracing::info!(target: TARGET, name, unit, value, reason);
    }
}
