//! Progress bar on a terminal. It has no colours, so it needs no handling of `NO_COLOR`.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use shared::model::progress::Progress;

/// Progress bar on standard error. Draws nothing if that is not a terminal.
pub struct Bar(ProgressBar);

impl Bar {
    pub fn of(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let template = format!("{{bar:32}} {{pos}}/{{len}} {what}, {{elapsed}}");
        // The template is constant and valid. The default bar satisfies the type.
        let style = ProgressStyle::with_template(&template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

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
