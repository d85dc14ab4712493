//! All deliveries of webhooks.

use maud::{Markup, html};
use serde_json::json;

use crate::{
    http::{
        pages::{
            html::Page,
            lists::{filter, hundred, pager},
            parts::{code, link, or_dash, state, table_or, text, utc, when},
            visit::Visit,
        },
        sandbox::webhooks::STATUSES,
    },
    kit::refusal::Refusal,
    model::delivery::Delivery,
};

const PATH: &str = "/desk/deliveries";

pub(in crate::http::pages) fn list(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let wanted = visit.query("status");
    let endpoint = visit.query("endpointId");
    visit.look(|market| {
        if let Some(id) = endpoint.filter(|id| market.world.post.hooks.get(id).is_none()) {
            return Err(Refusal::not_found(&format!("endpoint {id}")));
        }
        let all = market.world.post.deliveries.iter().rev();
        let all = all.filter(|own| {
            let same = endpoint.is_none_or(|id| own.endpoint_id == id);
            same && wanted.is_none_or(|wanted| json!(own.status) == wanted)
        });
        let (page, next) = hundred(visit, all, |own: &&Delivery| &own.id)?;
        let rows: Vec<Vec<Markup>> = page.into_iter().map(|own| row(visit, own)).collect();
        let heads = ["Delivery", "Event", "API", "Endpoint", "State", "Attempts", "Last answer", "Last attempt", "Next attempt"];
        let body = html! {
            (filter(visit, PATH, "status", &STATUSES))
            @if let Some(id) = endpoint {
                p { "Only to endpoint " (code(id)) ". " a href=(PATH) { "Show all" } }
            }
            (table_or("No delivery here. An event makes one for each endpoint that wants its type.", "Deliveries", &heads,
                &rows))
            (pager(visit, PATH, &["status", "endpointId"], next.as_deref()))
        };
        Ok(visit.page("Deliveries", body))
    })
}

fn row(visit: &Visit<'_>, own: &Delivery) -> Vec<Markup> {
    let last = own.attempts.last();
    let now = visit.request.now;
    vec![
        link(&format!("{PATH}/{}", own.id), &own.id),
        html! { (own.letter.kind) " " (code(&own.letter.event_id)) },
        text(own.letter.channel.name()),
        link(
            &format!("/desk/endpoints/{}", own.endpoint_id),
            &own.endpoint_id,
        ),
        state(json!(own.status).as_str().unwrap_or_default()),
        text(own.attempts.len()),
        or_dash(last.map(|own| text(own.outcome.label()))),
        or_dash(last.map(|own| utc(own.at))),
        or_dash(own.next_attempt().map(|at| when(at, now))),
    ]
}
