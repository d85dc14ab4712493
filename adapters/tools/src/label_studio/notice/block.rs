//! Our part of a project's instructions: one `div` before the customer's text, identified by its class.
//!
//! Label Studio strips comments, ids and most attributes from written text; classes remain. Our part contains no other
//! `div`, so the first closing tag is its end.

const BEGIN: &str = "<div class=\"opentrain-bridge-notice";
const WERE_HIDDEN: &str = " were-hidden";
const BEGIN_END: &str = "\">";
const END: &str = "</div>";

/// Instructions with our part in them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marked {
    /// The customer's text, byte for byte.
    pub(super) own: String,
    /// Whether the customer had hidden the instructions.
    pub(super) were_hidden: bool,
}

/// The customer's text with `ours` before it. `ours` is HTML without any `div`.
pub(super) fn mark(own: &str, ours: &str, were_hidden: bool) -> String {
    let remember = if were_hidden { WERE_HIDDEN } else { "" };
    format!("{BEGIN}{remember}{BEGIN_END}{ours}{END}{own}")
}

/// The text without our part, which may have been moved; `None` if there is none. A part without an end is not removed,
/// because its end is unknown.
pub(super) fn unmark(text: &str) -> Option<Marked> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (class, rest) = rest.split_once(BEGIN_END)?;
    let (_, after) = rest.split_once(END)?;
    Some(Marked {
        own: format!("{before}{after}"),
        were_hidden: class == WERE_HIDDEN,
    })
}

/// Escapes a text for HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn our_part_is_found_wherever_it_was_moved_to() {
        let moved = format!("one {}", mark("two", "<p>ours</p>", true));
        let found = unmark(&moved).unwrap();
        assert_eq!((found.own.as_str(), found.were_hidden), ("one two", true));
    }

    #[test]
    fn a_part_without_its_end_is_not_ours() {
        assert_eq!(unmark(&mark("own", "ours", false).replace(END, "")), None);
        assert_eq!(unmark("<div class=\"own\">own</div>"), None);
    }

    proptest! {
        #[test]
        fn the_owners_text_is_kept_to_the_byte(
            own in "\\PC{0,60}|(</?div>|[ \\n\"<>&a]){0,20}",
            ours in "\\PC{0,30}",
            were_hidden: bool,
        ) {
            let marked = mark(&own, &escaped(&ours), were_hidden);
            prop_assert_eq!(unmark(&marked), Some(Marked { own, were_hidden }));
        }

        #[test]
        fn what_is_escaped_holds_no_markup(text in "[<>&\"'a]{0,30}") {
            let safe = escaped(&text);
            prop_assert!(!safe.contains(['<', '>', '"', '\'']), "{}", safe);
        }
    }
}
