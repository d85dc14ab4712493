//! The claim of an agent's account: a code and an e-mail.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    http::pages::{
        form::{Control, Field, Form, Tone},
        html::Page,
        parts::{facts, text, when},
        visit::Visit,
    },
    kit::refusal::Refusal,
    market::{
        Market,
        data::account::{ClaimProgress, Registration},
    },
};

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let claimed = visit.outcome.as_ref();
    let claimed = claimed.and_then(|own| own.answer_of("confirmClaim"));
    if claimed.is_some() {
        return Ok(visit.page("Account claimed", done()));
    }
    let now = visit.request.now;
    visit.look(|market| {
        let body = match visit.query("attempt") {
            None => form(),
            Some(attempt) => match open_claim(market, attempt, now) {
                Ok(own) => html! { (asked(market, own, now)?) (form()) },
                Err(problem) => over(problem),
            },
        };
        Ok(visit.page("Claim an agent's account", body))
    })
}

/// The registration with this attempt, or the reason why it cannot be claimed.
fn open_claim<'w>(
    market: &'w Market,
    attempt: &str,
    now: Timestamp,
) -> Result<&'w Registration, &'static str> {
    let has = |own: &&Registration| own.attempt.as_ref().is_some_and(|own| own.token == attempt);
    let own = market.registrations.iter().find(has);
    let own =
        own.ok_or("This link is not known. The agent may have started the claim again since.")?;
    if own.progress != ClaimProgress::Open {
        return Err("This account is claimed already.");
    }
    let expires = own.attempt.as_ref().map_or(own.expires, |own| own.expires);
    match now >= expires.min(own.expires) {
        true => Err("This link has expired: a claim takes at most 30 minutes."),
        false => Ok(own),
    }
}

/// What asks. The names come from the agent.
fn asked(market: &Market, own: &Registration, now: Timestamp) -> Result<Markup, Refusal> {
    let employer = market.employer(&own.organization)?;
    let owner = market.users.get(&employer.owner);
    let agent = owner.and_then(|own| own.first_name.as_deref());
    let jobs = market.world.jobs.iter();
    let jobs = jobs.filter(|job| job.organization == own.organization);
    let expires = own.attempt.as_ref().map_or(own.expires, |own| own.expires);
    Ok(html! {
        p { "An agent registered this account by itself and asks you to take it over. "
            strong { "Did you start this?" } " If not, close this page: nothing happens." }
        (facts(&[
            ("Agent, as it calls itself", text(agent.unwrap_or("Agent"))),
            ("Organization, as it calls it", text(&employer.name)),
            ("Jobs so far", text(jobs.count())),
            ("Expires", when(expires, now)),
        ]))
    })
}

fn form() -> Markup {
    let form = Form::new("confirmClaim", "Claim the account", "/claim")
        .tone(Tone::Primary)
        .field(
            Field::new(
                "email",
                "Your e-mail, as the agent gave it",
                "",
                Control::Input("email"),
            )
            .required(),
        )
        .field(Field::text("userCode", "Code of 6 digits from the agent", "").required());
    html! {
        section.ask {
            h2 { "Sign in and type the code" }
            p { "The account becomes yours. The agent may then hire, write messages and invite to the team on your \
                behalf; payments still need your approval." }
            (form.shown())
        }
    }
}

fn over(problem: &str) -> Markup {
    html! {
        p.problem { strong { (problem) } }
        p { "Nothing was changed. Let the agent start the claim again: it gets a new code and a new link." }
        p { a href="/claim" { "I have a code" } }
    }
}

fn done() -> Markup {
    html! {
        p { "The account is yours. The agent gets its new token with its next poll, and its old tokens end then." }
        p { "You can close this page. " a href="/billing" { "Add a card" } " before the agent asks for a hire, and make \
            tokens for payments and webhooks on " a href="/desk/installs" { "the desk" } "." }
    }
}
