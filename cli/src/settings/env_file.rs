//! Files with lines `NAME=value`, as of Docker and systemd.

use std::collections::BTreeMap;

/// The settings of a file. Values are literal: nothing is expanded. Errors contain no value.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let parts = line.split_once('=');
        let (name, value) = parts
            .map(|(name, value)| (name.trim(), value.trim()))
            .filter(|(name, _)| is_name(name))
            .ok_or_else(|| format!("line {number} is not NAME=value"))?;
        let value = unquoted(value).ok_or_else(|| format!("line {number} has an open quote"))?;
        if all.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(format!("line {number} sets {name} again"));
        }
    }
    Ok(all)
}

fn is_name(text: &str) -> bool {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
    !text.is_empty() && text.chars().all(is_part)
}

/// The text between quotes; the whole text if it has none.
fn unquoted(value: &str) -> Option<&str> {
    let Some(quote) = value.chars().next().filter(|it| ['\'', '"'].contains(it)) else {
        return Some(value);
    };
    let inner = value[1..].strip_suffix(quote)?;
    (!inner.contains(quote)).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn values_are_literal() {
        let text = "# a comment\n\nTOOL_KIND=rest\nexport TOOL_ORG = acme \nA='x $HOME # y'\nB=\"\"\nC=a=b$c\n";
        let all = parse(text).unwrap();
        let expected = [
            ("A", "x $HOME # y"),
            ("B", ""),
            ("C", "a=b$c"),
            ("TOOL_KIND", "rest"),
            ("TOOL_ORG", "acme"),
        ];
        let all: Vec<_> = all.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn a_wrong_line_is_named_without_its_text() {
        for (text, line) in [
            ("\ncanary", "line 2"),
            ("=canary", "line 1"),
            ("A B=canary", "line 1"),
            ("A='canary", "line 1"),
            ("A='can'ary'", "line 1"),
            ("A=\"", "line 1"),
            ("A=1\nA=canary", "line 2"),
        ] {
            let told = parse(text).unwrap_err();
            assert!(told.contains(line) && !told.contains("canary"), "{told}");
        }
    }
}
