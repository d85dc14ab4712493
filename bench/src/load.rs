//! Counts and latencies of the answers, for both kinds of load.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::figures::Latency;

/// Results of the deliveries of one connection, or of all.
pub(crate) struct Tally {
    /// Numbers of the deliveries with a 2xx.
    pub(crate) acknowledged: Vec<u64>,
    /// Answered with another status.
    pub(crate) refused: u64,
    /// Sent, but the connection ended before the answer.
    pub(crate) unanswered: u64,
    /// Microseconds until the 2xx.
    latency: Histogram<u64>,
}

impl Tally {
    /// An empty tally.
    ///
    /// # Errors
    /// Never, with these bounds.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let latency = Histogram::new_with_bounds(1, 120_000_000, 3)?;
        Ok(Self {
            acknowledged: Vec::new(),
            refused: 0,
            unanswered: 0,
            latency,
        })
    }

    /// Records the answer to delivery `n`. Returns whether the connection can be used further.
    pub(crate) fn note(&mut self, n: u64, status: std::io::Result<u16>, took: Duration) -> bool {
        match status {
            Ok(200..=299) => {
                self.acknowledged.push(n);
                self.latency
                    .saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
            }
            Ok(_) => self.refused += 1,
            Err(_) => self.unanswered += 1,
        }
        status.is_ok()
    }

    /// The sum of both.
    pub(crate) fn with(mut self, other: Self) -> anyhow::Result<Self> {
        self.acknowledged.extend(other.acknowledged);
        self.refused += other.refused;
        self.unanswered += other.unanswered;
        self.latency.add(other.latency)?;
        Ok(self)
    }

    /// Time until the 2xx.
    pub(crate) fn latency(&self) -> Latency {
        let ms = |micros: u64| Duration::from_micros(micros).as_secs_f64() * 1e3;
        let at = |quantile| ms(self.latency.value_at_quantile(quantile));
        Latency {
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            max_ms: ms(self.latency.max()),
        }
    }
}
