//! A progress bar, where there is a terminal. It has no colours, so that `NO_COLOR` holds by itself.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use shared::model::progress::Progress;

/// A bar on standard error; nothing is drawn where that is no terminal.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that counts `what`.
    pub fn of(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let template = format!("{{bar:32}} {{pos}}/{{len}} {what}, {{elapsed}}");
        // The template is ours and has no fault; if it had, the plain bar would do.
        let style = ProgressStyle::with_template(&template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    /// Shows how far it is.
    pub fn show(&self, progress: Progress) {
        self.0.set_length(progress.total as u64);
        self.0.set_position(progress.done as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
