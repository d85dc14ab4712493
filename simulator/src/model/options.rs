//! Options of a simulated OpenTrain.

use std::{fmt, time::Duration};

use crate::kit::clock::{Clock, system_clock};

/// What "10 failed deliveries in a row" counts. The published pages can be read in both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failures {
    /// Deliveries whose five attempts failed.
    #[default]
    Deliveries,
    /// Failed attempts.
    Attempts,
}

/// Options of a simulated OpenTrain.
#[derive(Clone)]
pub struct Options {
    /// The clock.
    pub clock: Clock,
    /// The port on 127.0.0.1; 0 is a free one.
    pub port: u16,
    /// Names under which clients may call it, in addition to those of loopback.
    pub hosts: Vec<String>,
    /// Maximum number of links of an install; the page has no number.
    pub link_limit: usize,
    /// Time limit of a delivery's answer.
    pub attempt_timeout: Duration,
    /// Maximum number of concurrent deliveries to one endpoint; 1 keeps their order.
    pub concurrency: usize,
    /// The first event id. Ids soon get another digit, so that their order as text is wrong.
    pub first_event_id: u64,
    /// What disables an endpoint.
    pub failures: Failures,
    /// Tokens, secrets, codes and names are the same for the same seed; `None` draws them.
    pub seed: Option<u64>,
    /// Whether a claimed account has a card on file.
    pub card_on_file: bool,
    /// Whether the marketplace begins with [`Samples`](crate::Samples).
    pub samples: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: system_clock(),
            port: 0,
            hosts: Vec::new(),
            link_limit: 1000,
            attempt_timeout: Duration::from_secs(10),
            concurrency: 8,
            first_event_id: 95,
            failures: Failures::default(),
            seed: None,
            card_on_file: true,
            samples: false,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
