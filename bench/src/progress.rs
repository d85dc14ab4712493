//! Progress on a terminal, always without colours, so `NO_COLOR` need not be read.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress line.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Starts the line.
    pub(crate) fn start() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
        // The fallback is indicatif's own style.
        let style = ProgressStyle::with_template("{spinner} {elapsed:>4} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(bar)
    }

    /// Shows the current step.
    pub(crate) fn now(&self, what: impl Into<String>) {
        self.0.set_message(what.into());
    }

    /// Prints a line above the progress.
    pub(crate) fn line(&self, text: &str) {
        self.0.suspend(|| anstream::eprintln!("{text}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
