//! `bridge.toml`: the settings by name, in lower case.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// The settings of a file, by the names of their variables. Errors contain no value.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = text.as_bytes().iter().take(at);
        let line = 1 + before.filter(|it| **it == b'\n').count();
        format!("line {line} is not valid TOML")
    })?;
    let mut all = BTreeMap::new();
    for (key, value) in &table {
        let name = key.to_uppercase();
        let value = text_of(value)
            .ok_or_else(|| format!("`{key}` is not a text, a number, true, false or a list"))?;
        if all.insert(name, value).is_some() {
            return Err(format!("`{key}` is set twice"));
        }
    }
    Ok(all)
}

/// The value in the form of an environment variable.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(is_on) => Some(u8::from(*is_on).to_string()),
        Value::Array(list) => {
            let texts: Option<Vec<_>> = list.iter().map(Value::as_str).collect();
            Some(texts?.join(","))
        }
        Value::Datetime(_) | Value::Table(_) => None,
    }
}

/// The line of a setting.
pub(crate) fn line(name: &str, value: &str) -> String {
    let value = Value::String(value.to_owned());
    format!("{} = {value}\n", name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{line, parse};

    #[test]
    fn values_become_those_of_variables() {
        let text = "tool_kind = 'rest'\nusage_look_back_days = 5\ntool_allow_http = true\nwork_email_domains = ['a.example', 'b.example']\n";
        let all = parse(text).unwrap();
        assert_eq!(all["TOOL_KIND"], "rest");
        assert_eq!(all["USAGE_LOOK_BACK_DAYS"], "5");
        assert_eq!(all["TOOL_ALLOW_HTTP"], "1");
        assert_eq!(all["WORK_EMAIL_DOMAINS"], "a.example,b.example");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for value in ["plain", "with \"quotes\"", r"back\slash", "ümläut 'x'"] {
            assert_eq!(
                parse(&line("SMTP_FROM", value)).unwrap()["SMTP_FROM"],
                value
            );
        }
    }

    #[test]
    fn a_wrong_line_is_named_without_its_text() {
        for (text, part) in [
            ("tool_kind = 'rest'\ntool_org = canary", "line 2"),
            ("tool_org = 1\nTOOL_ORG = 'canary'", "twice"),
            ("[tool]\nkind = 'canary'", "`tool`"),
            ("tool_org = [1, 'canary']", "`tool_org`"),
        ] {
            let told = parse(text).unwrap_err();
            assert!(told.contains(part) && !told.contains("canary"), "{told}");
        }
    }
}
