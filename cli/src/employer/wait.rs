//! Waiting for a human's decision.

use std::time::Duration;

use shared::opentrain::{Disposition, OpenTrainError};

use crate::exit::CliError;
use crate::paint::{WAITS, paint};

/// Time between two polls.
const LOOK: Duration = Duration::from_secs(3);

/// Polls until the human has decided. A temporary failure is shown and does not end the waiting.
pub(super) async fn until_decided<T, F: Future<Output = Result<T, OpenTrainError>>>(
    mut look: impl FnMut() -> F,
    is_open: impl Fn(&T) -> bool,
) -> Result<T, CliError> {
    loop {
        match look().await {
            Ok(own) if !is_open(&own) => return Ok(own),
            Ok(_) => {}
            Err(error) => match error.disposition() {
                Disposition::Transient { .. } => tell(&error),
                _ => return Err(error.into()),
            },
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Shows a temporary failure on standard error.
pub(super) fn tell(error: &OpenTrainError) {
    anstream::eprintln!("{} {error}", paint(WAITS, "waiting:"));
}
