//! Pauses of calls to the tool and to OpenTrain, which all processes keep.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Key, Ledger, LedgerError};
use crate::http::{PauseRows, SharedPause};

/// The tool, as a service whose calls are paused.
pub(super) const TOOL: &str = "TOOL";

#[derive(Serialize, Deserialize)]
struct Pause {
    until: Timestamp,
}

impl Ledger {
    /// Until when calls to a service are paused, if they ever were. Ignores a pause that ends more than an hour from
    /// now: a wrong clock has written it.
    pub(crate) async fn paused(&self, service: &str) -> Result<Option<Timestamp>, LedgerError> {
        let pause: Option<Pause> = self.row(&key(service)).await?;
        let longest = self.clock.now() + LONGEST;
        Ok(pause.map(|it| it.until).filter(|until| *until <= longest))
    }

    /// Records a pause. A recorded pause that lasts longer stays, unless it is so long that a clock must have been
    /// wrong.
    pub(crate) async fn record_pause(
        &self,
        service: &str,
        until: Timestamp,
    ) -> Result<(), LedgerError> {
        let longest = self.clock.now() + LONGEST;
        let change = |old: Option<Pause>| {
            let stays = old.is_some_and(|old| old.until >= until && old.until <= longest);
            (!stays).then_some(Pause { until })
        };
        self.update(&key(service), change).await.map(drop)
    }
}

/// Longer than any pause.
const LONGEST: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

fn key(service: &str) -> Key {
    Key::new("PAUSE", service)
}

impl PauseRows for Ledger {
    fn of(&self, service: &str) -> Arc<dyn SharedPause> {
        Arc::new(Row {
            ledger: self.clone(),
            service: service.to_owned(),
        })
    }
}

struct Row {
    ledger: Ledger,
    service: String,
}

#[async_trait]
impl SharedPause for Row {
    async fn paused_until(&self) -> Option<Timestamp> {
        let read = self.ledger.paused(&self.service).await;
        let failed =
            |error: &_| tracing::warn!(%error, "the pause of calls to OpenTrain could not be read");
        read.inspect_err(failed).ok().flatten()
    }

    async fn pause(&self, until: Timestamp) {
        if let Err(error) = self.ledger.record_pause(&self.service, until).await {
            tracing::warn!(%error, "the pause of calls to OpenTrain could not be recorded: other processes keep calling");
        }
    }
}
