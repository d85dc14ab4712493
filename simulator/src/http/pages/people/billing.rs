//! Card, credits and open top-ups of an account.

use maud::{Markup, html};
use serde_json::json;

use crate::{
    http::pages::{
        form::{Form, Tone},
        html::Page,
        parts::{code, facts, link, money, or_dash, table_or, text, utc},
        visit::Visit,
    },
    kit::refusal::Refusal,
    market::{Market, data::money::TopUpStatus},
};

/// Newest entries that are shown.
const ENTRIES: usize = 10;

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    visit.look(|market| {
        let organization = visit.query("organizationId");
        let organization = organization.unwrap_or(&market.current);
        let employer = market.employer(organization)?;
        let (available, reserved) = market.credits(organization);
        let has_card = employer.card_on_file;
        let label = if has_card {
            "Remove the card"
        } else {
            "Add a card"
        };
        let next = format!("/billing?organizationId={organization}");
        let tone = if has_card { Tone::Plain } else { Tone::Primary };
        let card = Form::new("updateOrganization", label, next)
            .tone(tone)
            .hidden("organizationId", organization)
            .hidden("cardOnFile", if has_card { "false" } else { "true" });
        let body = html! {
            (facts(&[
                ("Account", html! { (employer.name) " " (code(organization)) }),
                ("Card on file", text(if has_card { "Yes, an invented one" } else { "No" })),
                ("Credits available", text(money(available))),
                ("Credits reserved", text(money(reserved))),
            ]))
            (card.shown())
            (top_ups(market, organization))
            (entries(market, organization))
            (others(market, organization))
        };
        Ok(visit.page("Billing", body))
    })
}

fn top_ups(market: &Market, organization: &str) -> Markup {
    let open = market.top_ups.iter().rev();
    let open =
        open.filter(|own| own.organization == organization && own.status == TopUpStatus::Pending);
    let rows: Vec<Vec<Markup>> = open
        .map(|own| {
            let to = format!("/checkout/{}", own.id);
            vec![link(&to, &own.id), text(money(own.amount_cents))]
        })
        .collect();
    html! {
        h2 { "Open top-ups" }
        (table_or("No top-up waits for payment. An agent creates one.", "Open top-ups", &["Top-up", "Amount"], &rows))
    }
}

fn entries(market: &Market, organization: &str) -> Markup {
    let newest = market.entries_of(organization).rev().take(ENTRIES);
    let rows: Vec<Vec<Markup>> = newest
        .map(|own| {
            let kind = json!(own.kind);
            let about = own.milestone_id.as_deref().or(own.top_up_id.as_deref());
            vec![
                code(&own.id),
                text(kind.as_str().unwrap_or_default()),
                text(money(own.amount_cents)),
                or_dash(about.map(code)),
                or_dash(own.created_at.parse().ok().map(utc)),
            ]
        })
        .collect();
    let heads = ["Entry", "Type", "Amount", "About", "At"];
    html! {
        h2 { "Last entries of the ledger" }
        (table_or("No credits were bought yet.", "Last entries of the ledger", &heads, &rows))
    }
}

fn others(market: &Market, organization: &str) -> Markup {
    let others = market.employers.values();
    let others: Vec<_> = others
        .filter(|own| own.organization != organization)
        .collect();
    html! {
        @if !others.is_empty() {
            h2 { "Other accounts" }
            ul { @for own in others {
                li { a href={ "/billing?organizationId=" (own.organization) } { (own.name) } " " (code(&own.organization)) }
            } }
        }
    }
}
