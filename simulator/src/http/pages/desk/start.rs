//! The first page: addresses, time, first steps, faults.

use maud::{Markup, html};

use super::{faults, steps};
use crate::{
    http::pages::{
        form::{Field, Form, Tone},
        html::Page,
        parts::{copied, utc},
        visit::Visit,
    },
    kit::refusal::Refusal,
    model::app::DEFAULT_APP,
};

/// Advances that have a button.
const ADVANCES: [(&str, &str); 3] = [("PT30M", "+30 min"), ("P1D", "+1 day"), ("P7D", "+7 days")];

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let origin = visit.look(|market| market.world.origin.clone());
    let body = html! {
        p.lead { "This is a stand-in for OpenTrain on your machine. Agents and platforms call its APIs; you do what \
            people do, here or by the JSON call beside each button." }
        (waiting(visit))
        section { h2 { "First steps" } (visit.look(steps::shown)) }
        section { h2 { "Addresses" } (addresses(&origin)) }
        section { h2 { "Time" } (time(visit)) }
        section { h2 { "Faults" } (faults::shown(visit)) }
        section {
            h2 { "Reset" }
            p { "Everything that was made is removed: jobs, contracts, tokens, installs, endpoints, faults. The time is \
                the machine's again." }
            (Form::new("reset", "Reset the sandbox", "/").tone(Tone::Danger).shown())
        }
    };
    Ok(visit.page("Start", body))
}

/// Approvals that wait for the human.
fn waiting(visit: &Visit<'_>) -> Markup {
    let now = visit.request.now;
    let count = visit.look(|market| {
        let approvals = market.approvals.iter();
        approvals
            .filter(|own| own.is_pending() && now < own.expires)
            .count()
    });
    html! {
        @if count > 0 {
            p { a href="/desk/approvals?status=pending" { "Approvals that wait for you: " (count) } }
        }
    }
}

fn addresses(origin: &str) -> Markup {
    html! {
        (copied("Platform API", &format!("{origin}/api/partner/v1")))
        (copied("Public API", &format!("{origin}/api/public/v1")))
        (copied("Identity of agents", &format!("{origin}/api/agent/identity")))
        (copied("Calls of this page", &format!("{origin}/sandbox")))
        (copied("Consent page", &format!("{origin}/integrations/{DEFAULT_APP}/connect")))
        (copied("For the bridge", &format!("export OPENTRAIN_BASE_URL={origin}")))
    }
}

fn time(visit: &Visit<'_>) -> Markup {
    let now = visit.request.now;
    let real = (visit.shared.signing_clock)();
    html! {
        p { "It is " strong { (utc(now)) } " in the sandbox, and " (utc(real)) " on this machine. Signatures use the \
            machine's time, so that receivers accept them." }
        div.row {
            @for (advance, label) in ADVANCES {
                (Form::new("advanceClock", label, "/").hidden("advance", advance).shown())
            }
        }
        (Form::new("advanceClock", "Advance", "/")
            .field(Field::text("advance", "By another time (ISO 8601)", "PT2H").required())
            .shown())
        p.hint { "After an advance, everything that is due happens: retries, expiries and dates. The answer lists the \
            attempts of deliveries." }
    }
}
