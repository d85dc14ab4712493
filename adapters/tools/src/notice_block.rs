//! Our notice inside another person's text: a project's instructions or guideline.
//!
//! It is between two markers before the owner's text, which is kept byte for byte. The bridge replaces everything
//! between the markers.

const BEGIN: &str = "<!-- opentrain-bridge notice -->\n";
const END: &str = "\n<!-- end of opentrain-bridge notice -->\n\n";

/// The owner's text with `notice` before it, in place of a previous one; only the owner's text for `None`. `notice`
/// must be escaped.
pub(crate) fn with_notice(text: &str, notice: Option<&str>) -> String {
    let own = without(text);
    match notice {
        Some(notice) => format!("{BEGIN}{notice}{END}{own}"),
        None => own,
    }
}

/// The owner's text. An editor may have removed the blank lines around a marker.
fn without(text: &str) -> String {
    let mut own = text.to_owned();
    while let Some((from, to)) = block(&own) {
        own.replace_range(from..to, "");
    }
    own
}

fn block(text: &str) -> Option<(usize, usize)> {
    let end = END.trim();
    let from = text.find(BEGIN.trim_end())?;
    let at = from + text[from..].find(end)? + end.len();
    let blank = text[at..]
        .bytes()
        .take(2)
        .take_while(|b| *b == b'\n')
        .count();
    Some((from, at + blank))
}

/// Escapes a text for Markdown.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::from("> ");
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_notice_takes_the_place_of_the_one_before() {
        let first = with_notice("Label cats.", Some("80 %"));
        assert!(first.contains("80 %") && first.ends_with("Label cats."));
        let second = with_notice(&first, Some("100 %"));
        assert!(second.contains("100 %") && !second.contains("80 %"));
        assert_eq!(with_notice(&second, None), "Label cats.");
    }

    #[test]
    fn an_editor_that_eats_blank_lines_does_no_harm() {
        let edited = with_notice("Label cats.", Some("80 %"))
            .replace("\n\n", "")
            .replace('\n', " ");
        assert_eq!(with_notice(&edited, None).trim(), "Label cats.");
    }

    #[test]
    fn half_a_block_is_the_owners() {
        let half = "<!-- opentrain-bridge notice --> by hand";
        assert_eq!(with_notice(half, None), half);
    }

    #[test]
    fn nothing_in_a_notice_is_markup() {
        let shown = markdown("a <script>*b*</script>\n# [c](d) & _e_");
        assert_eq!(
            shown,
            "> a &lt;script&gt;\\*b\\*&lt;/script&gt; # \\[c\\](d) &amp; \\_e\\_"
        );
    }

    proptest! {
        #[test]
        fn the_owners_text_stays_to_the_byte(own in "[\\PC\\n]{0,80}", notice in "[a-z %\\n]{0,20}") {
            let shown = with_notice(&own, Some(&notice));
            prop_assert!(shown.ends_with(&own));
            prop_assert_eq!(with_notice(&shown, Some(&notice)), shown.clone());
            prop_assert_eq!(with_notice(&shown, None), own);
        }
    }
}
