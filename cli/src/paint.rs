//! Colours of the output. `anstream` removes them without a terminal, and if `NO_COLOR` is set.

use anstyle::{AnsiColor, Style};
use shared::model::text::Escaped;

pub const GOOD: Style = AnsiColor::Green.on_default().bold();
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// For waiting work and notes.
pub const WAITS: Style = AnsiColor::Yellow.on_default();
/// For secondary text.
pub const DIM: Style = Style::new().dimmed();
pub const BOLD: Style = Style::new().bold();

/// `text` in `style`, escaped, so that text of other systems stays on one line and can't control the terminal.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{}{style:#}", Escaped(text))
}
