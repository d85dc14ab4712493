//! Answers of the tools: their common form, small pages, and cleaned texts from other systems.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use shared::model::clock::{Clock, SystemClock};

use crate::document::SCHEMA_VERSION;
use crate::exit::CliError;

/// Rows of a page, unless the client asks for another number.
const ROWS: usize = 25;

/// Maximum rows of a page.
const MOST_ROWS: usize = 100;

/// Maximum length of a text.
const LONGEST_TEXT: usize = 600;

/// Replaces an e-mail address.
const ADDRESS: &str = "(e-mail address)";

/// A part of a list.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) rows: Vec<T>,
    total: usize,
    next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The rows after the cursor, which is the key of the last row of the page before. Keys are unique.
    pub(super) fn of(
        rows: Vec<T>,
        key: impl Fn(&T) -> String,
        limit: Option<usize>,
        cursor: Option<&str>,
    ) -> Result<Self, CliError> {
        let total = rows.len();
        let start = match cursor {
            None => 0,
            Some(cursor) => {
                let last = rows.iter().position(|row| key(row) == cursor);
                1 + last.ok_or_else(|| {
                    CliError::Usage(
                        "the list has changed, and the cursor names no row of it: call the tool without `cursor`"
                            .into(),
                    )
                })?
            }
        };
        let limit = limit.unwrap_or(ROWS).clamp(1, MOST_ROWS);
        let rows: Vec<_> = rows.into_iter().skip(start).take(limit).collect();
        let is_last = start + rows.len() >= total;
        let next_cursor = rows.last().map(key).filter(|_| !is_last);
        Ok(Self {
            rows,
            total,
            next_cursor,
        })
    }
}

impl<T> Page<T> {
    /// The page with other rows.
    pub(super) fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(change).collect(),
            total: self.total,
            next_cursor: self.next_cursor,
        }
    }

    /// The page with the rows that `read` returns for its rows. Omits a row for which there is none.
    pub(super) async fn try_map<U>(
        self,
        read: impl AsyncFn(T) -> Result<Option<U>, CliError>,
    ) -> Result<Page<U>, CliError> {
        let mut rows = Vec::new();
        for row in self.rows {
            rows.extend(read(row).await?);
        }
        Ok(Page {
            rows,
            total: self.total,
            next_cursor: self.next_cursor,
        })
    }
}

/// An answer.
pub(super) struct Reply {
    as_of: Timestamp,
    total: Option<usize>,
    next_cursor: Option<String>,
    is_truncated: bool,
    members: Map<String, Value>,
}

impl Reply {
    /// An answer with the members of an object.
    pub(super) fn of(members: &impl Serialize) -> Result<Self, CliError> {
        let members = match serde_json::to_value(members).map_err(anyhow::Error::from)? {
            Value::Object(members) => members,
            other => Map::from_iter([("result".to_owned(), other)]),
        };
        Ok(Self {
            as_of: SystemClock.now(),
            total: None,
            next_cursor: None,
            is_truncated: false,
            members,
        })
    }

    /// An answer with a page of rows under this name.
    pub(super) fn page<T: Serialize>(name: &str, page: &Page<T>) -> Result<Self, CliError> {
        Self::of(&Map::<String, Value>::new())?.with_page(name, page)
    }

    /// The answer with a page of rows under this name.
    pub(super) fn with_page<T: Serialize>(
        mut self,
        name: &str,
        page: &Page<T>,
    ) -> Result<Self, CliError> {
        let rows = serde_json::to_value(&page.rows).map_err(anyhow::Error::from)?;
        self.members.insert(name.to_owned(), rows);
        self.total = Some(page.total);
        self.is_truncated |= page.next_cursor.is_some();
        self.next_cursor.clone_from(&page.next_cursor);
        Ok(self)
    }

    /// The answer with another member.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The answer, marked as incomplete.
    pub(super) fn truncated(mut self, is_truncated: bool) -> Self {
        self.is_truncated |= is_truncated;
        self
    }

    /// The members without those that each answer has.
    pub(super) fn members(&self) -> Value {
        Value::Object(self.members.clone())
    }

    pub(super) fn into_value(self) -> Value {
        let mut members = Map::from_iter([
            ("schemaVersion".to_owned(), SCHEMA_VERSION.into()),
            ("asOf".to_owned(), self.as_of.to_string().into()),
            ("truncated".to_owned(), self.is_truncated.into()),
            ("nextCursor".to_owned(), self.next_cursor.into()),
        ]);
        if let Some(total) = self.total {
            members.insert("total".to_owned(), total.into());
        }
        let mut value = Value::Object(self.members);
        clean(&mut value);
        if let Value::Object(own) = value {
            members.extend(own);
        }
        Value::Object(members)
    }
}

/// Cleans all texts in a value.
fn clean(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean_text(text),
        Value::Array(values) => values.iter_mut().for_each(clean),
        Value::Object(members) => members.values_mut().for_each(clean),
        _ => {}
    }
}

/// A text without control characters, characters that change the text direction, invisible characters and e-mail
/// addresses, and not longer than [`LONGEST_TEXT`].
pub(super) fn clean_text(text: &str) -> String {
    let is_hidden = |it: char| {
        it.is_control()
            || matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    let plain: String = text
        .chars()
        .map(|it| if it == '\n' || it == '\t' { ' ' } else { it })
        .filter(|it| !is_hidden(*it))
        .collect();
    let words = plain.split(' ').map(|word| {
        let is_address = word
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if is_address { ADDRESS } else { word }
    });
    let plain = words.collect::<Vec<_>>().join(" ");
    match plain.char_indices().nth(LONGEST_TEXT) {
        None => plain,
        Some((end, _)) => format!("{} …", &plain[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_strangers_are_cleaned() {
        assert_eq!(
            clean_text("a\u{1b}[31m\u{202e}b\nwrite to eve@evil.example now\u{200b}"),
            "a[31mb write to (e-mail address) now"
        );
        assert_eq!(
            clean_text(&"x".repeat(2_000)).chars().count(),
            LONGEST_TEXT + 2
        );
        assert_eq!(
            clean_text("arn:aws:sts::1:assumed-role/a/b"),
            "arn:aws:sts::1:assumed-role/a/b"
        );
    }

    #[test]
    fn pages_follow_each_other() {
        let rows: Vec<u32> = (0..60).collect();
        let key = |row: &u32| row.to_string();
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = Page::of(rows.clone(), key, None, cursor.as_deref()).unwrap();
            seen.extend(page.rows);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, rows);
        let gone = Page::of(rows.clone(), key, None, Some("61"));
        assert!(matches!(gone, Err(CliError::Usage(_))));
        let most = Page::of((0..500).collect(), key, Some(500), None).unwrap();
        assert_eq!(most.rows.len(), MOST_ROWS);
    }
}
