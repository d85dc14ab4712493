//! Makes another service's text safe to show.

use crate::model::text::is_unsafe;

/// Maximum number of characters that are shown.
const LONGEST: usize = 300;

/// Another service's text in one line: without control characters, e-mail addresses and the texts in `known` (a name, a
/// token), cut to 300 characters.
pub fn plain(text: &str, known: &[&str]) -> String {
    // Cut roughly before the replacements and exactly after them: a text may be megabytes long.
    let text: String = text.chars().take(LONGEST * 4).collect();
    let mut text = spaced(&text);
    // The service may have put other spaces into a name.
    for word in known.iter().map(|it| spaced(it)) {
        if !word.is_empty() {
            text = text.replace(&word, "…");
        }
    }
    let words: Vec<_> = text.split(' ').map(without_address).collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The text with one space between its words, and without control characters.
fn spaced(text: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || is_unsafe(c);
    let words: Vec<_> = text.split(is_end).filter(|it| !it.is_empty()).collect();
    words.join(" ")
}

/// Replaces each part of a word that contains an `@`, plain or percent-encoded. Parts end at brackets, quotes and
/// separators. The whole part is replaced, because half of an address may still be a name.
fn without_address(word: &str) -> String {
    let ends = |c: char| {
        matches!(
            c,
            '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\'' | '`' | ',' | ';' | '='
        )
    };
    let mut out = String::new();
    for piece in word.split_inclusive(ends) {
        let (text, end) = match piece.char_indices().last() {
            Some((at, c)) if ends(c) => piece.split_at(at),
            _ => (piece, ""),
        };
        let hides = text.contains('@') || text.contains("%40") || text.contains('＠');
        out.push_str(if hides { "…@…" } else { text });
        out.push_str(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain;
    use proptest::prelude::*;

    #[test]
    fn addresses_and_known_words_go() {
        let told = plain(
            "User <maria@opentrain.work> (Maria S.), id=m%40x.y:\nno seat",
            &["Maria S."],
        );
        assert_eq!(told, "User <…@…> (…), id=…@… no seat");
    }

    #[test]
    fn a_known_word_goes_with_other_spaces_in_it() {
        let told = plain("Maria \n\tS. has, Maria\u{2003}S. had", &["Maria  S."]);
        assert_eq!(told, "… has, … had");
    }

    #[test]
    fn it_is_one_short_line() {
        assert_eq!(plain("a\u{1b}[31m\r\n\u{202e}b", &[]), "a [31m b");
        let long = plain(&"ä".repeat(5000), &[""]);
        assert_eq!(long.chars().count(), 301);
    }

    proptest! {
        #[test]
        fn nothing_with_an_at_sign_is_left(text in "[a-c@<>, \"%40\\n]{0,40}") {
            let told = plain(&text, &[]);
            prop_assert!(!told.replace("…@…", "").contains('@'), "{}", told);
        }
    }
}
