//! Webhook endpoints of both APIs.

use maud::{Markup, html};
use serde_json::json;

use crate::{
    http::pages::{
        form::{Field, Form, Tone},
        html::Page,
        lists::{filter, hundred, pager},
        parts::{code, facts, link, or_dash, state, table_or, text, when},
        visit::Visit,
    },
    kit::refusal::Refusal,
    model::{hook::Hook, letter::Channel},
};

const PATH: &str = "/desk/endpoints";
pub(in crate::http::pages) const STATUSES: [&str; 2] = ["ACTIVE", "DISABLED"];

pub(in crate::http::pages) fn list(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let wanted = visit.query("status");
    visit.look(|market| {
        let all = market.world.post.hooks.iter().rev();
        let all = all.filter(|own| wanted.is_none_or(|wanted| json!(own.status()) == wanted));
        let (page, next) = hundred(visit, all, |own: &&Hook| &own.id)?;
        let rows: Vec<Vec<Markup>> = page.into_iter().map(row).collect();
        let heads = ["Endpoint", "API", "Owner", "URL", "State", "Failed in a row"];
        let body = html! {
            (filter(visit, PATH, "status", &STATUSES))
            (table_or("No endpoint here. A platform calls POST /webhook-endpoints, an agent POST /webhooks.", "Endpoints",
                &heads, &rows))
            (pager(visit, PATH, &["status"], next.as_deref()))
        };
        Ok(visit.page("Endpoints", body))
    })
}

fn row(own: &Hook) -> Vec<Markup> {
    vec![
        link(&format!("{PATH}/{}", own.id), &own.id),
        text(own.channel.name()),
        code(&own.owner),
        code(&own.url),
        state(json!(own.status()).as_str().unwrap_or_default()),
        text(own.consecutive_failures),
    ]
}

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let now = visit.request.now;
    visit.look(|market| {
        let own = market.world.post.hooks.get(visit.id());
        let own = own.ok_or_else(|| Refusal::not_found("webhook endpoint"))?;
        let disabled = own.disabled.as_ref();
        let body = html! {
            (facts(&[
                ("State", state(json!(own.status()).as_str().unwrap_or_default())),
                ("API", text(own.channel.name())),
                ("Owner", code(&own.owner)),
                ("URL", html! {
                    (code(&own.url))
                    @if !own.is_local() { " is not on this machine: deliveries are not sent, and fail" }
                }),
                ("Gets", text(own.event_types.join(", "))),
                ("Secret", text("shown once, when the endpoint was made; a new endpoint has a new one")),
                ("Failed in a row", html! { (own.consecutive_failures) " of 10" }),
                ("Will fail", html! { "the next " (own.fail_next) " attempts" }),
                ("Disabled", or_dash(disabled.map(|(at, why)| html! { (when(*at, now)) " " (why) }))),
                ("Since", when(own.created_at, now)),
            ]))
            p { a href={ "/desk/deliveries?endpointId=" (own.id) } { "Its deliveries" } }
            (acts(own))
        };
        Ok(visit.page(format!("Endpoint {}", own.id), body))
    })
}

fn acts(own: &Hook) -> Markup {
    let next = format!("{PATH}/{}", own.id);
    let form = |label| Form::new("updateEndpoint", label, &next).hidden("endpointId", &own.id);
    let fail = form("Fail the next attempts")
        .field(Field::number("failNext", "Number of attempts", "3").required());
    html! {
        section {
            h2 { "Let it fail" }
            p { "The attempts fail with 503 without being sent. So you see the retries, and that 10 failed deliveries \
                in a row disable the endpoint." }
            (fail.shown())
        }
        section {
            h2 { "Disable or enable" }
            @if own.is_active() {
                (form("Disable").tone(Tone::Danger).hidden("status", "DISABLED").shown())
            } @else if own.channel == Channel::Platform {
                (form("Enable").tone(Tone::Primary).hidden("status", "ACTIVE").shown())
            } @else {
                p { "The Public API cannot enable a webhook. The agent deletes it and makes a new one." }
            }
        }
    }
}
