//! The number of the last change.

use tokio::sync::watch;
use uuid::Uuid;

/// Number of the last change. Changes are looked for only while a page listens.
pub(super) struct Changes {
    /// Names this process: numbers of an earlier one are not compared.
    process: String,
    pub(super) last: watch::Sender<Seen>,
}

#[derive(Clone, Default)]
pub(super) struct Seen {
    pub(super) number: u64,
    state: Option<String>,
    pub(super) is_stopping: bool,
}

impl Default for Changes {
    fn default() -> Self {
        let process = Uuid::new_v4().simple().to_string();
        Self {
            process: process.chars().take(8).collect(),
            last: watch::Sender::default(),
        }
    }
}

impl Changes {
    /// Id of the last change.
    pub(super) fn id(&self) -> String {
        self.named(self.last.borrow().number)
    }

    pub(super) fn named(&self, number: u64) -> String {
        format!("{}-{number}", self.process)
    }

    /// Reports a change that this process knows of.
    pub(super) fn report(&self) {
        self.last.send_modify(|seen| seen.number += 1);
    }

    /// Ends all streams.
    pub(super) fn stop(&self) {
        self.last.send_modify(|seen| seen.is_stopping = true);
    }

    /// Notes the state that a look has found; a difference from the last one is a change.
    pub(super) fn look(&self, state: Option<String>) {
        self.last.send_if_modified(|seen| {
            let is_new = state.is_some() && seen.state.is_some() && seen.state != state;
            seen.number += u64::from(is_new);
            seen.state = state.or(seen.state.take());
            is_new
        });
    }
}
