//! The payment of a top-up.

use maud::html;

use crate::{
    http::pages::{
        form::{Form, Tone},
        html::Page,
        parts::{code, facts, money, state, text, when},
        visit::Visit,
    },
    kit::refusal::Refusal,
    market::data::money::TopUpStatus,
};

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let now = visit.request.now;
    visit.shared.change(|market| {
        let own = market.top_ups.get_mut(visit.id());
        let own = own.ok_or_else(|| Refusal::not_found("top-up"))?;
        own.refresh(now);
        let (status, cents, organization) = (own.status, own.amount_cents, own.organization.clone());
        let (id, expires) = (own.id.clone(), own.expires);
        let available = market.credits(&organization).0;
        let employer = market.employer(&organization)?;
        let name = serde_json::to_value(status).unwrap_or_default();
        let form = Form::new("completeTopUp", "Pay", format!("/checkout/{id}"))
            .tone(Tone::Primary)
            .hidden("topUpId", &id);
        let body = html! {
            (facts(&[
                ("State", state(name.as_str().unwrap_or_default())),
                ("Amount", text(money(cents))),
                ("Account", text(&employer.name)),
                ("Credits now", text(money(available))),
                ("Top-up", code(&id)),
                ("Expires", when(expires, now)),
            ]))
            @match status {
                TopUpStatus::Pending => section.ask {
                    h2 { "Pay" }
                    p { (money(cents)) " is charged, and added to the credits. No real money moves." }
                    (form.shown())
                },
                TopUpStatus::Completed => p { strong { "Paid." } " The credits can be used now." },
                TopUpStatus::Expired => p.problem { strong { "This top-up has expired." }
                    " Nothing was charged. Let the agent create a new one: a top-up lasts 24 hours." },
            }
            p { a href={ "/billing?organizationId=" (organization) } { "Billing" } }
        };
        Ok(visit.page("Top up credits", body))
    })
}
