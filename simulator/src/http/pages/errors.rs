//! Pages of errors: what failed, why, and what to do.

use axum::response::Response;
use jiff::Timestamp;
use maud::html;
use serde_json::{Value, json};

use super::html::Page;
use crate::kit::refusal::Refusal;

/// The page of a refused request; `back` is the page with the form.
pub(super) fn page(refusal: &Refusal, back: Option<&str>, now: Timestamp) -> Response {
    let title = match refusal.status.as_u16() {
        403 => "Refused",
        404 => "Not found",
        409 => "Not possible",
        _ => "Not understood",
    };
    let reason = reason(refusal);
    let billing = reason == Some("payment_method_required");
    let body = html! {
        p.problem { strong { (refusal.message) } }
        p { (advice(refusal, reason)) }
        @if billing { p { a href="/billing" { "Go to billing" } } }
        @if let Some(details) = &refusal.details {
            details { summary { "Details" } pre tabindex="0" { (pretty(details)) } }
        }
        p {
            @if let Some(back) = back { a href=(back) { "Back" } " · " }
            a href="/" { "Start" }
        }
    };
    let page = Page {
        title: title.to_owned(),
        section: None,
        outcome: None,
        now,
        body,
    };
    page.response_with(refusal.status)
}

/// Reason of a refusal because of the page's address. No form was sent.
const IN_ADDRESS: &str = "address_not_understood";

/// The refusal of a page's address, as a sentence for people.
pub(super) fn in_address(refusal: Refusal) -> Refusal {
    let known = refusal
        .details
        .as_ref()
        .and_then(|own| own.get("supportedStatuses"));
    let known: Vec<&str> = known
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |all| {
            all.iter().filter_map(Value::as_str).collect()
        });
    let message = match known.is_empty() {
        true => format!(
            "The page does not understand its address: {}.",
            refusal.message
        ),
        false => format!(
            "The page has no rows with this status. It has {}.",
            known.join(", ")
        ),
    };
    Refusal::bad(message).with_details(json!({ "reason": IN_ADDRESS }))
}

fn reason(refusal: &Refusal) -> Option<&str> {
    refusal.details.as_ref()?.get("reason")?.as_str()
}

fn pretty(details: &Value) -> String {
    serde_json::to_string_pretty(details).unwrap_or_default()
}

/// What a person can do.
fn advice(refusal: &Refusal, reason: Option<&str>) -> &'static str {
    match (refusal.status.as_u16(), reason, refusal.message.as_str()) {
        (_, Some("payment_method_required"), _) => {
            "Add a card, choose the other way to pay, or top up the credits. Then confirm again."
        }
        (_, Some("approval_not_pending"), _) => {
            "Nothing was changed. If it still has to happen, let the agent ask again: it gets a new approval."
        }
        (_, Some("top_up_not_pending"), _) => {
            "Nothing was charged. Let the agent create a new top-up, and pay at its address."
        }
        (_, Some("email_already_registered"), _) => {
            "Let the agent start the claim again with an e-mail that has no account."
        }
        (_, Some("no_tool"), _) => {
            "Start the sandbox with its annotation tool, or track the time in OpenTrain."
        }
        (400, Some(IN_ADDRESS), _) => {
            "Remove the part after the question mark from the address, or choose a filter on the page."
        }
        (404, _, "claim not found") => {
            "The code is wrong, was used, or is older than 30 minutes. Check it, or let the agent start the claim again: \
             it gets a new code."
        }
        (404, _, "approval not found" | "unknown approval") => {
            "The address is wrong, or the sandbox was reset. Let the agent ask again."
        }
        (404, _, _) => {
            "Check the address. A reset of the sandbox removes everything that was made before."
        }
        (403, _, "sign in with the e-mail of the claim") => {
            "Use exactly the e-mail that the agent gave when it started the claim."
        }
        (403, ..) => {
            "This sandbox only takes requests of this machine and of its own pages. Open the page here and send its form."
        }
        (409, ..) => "Nothing was changed. Go back, and look at the present state.",
        _ => "Nothing was changed. Go back, correct the field, and send the form again.",
    }
}
