//! Differences from the real OpenTrain.

use maud::{Markup, html};

use crate::{
    http::{
        pages::{
            html::Page,
            parts::{code, or_dash, table, text},
            visit::Visit,
        },
        sandbox::limits::{LIMITS, TRIGGERS, source},
    },
    kit::refusal::Refusal,
};

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let rows: Vec<Vec<Markup>> = LIMITS
        .iter()
        .map(|(area, sandbox, real, page)| {
            let source = source(page);
            vec![
                text(area),
                text(sandbox),
                text(real),
                or_dash(source.map(|own| html! { a href=(own) rel="noreferrer" { (page) } })),
            ]
        })
        .collect();
    let triggers: Vec<Vec<Markup>> = TRIGGERS
        .iter()
        .map(|(to, value, place)| vec![text(to), code(value), text(place)])
        .collect();
    let body = html! {
        p { "The sandbox is built from OpenTrain's published pages. On points that they do not define, it behaves in \
            one fixed way. Do not rely on these points." }
        (table("Differences", &["Area", "Sandbox", "OpenTrain", "Source"], &rows))
        h2 { "Texts that cause an error" }
        (table("Texts that cause an error", &["To", "Use", "In"], &triggers))
    };
    Ok(visit.page("Limits", body))
}
