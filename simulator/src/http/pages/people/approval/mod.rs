//! An approval: what moves, and the human's decision.

use jiff::Timestamp;
use maud::{Markup, html};

use super::payment::{Ways, lines};
use crate::{
    http::pages::{
        form::{Control, Field, Form, Tone},
        html::Page,
        parts::{code, facts, money, or_dash, state, text, when},
        visit::Visit,
    },
    kit::refusal::Refusal,
    market::{
        Market,
        data::{
            approval::{Approval, ApprovalStatus, Subject},
            money::{cents, funding_charge},
            profile::shown_name,
        },
    },
    model::{
        contract::Contract,
        milestone::{Milestone, MilestoneStatus},
        misuse::Misuse,
    },
};
use confirm::{confirm, visit_path};
use hire::hire;

mod confirm;
mod hire;

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let now = visit.request.now;
    visit.shared.change(|market| {
        // A pending approval whose time is over expires when it is read.
        market.refresh_approval(visit.id(), now)?;
        let approval = market.approval(visit.id())?;
        let body = html! {
            (asked(market, approval, now)?)
            @match approval.is_pending() {
                true => (decision(visit, market, approval)?),
                false => (decided(approval, now)),
            }
        };
        Ok(visit.page(title(&approval.subject), body))
    })
}

fn title(subject: &Subject) -> &'static str {
    match subject {
        Subject::Hire { .. } => "Hire a trainer?",
        Subject::Fund { .. } => "Fund a milestone?",
        Subject::Payout { .. } => "Pay a milestone out?",
        Subject::End { .. } => "End a contract?",
    }
}

/// Who asks, for whom, and until when.
fn asked(market: &Market, own: &Approval, now: Timestamp) -> Result<Markup, Refusal> {
    let token = market.tokens.get(&own.token);
    let by = token.map_or("You, in the app", |token| &token.name);
    let job = market.world.job(&own.job)?;
    let employer = market.employer(&own.organization)?;
    Ok(facts(&[
        ("State", state(own.status.as_str())),
        (
            "Asked by",
            html! { (by) @if token.is_some() { " (a token of your account)" } },
        ),
        ("Account", text(&employer.name)),
        ("Job", html! { (job.title) " " (code(&job.id)) }),
        ("Expires", when(own.expires, now)),
    ]))
}

fn decision(visit: &Visit<'_>, market: &Market, own: &Approval) -> Result<Markup, Refusal> {
    let decline = Form::new("declineApproval", "Decline", visit_path(own))
        .tone(Tone::Danger)
        .hidden("approvalId", &own.id);
    let confirm = match &own.subject {
        Subject::Hire { proposal, terms } => hire(visit, market, own, (proposal, terms))?,
        Subject::Fund {
            contract,
            milestone,
        } => {
            let (contract, milestone) = milestone_of(market, contract, milestone)?;
            fund(market, own, (contract, milestone))?
        }
        Subject::Payout {
            contract,
            milestone,
        } => {
            let (contract, milestone) = milestone_of(market, contract, milestone)?;
            html! {
                p { (money(cents(milestone.amount_usd))) " goes to " (trainer(market, contract)) "." }
                (terms_of(milestone))
                (confirm(own, "Pay out").shown())
            }
        }
        Subject::End { contract } => end(market, own, market.world.contract(contract)?),
    };
    Ok(html! {
        section.ask { h2 { "What happens if you confirm" } (confirm) }
        section.ask { h2 { "If you decline" } p { "Nothing happens, and the agent learns of it." } (decline.shown()) }
    })
}

fn fund(
    market: &Market,
    own: &Approval,
    (contract, milestone): (&Contract, &Milestone),
) -> Result<Markup, Refusal> {
    let amount = cents(milestone.amount_usd);
    let charge = funding_charge(milestone.amount_usd);
    let ways = Ways::of(market, &own.organization, charge)?;
    let rows = [("Milestone", amount), ("Fee of 10 %", charge - amount)];
    let form = confirm(own, "Pay and fund").field(Field::new(
        "paymentMethod",
        "",
        ways.chosen(None),
        Control::Elsewhere,
    ));
    Ok(html! {
        p { "The amount is held for " (trainer(market, contract)) " until you pay the milestone out." }
        (terms_of(milestone))
        (lines(&rows, charge))
        (form.around(&ways.shown(None), &html! {}))
    })
}

fn end(market: &Market, own: &Approval, contract: &Contract) -> Markup {
    let funded = contract.milestones.iter();
    let funded = funded.filter(|own| own.status == MilestoneStatus::ActiveFunded);
    let funded: i64 = funded.map(|own| cents(own.amount_usd)).sum();
    html! {
        p { "The contract with " (trainer(market, contract)) " ends for good, and the trainer loses access to linked \
            projects. " (money(funded)) " of funded milestones stay, and can still be paid out." }
        (confirm(own, "End the contract").shown())
    }
}

fn milestone_of<'w>(
    market: &'w Market,
    contract: &str,
    milestone: &str,
) -> Result<(&'w Contract, &'w Milestone), Refusal> {
    let contract = market.world.contract(contract)?;
    let found = contract.milestones.iter().find(|own| own.id == milestone);
    Ok((contract, found.ok_or(Misuse::Unknown("milestone"))?))
}

fn trainer(market: &Market, contract: &Contract) -> Markup {
    let trainer = contract.trainer_id.as_deref();
    let trainer = trainer.and_then(|id| market.world.trainers.get(id));
    let name = trainer.map_or("Freelancer", |own| shown_name(&own.display_name));
    html! { strong { (name) } }
}

fn terms_of(milestone: &Milestone) -> Markup {
    facts(&[
        (
            "Milestone",
            html! { (milestone.name) " " (code(&milestone.id)) },
        ),
        ("Amount", text(money(cents(milestone.amount_usd)))),
        ("Volume", or_dash(milestone.volume.map(text))),
        (
            "Due",
            or_dash(milestone.terms.due_date.as_deref().map(text)),
        ),
    ])
}

/// Nothing is left to decide.
fn decided(own: &Approval, now: Timestamp) -> Markup {
    let (what, next) = match own.status {
        ApprovalStatus::Confirmed => (
            "You confirmed it. It was carried out.",
            "Nothing is left to do.",
        ),
        ApprovalStatus::Declined => (
            "You declined it. Nothing happened.",
            "The agent can ask again.",
        ),
        ApprovalStatus::Expired => (
            "It has expired, or the agent asked again on other terms. Nothing happened.",
            "If it still has to happen, let the agent ask again: it gets a new approval with a new address.",
        ),
        ApprovalStatus::Pending => ("", ""),
    };
    html! {
        section.ask {
            h2 { "Decided" }
            p { strong { (what) } @if let Some(at) = own.resolved { " " (when(at, now)) } }
            p { (next) " The agent reads the result at " (code(format!("GET /approvals/{}", own.id))) "." }
        }
    }
}
