//! What needs an operator, as `bridge status` finds it, with the page that shows the cases.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::console::html::{Link, link, prose, text, when};
use crate::status::{Attention, AttentionKind as Kind};

pub(super) fn causes(all: &[Attention], now: Timestamp) -> Markup {
    if all.is_empty() {
        return html! { p.fine { "Nothing needs an operator." } };
    }
    html! {
        ul.attention {
            @for it in all {
                li class=(if it.kind.is_urgent() { "" } else { "open" }) {
                    p {
                        strong { (text(it.title())) }
                        @if let Some(oldest) = it.oldest { " · oldest " (when(oldest, now)) }
                    }
                    p { (text(&it.text)) }
                    p {
                        "Next: " (prose(&it.fix)) ". "
                        @if let Some((page, label)) = page(it) { (link(page, label)) }
                    }
                }
            }
        }
    }
}

/// The page that shows the cases.
fn page(it: &Attention) -> Option<(Link, &'static str)> {
    let page = match it.kind {
        Kind::Removal | Kind::Grant => Link::to("/people").with("cause", &it.text),
        Kind::UnreadableTrainer | Kind::OrphanedAccess => Link::to("/people"),
        Kind::DeadLetter => Link::to("/dead-letters"),
        Kind::Quarantined => Link::to("/deliveries").with("outcome", "quarantined"),
        Kind::Reconcile => Link::to("/reconcile"),
        Kind::ReconcileLate => return Some((Link::to("/reconcile"), "Show the last run")),
        Kind::RemovalsHeld => return Some((Link::to("/reconcile"), "Show the plan")),
        Kind::Usage | Kind::UsageLost | Kind::UsageLate => {
            return Some((Link::to("/usage"), "Show usage"));
        }
        Kind::BridgeStopped
        | Kind::UnreadConnection
        | Kind::TokenRefused
        | Kind::EndpointDisabled
        | Kind::Invitation
        | Kind::InstallRevoked => return None,
    };
    Some((page, "Show them"))
}
