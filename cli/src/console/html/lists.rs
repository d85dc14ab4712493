//! Filters and pages of lists.

use maud::{Markup, html};
use url::form_urlencoded::Serializer;

/// Rows of a page.
const ROWS: usize = 100;

/// An address with a query.
pub(in super::super) struct Link {
    path: String,
    query: Vec<(&'static str, String)>,
}

impl Link {
    pub(in super::super) fn to(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            query: Vec::new(),
        }
    }

    pub(in super::super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub(in super::super) fn with_any(
        self,
        name: &'static str,
        value: Option<&impl ToString>,
    ) -> Self {
        match value {
            Some(value) => self.with(name, value.to_string()),
            None => self,
        }
    }
}

impl From<Link> for String {
    fn from(link: Link) -> Self {
        if link.query.is_empty() {
            return link.path;
        }
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&link.query);
        format!("{}?{}", link.path, query.finish())
    }
}

/// One page of a list that is ordered by its key.
pub(in super::super) struct Listed<T> {
    pub(in super::super) rows: Vec<T>,
    /// Key of the last row, if there are more.
    pub(in super::super) next: Option<String>,
}

impl<T> Listed<T> {
    /// The rows after the key `after`. `rows` are in the order of their keys.
    pub(in super::super) fn after(
        rows: impl Iterator<Item = T>,
        after: Option<&str>,
        key: impl Fn(&T) -> String,
    ) -> Self {
        let is_later = |row: &T| after.is_none_or(|after| *key(row) > *after);
        let mut rows: Vec<T> = rows.filter(is_later).take(ROWS + 1).collect();
        let is_last = rows.len() <= ROWS;
        rows.truncate(ROWS);
        let next = rows.last().filter(|_| !is_last).map(&key);
        Self { rows, next }
    }
}

/// The link to the next page.
pub(in super::super) fn pager(next: Option<Link>) -> Markup {
    html! {
        @if let Some(next) = next {
            nav.pager aria-label="Pages of the list" { a href=(String::from(next)) { "Next 100" } }
        }
    }
}

/// A form whose fields become the page's address.
pub(in super::super) fn filter(path: &str, fields: &Markup) -> Markup {
    html! {
        form.filter method="get" action=(path) role="search" {
            (fields)
            button type="submit" { "Show" }
            a.all href=(path) { "Show all" }
        }
    }
}

/// A choice of a filter. The first option selects all.
pub(in super::super) fn select(
    name: &str,
    label: &str,
    options: &[(String, String)],
    chosen: Option<&str>,
) -> Markup {
    html! {
        label.field { span { (label) }
            select name=(name) {
                option value="" { "all" }
                @for (value, label) in options {
                    option value=(value) selected[chosen == Some(value)] { (label) }
                }
            }
        }
    }
}
