//! Parts of pages.

use jiff::Timestamp;
use maud::{Markup, Render, html};

use crate::kit::clock::iso;

/// A point in time in UTC.
pub(super) fn utc(at: Timestamp) -> Markup {
    let text = iso(at);
    let shown = format!("{} {} UTC", &text[..10], &text[11..19]);
    html! { time datetime=(text) { (shown) } }
}

/// A point in time in UTC, and how far away it is.
pub(super) fn when(at: Timestamp, now: Timestamp) -> Markup {
    let seconds = at.as_second() - now.as_second();
    let (value, unit) = match seconds.abs() {
        own @ 0..60 => (own, "s"),
        own @ 60..3600 => (own / 60, "min"),
        own @ 3600..172_800 => (own / 3600, "h"),
        own => (own / 86_400, "days"),
    };
    let distance = match seconds > 0 {
        true => format!("in {value} {unit}"),
        false => format!("{value} {unit} ago"),
    };
    html! { (utc(at)) " " span.far { "(" (distance) ")" } }
}

/// Cents as dollars.
pub(super) fn money(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}${}.{:02}", grouped(cents / 100), cents % 100)
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A state as text, never by colour alone.
pub(super) fn state(name: &str) -> Markup {
    let tone = match name.to_ascii_uppercase().as_str() {
        "OPEN" | "ACTIVE" | "DELIVERED" | "CONFIRMED" | "COMPLETED" | "OK" | "HIRED"
        | "ACTIVE_FUNDED" | "PAID" => "good",
        "FAILED" | "DEPLETED" | "DISABLED" | "REVOKED" => "bad",
        "PENDING" | "LOW" | "UNREVIEWED" | "NOT_FUNDED" => "open",
        _ => "quiet",
    };
    html! { span class={ "state " (tone) } { (name) } }
}

/// Names and values.
pub(super) fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in rows { div { dt { (name) } dd { (value) } } }
        }
    }
}

/// A table. Its rows are made by the caller, so that cells can have links.
pub(super) fn table(caption: &str, heads: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for row in rows { tr { @for cell in row { td { (cell) } } } }
                }
            }
        }
    }
}

/// A table, or the text `empty` if there are no rows.
pub(super) fn table_or(empty: &str, caption: &str, heads: &[&str], rows: &[Vec<Markup>]) -> Markup {
    match rows.is_empty() {
        true => html! { p.empty { (empty) } },
        false => table(caption, heads, rows),
    }
}

/// A plain text, escaped.
pub(super) fn text(value: impl Render) -> Markup {
    html! { (value) }
}

pub(super) fn code(value: impl Render) -> Markup {
    html! { code { (value) } }
}

pub(super) fn link(to: &str, label: impl Render) -> Markup {
    html! { a href=(to) { (label) } }
}

pub(super) fn or_dash(value: Option<Markup>) -> Markup {
    value.unwrap_or_else(|| html! { span.none { "–" } })
}

/// A text that people copy. It can be selected without JavaScript.
pub(super) fn copied(label: &str, value: &str) -> Markup {
    html! {
        div.copied {
            span.label { (label) }
            code.value { (value) }
            button.copy type="button" hidden data-copy=(value) { "Copy" span.hide { " " (label) } }
        }
    }
}
