//! Filters and pages of lists.

use maud::{Markup, html};

use super::visit::Visit;
use crate::{http::page::page_of, kit::refusal::Refusal};

/// Rows of a page.
const ROWS: usize = 100;

/// The filter of a list by one parameter: every choice is a link.
pub(super) fn filter(visit: &Visit<'_>, path: &str, name: &str, choices: &[&str]) -> Markup {
    let present = visit.query(name);
    html! {
        nav.filter aria-label={ "Filter by " (name) } {
            span { (name) }
            a href=(path) aria-current=[present.is_none().then_some("true")] { "all" }
            @for choice in choices {
                a href={ (path) "?" (name) "=" (choice) }
                    aria-current=[(present == Some(choice)).then_some("true")] { (choice) }
            }
        }
    }
}

/// One page of a list, newest first. An unknown cursor is an error, not an empty list.
pub(super) fn hundred<T>(
    visit: &Visit<'_>,
    rows: impl Iterator<Item = T>,
    id: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    page_of(ROWS, &visit.request, rows, id)
}

/// The link to the next page, with the filters of this one.
pub(super) fn pager(visit: &Visit<'_>, path: &str, filters: &[&str], next: Option<&str>) -> Markup {
    let Some(next) = next else {
        return html! {};
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in filters {
        if let Some(value) = visit.query(name) {
            query.append_pair(name, value);
        }
    }
    query.append_pair("cursor", next);
    html! {
        nav.pager aria-label="Pages" { a href={ (path) "?" (query.finish()) } { "Next 100" } }
    }
}
