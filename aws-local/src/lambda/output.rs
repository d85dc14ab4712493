//! Output of functions. On AWS it is sent to CloudWatch.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Lines of all environments of a function, in order.
#[derive(Clone, Default)]
pub struct Output(Arc<Mutex<Vec<String>>>);

impl Output {
    /// All lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The sum of a metric's values so far, over all of its dimensions.
    pub fn metric(&self, name: &str) -> u64 {
        let value = |line: &String| {
            let line: Value = serde_json::from_str(line).ok()?;
            line.get("_aws")?;
            line.get(name)?.as_u64()
        };
        self.lines().iter().filter_map(value).sum()
    }

    /// Records the lines from `from` until it ends.
    pub(super) fn take_down(&self, from: impl AsyncRead + Unpin + Send + 'static) {
        let (output, mut lines) = (self.clone(), BufReader::new(from).lines());
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                output
                    .0
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
    }
}
