//! One delivery: attempts, headers, the raw body and its signature.

use maud::{Markup, html};
use serde_json::json;

use crate::{
    http::pages::{
        form::{Form, Tone},
        html::Page,
        parts::{code, facts, link, or_dash, state, table_or, text, utc, when},
        visit::Visit,
    },
    kit::refusal::Refusal,
    model::{
        delivery::{Attempt, Delivery, Trace},
        resend::Resend,
    },
};

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let now = visit.request.now;
    visit.look(|market| {
        let own = market.world.post.deliveries.get(visit.id());
        let own = own.ok_or_else(|| Refusal::not_found("delivery"))?;
        let endpoint = market.world.post.hooks.get(&own.endpoint_id);
        let url = endpoint.map(|own| code(&own.url));
        let body = html! {
            (facts(&[
                ("State", state(json!(own.status).as_str().unwrap_or_default())),
                ("Event", html! { (own.letter.kind) " " (code(&own.letter.event_id)) }),
                ("Endpoint", link(&format!("/desk/endpoints/{}", own.endpoint_id), &own.endpoint_id)),
                ("URL", or_dash(url)),
                ("Next attempt", or_dash(own.next_attempt().map(|at| when(at, now)))),
            ]))
            (attempts(own))
            (resend(own))
            section { h2 { "Headers" } (headers(own)) }
            section { h2 { "Body, as it is sent" } pre.raw tabindex="0" { (own.letter.body) } }
            section { h2 { "Check the signature" } (recipe()) }
        };
        Ok(visit.page(format!("Delivery {}", own.id), body))
    })
}

fn attempts(own: &Delivery) -> Markup {
    let attempts = own.attempts.iter().zip(&own.traces).enumerate();
    let rows: Vec<Vec<Markup>> = attempts.map(|(at, own)| attempt(at + 1, own)).collect();
    html! {
        section {
            h2 { "Attempts" }
            (table_or("No attempt was made yet.", "Attempts", &["#", "Ended", "Answer", "Duration", "Kind", "Signature"],
                &rows))
            p.hint { "After a first failure: 1, 5, 30 and 120 minutes later. Then the delivery has failed." }
        }
    }
}

fn attempt(number: usize, (own, trace): (&Attempt, &Trace)) -> Vec<Markup> {
    let kind = match (trace.simulated, trace.replay) {
        (true, _) => "made to fail, not sent",
        (false, Some(Resend::Same)) => "resent by hand",
        (false, Some(Resend::ChangedBody)) => "resent with a changed body: 401 is right",
        (false, Some(Resend::ChangedAndSigned)) => "resent with a changed body, signed",
        (false, Some(Resend::Late)) => "resent with an old signature: 401 is right",
        (false, None) => "scheduled",
    };
    let tone = if own.outcome.is_success() {
        "good"
    } else {
        "bad"
    };
    vec![
        text(number),
        utc(own.at),
        html! { span class={ "state " (tone) } { (own.outcome.label()) } },
        text(format!("{} ms", trace.took.as_millis())),
        text(kind),
        or_dash((!trace.signature.is_empty()).then(|| code(&trace.signature))),
    ]
}

fn resend(own: &Delivery) -> Markup {
    let form = |label| {
        let next = format!("/desk/deliveries/{}", own.id);
        Form::new("resendDelivery", label, next).hidden("deliveryId", &own.id)
    };
    let other = |label, how: Resend| form(label).hidden("as", how.name()).shown();
    html! {
        section {
            h2 { "Resend" }
            p { "Sends the same body with the same delivery id at once, signed anew. The state does not change." }
            (form("Resend").tone(Tone::Primary).shown())
        }
        section {
            h2 { "Test what the receiver refuses" }
            p { "A changed body with the signature of the original. A receiver must answer 401." }
            (other("Send a changed body", Resend::ChangedBody))
            p { "A signature of ten minutes ago. A receiver must answer 401, because 300 seconds are allowed." }
            (other("Send late", Resend::Late))
            p { "A changed body that is signed. A receiver accepts it, ignores the new member, and processes the event \
                once." }
            (other("Send a changed body, signed", Resend::ChangedAndSigned))
        }
    }
}

fn headers(own: &Delivery) -> Markup {
    let letter = &own.letter;
    facts(&[
        ("Content-Type", code("application/json")),
        ("User-Agent", code(letter.channel.agent())),
        ("X-OpenTrain-Event", code(letter.kind)),
        ("X-OpenTrain-Delivery", code(&own.id)),
        (
            "X-OpenTrain-Signature",
            html! { (code("t=<unix seconds>,v1=<hex>")) " new at each attempt, see above" },
        ),
    ])
}

fn recipe() -> Markup {
    html! {
        p { code { "v1" } " is the HMAC-SHA256 of " code { "t" } ", a dot and the raw body. The key is the endpoint's whole \
            secret, with " code { "whsec_" } ". Refuse a " code { "t" } " that is more than 300 seconds away." }
        pre tabindex="0" { "printf '%s.%s' \"$t\" \"$body\" | openssl dgst -sha256 -hmac \"$SECRET\"" }
    }
}
