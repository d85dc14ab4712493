//! A contract's consumption as a bar.

use std::fmt::Write;

use anstyle::Style;
use shared::tool::NoticeLevel;

use super::figures::percent;
use crate::paint::{BAD, DIM, GOOD, WAITS, paint};

/// Cells of a bar.
const WIDTH: usize = 20;

pub(super) fn colour(level: Option<NoticeLevel>) -> Style {
    match level {
        None => GOOD,
        Some(NoticeLevel::Warning) => WAITS,
        Some(NoticeLevel::Exhausted) => BAD,
    }
}

/// A bar and its percentage. Any consumption fills at least one cell, and only 100 % fills all.
pub(super) fn gauge(fraction: f64, style: Style) -> String {
    let cells = (fraction.clamp(0.0, 1.0) * WIDTH as f64).floor() as usize;
    let cells = if fraction > 0.0 { cells.max(1) } else { 0 };
    let (full, rest) = ("█".repeat(cells), "░".repeat(WIDTH - cells));
    let mut text = paint(style, &full);
    // Writing to a `String` can't fail.
    let _ok = write!(text, "{} {:>4}", paint(DIM, &rest), percent(fraction));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(fraction: f64) -> String {
        anstream::adapter::strip_str(&gauge(fraction, GOOD)).to_string()
    }

    #[test]
    fn a_bar_is_as_long_as_the_work_that_is_done() {
        assert_eq!(bare(0.0), "░░░░░░░░░░░░░░░░░░░░   0%");
        assert_eq!(bare(0.001), "█░░░░░░░░░░░░░░░░░░░   0%");
        assert_eq!(bare(0.29), "█████░░░░░░░░░░░░░░░  29%");
        assert_eq!(bare(0.9999), "███████████████████░  99%");
        assert_eq!(bare(1.0), "████████████████████ 100%");
        assert_eq!(bare(1.5), "████████████████████ 150%");
    }
}
