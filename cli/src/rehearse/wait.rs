//! Waiting for people, for the bridge and for the tool.

use std::time::Duration;

use anyhow::bail;
use shared::opentrain::{Disposition, OpenTrainError};
use shared::tool::ToolError;
use tokio::time::{Instant, interval};

use super::Rehearsal;

/// Poll interval on a sandbox, which answers at once.
const SOON: Duration = Duration::from_millis(200);

/// Poll interval when people act.
const LATER: Duration = Duration::from_secs(2);

impl Rehearsal {
    /// Waits until `look` returns something. Ignores temporary failures until the time limit. `otherwise` states what
    /// was missing.
    pub(super) async fn until<T>(
        &self,
        otherwise: &str,
        look: impl AsyncFn() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let deadline = Instant::now() + self.args.wait;
        let mut looks = interval(if self.sandbox.is_some() { SOON } else { LATER });
        loop {
            looks.tick().await;
            let is_late = Instant::now() >= deadline;
            match look().await {
                Ok(Some(seen)) => return Ok(seen),
                Ok(None) if is_late => bail!("{otherwise} within {} s", self.args.wait.as_secs()),
                Err(error) if is_late || !can_pass(&error) => return Err(error),
                Ok(None) | Err(_) => {}
            }
        }
    }
}

fn can_pass(error: &anyhow::Error) -> bool {
    let opentrain = error.downcast_ref::<OpenTrainError>();
    let tool = error.downcast_ref::<ToolError>();
    opentrain.is_some_and(|it| matches!(it.disposition(), Disposition::Transient { .. }))
        || matches!(
            tool,
            Some(ToolError::Transient { .. } | ToolError::Paused { .. })
        )
}
