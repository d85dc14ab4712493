//! The pause of calls to the tool, which all processes keep.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Key, Ledger, LedgerError};

#[derive(Serialize, Deserialize)]
struct Pause {
    until: Timestamp,
}

impl Ledger {
    /// Until when calls to the tool are paused, if they ever were.
    pub(crate) async fn tool_pause(&self) -> Result<Option<Timestamp>, LedgerError> {
        let pause: Option<Pause> = self.row(&key()).await?;
        Ok(pause.map(|it| it.until))
    }

    /// Records a pause. One that lasts longer stays, unless it is so long that a wrong clock must have written it.
    pub(crate) async fn pause_tool(&self, until: Timestamp) -> Result<(), LedgerError> {
        let longest = self.clock.now() + LONGEST;
        let change = |old: Option<Pause>| {
            let stays = old.is_some_and(|old| old.until >= until && old.until <= longest);
            (!stays).then_some(Pause { until })
        };
        self.update(&key(), change).await.map(drop)
    }
}

/// Longer than any pause.
const LONGEST: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

fn key() -> Key {
    Key::new("PAUSE", "TOOL")
}
