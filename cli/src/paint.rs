//! Colours, where there is a terminal: `anstream` takes them off elsewhere, and obeys `NO_COLOR`.

use anstyle::{AnsiColor, Style};
use shared::model::text::Escaped;

/// What went well.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What waits.
pub const WAITS: Style = AnsiColor::Yellow.on_default();
/// What stands behind.
pub const DIM: Style = Style::new().dimmed();
/// What stands out.
pub const BOLD: Style = Style::new().bold();

/// `text` in `style`. It is one line, and what it says of others is escaped.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{}{style:#}", Escaped(text))
}
