//! The last requests to the APIs.

use maud::{Markup, html};

use crate::{
    http::{
        calls::Seen,
        pages::{
            html::Page,
            lists::{filter, hundred, pager},
            parts::{code, or_dash, table_or, text, utc},
            visit::Visit,
        },
    },
    kit::refusal::Refusal,
};

const PATH: &str = "/desk/calls";
pub(in crate::http::pages) const APIS: [&str; 3] = ["platform", "public", "agent"];
pub(in crate::http::pages) const ANSWERS: [&str; 2] = ["done", "refused"];

pub(in crate::http::pages) fn list(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let (api, answer) = (visit.query("api"), visit.query("answer"));
    let all: Vec<(String, Seen)> = visit
        .shared
        .calls
        .all()
        .into_iter()
        .map(|own| (own.number.to_string(), own))
        .collect();
    let all = all.iter().filter(|(_, own)| {
        let is_refused = own.status >= 400;
        let same = answer.is_none_or(|answer| (answer == "refused") == is_refused);
        same && api.is_none_or(|api| api == own.api)
    });
    let (page, next) = hundred(visit, all, |own| &own.0)?;
    let rows: Vec<Vec<Markup>> = page.into_iter().map(|(_, own)| row(own)).collect();
    let heads = [
        "#",
        "At",
        "API",
        "Call",
        "Status",
        "Rule that refused",
        "Fault",
        "Duration",
    ];
    let body = html! {
        p { "The last 500 requests to the APIs, newest first, without credentials and bodies." }
        (filter(visit, PATH, "api", &APIS))
        (filter(visit, PATH, "answer", &ANSWERS))
        (table_or("No call here.", "Calls", &heads, &rows))
        (pager(visit, PATH, &["api", "answer"], next.as_deref()))
    };
    Ok(visit.page("Calls", body))
}

fn row(own: &Seen) -> Vec<Markup> {
    let tone = match own.status {
        ..400 => "good",
        400..500 => "open",
        _ => "bad",
    };
    let why = own.refused.as_ref().map(|own| {
        html! {
            strong { (own.code) } " " (own.message)
            @if let Some(details) = &own.details {
                details { summary { "Details" } pre tabindex="0" { (details) } }
            }
        }
    });
    vec![
        text(own.number),
        utc(own.at),
        text(own.api),
        code(format!("{} {}", own.method, own.address)),
        html! { span class={ "state " (tone) } { (own.status) } },
        or_dash(why),
        or_dash(own.fault.map(text)),
        text(format!("{} ms", own.took.as_millis())),
    ]
}
