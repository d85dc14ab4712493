//! Lines below the tables, and times.

use crate::screen::plain;

/// Maximum rows of a table, and maximum lines of a kind; `--json` shows all.
pub(super) const MOST_ROWS: usize = 50;

/// Prints the first lines of a kind, and the number of omitted ones. A line is a painted label and a text.
pub(super) fn lines(lines: impl ExactSizeIterator<Item = (String, String)>) {
    let more = lines.len().saturating_sub(MOST_ROWS);
    for (what, text) in lines.take(MOST_ROWS) {
        anstream::println!("  {what} {}", plain(text));
    }
    if more > 0 {
        anstream::println!("  … and {more} more; --json shows all");
    }
}

/// Hours, minutes and seconds, e.g. `7:05:09`.
pub(super) fn time(seconds: i64) -> String {
    if seconds < 0 {
        return format!("{seconds} s");
    }
    format!(
        "{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
