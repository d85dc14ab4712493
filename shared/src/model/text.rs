//! Text of other services, made safe to print.

use std::fmt::{self, Write};

/// Text whose control and bidirectional characters are printed as escapes such as `\u{1b}`: it can't move a terminal's
/// cursor, start a new line of the log, or change the order of the text around it.
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_escaped(f, self.0)
    }
}

/// Writes `text` as [`Escaped`] prints it.
pub(crate) fn write_escaped(out: &mut dyn Write, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
        out.write_str(&rest[..at])?;
        write!(out, "{}", c.escape_unicode())?;
        rest = &rest[at + c.len_utf8()..];
    }
    out.write_str(rest)
}

/// Whether this is a control character, a line or paragraph separator, or changes the direction of text.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Escaped, is_unsafe};

    #[test]
    fn what_moves_a_cursor_or_turns_text_around_is_escaped() {
        let text = "a\u{1b}[2J\r\n\u{7f}\u{9b}\u{202e}b\u{2066}\u{61c}";
        assert_eq!(
            Escaped(text).to_string(),
            r"a\u{1b}[2J\u{d}\u{a}\u{7f}\u{9b}\u{202e}b\u{2066}\u{61c}"
        );
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left_and_the_rest_stays(text in "\\PC{0,20}[\\x00-\\x20\u{202a}-\u{202e}é]{0,9}") {
            let escaped = Escaped(&text).to_string();
            prop_assert!(!escaped.chars().any(is_unsafe));
            if !text.chars().any(is_unsafe) {
                prop_assert_eq!(escaped, text);
            }
        }
    }
}
