//! The approval of a hire, whose terms can be changed.

use maud::{Markup, html};

use super::confirm::{confirm, visit_path};
use crate::{
    http::pages::{
        form::{Control, Field},
        parts::money,
        people::payment::{Ways, lines},
        visit::Visit,
    },
    kit::refusal::Refusal,
    market::{
        Market,
        data::{
            approval::Approval,
            money::{cents, funding_charge, hire_charge},
            profile::shown_name,
        },
    },
    model::{milestone::NewMilestone, payment::PaymentType},
};

/// The first milestone can be changed: the confirmed values win.
pub(super) fn hire(
    visit: &Visit<'_>,
    market: &Market,
    own: &Approval,
    (proposal, asked): (&str, &NewMilestone),
) -> Result<Markup, Refusal> {
    let proposal = market.proposal(proposal)?;
    let terms = changed(visit, asked);
    let (charge, funding) = (
        hire_charge(terms.amount_usd),
        funding_charge(terms.amount_usd),
    );
    let amount = cents(terms.amount_usd);
    let ways = Ways::of(market, &own.organization, charge)?;
    let rows = [
        ("Milestone", amount),
        ("Fee of 10 %", funding - amount),
        ("Fee of the hire", charge - funding),
    ];
    let unit = match market.world.job(&proposal.job)?.payment_type {
        Some(PaymentType::PayPerHour) => " an hour",
        Some(PaymentType::PayPerLabel) => " a label",
        Some(PaymentType::FixedPrice) | None => " for the job",
    };
    let trainer = market.world.trainers.get(&proposal.trainer);
    let name = trainer.map_or("Freelancer", |own| shown_name(&own.display_name));
    Ok(html! {
        p { strong { (name) } " is hired at " (money(cents(proposal.bid_usd))) (unit) ", as in the proposal, and the \
            first milestone is funded. The trainer gets access to linked projects." }
        (lines(&rows, charge))
        @if terms != *asked {
            p.problem { strong { "These are not the terms that were asked for: " }
                (asked.name.as_deref().unwrap_or(&asked.description)) " for " (money(cents(asked.amount_usd))) ". "
                a href=(visit_path(own)) { "Show those" } }
        }
        (terms_form(own, &terms, (&ways, visit.query("paymentMethod"))))
    })
}

/// The form with the terms of the first milestone, which can be changed.
fn terms_form(
    own: &Approval,
    terms: &NewMilestone,
    (ways, chosen): (&Ways, Option<&str>),
) -> Markup {
    let field = |name, label, value: &str| Field::text(name, label, value);
    let form = confirm(own, "Hire and pay")
        .field(Field::new(
            "paymentMethod",
            "",
            ways.chosen(chosen),
            Control::Elsewhere,
        ))
        .field(field(
            "milestone.name",
            "Name",
            terms.name.as_deref().unwrap_or_default(),
        ))
        .field(Field::new(
            "milestone.description",
            "Description",
            &terms.description,
            Control::Area,
        ))
        .field(
            Field::number(
                "milestone.amount",
                "Amount in dollars",
                terms.amount_usd.to_string(),
            )
            .required(),
        )
        .field(field(
            "milestone.dueDate",
            "Due date (YYYY-MM-DD)",
            terms.due_date.as_deref().unwrap_or_default(),
        ));
    let again = html! {
        button.plain type="submit" formmethod="get" formaction=(visit_path(own)) { "Show the new total" }
    };
    form.around(&ways.shown(chosen), &again)
}

/// The terms in the query, which the form sends to show a new total; without a query, the requested terms.
fn changed(visit: &Visit<'_>, asked: &NewMilestone) -> NewMilestone {
    let text = |name: &str, asked: Option<&str>| match visit.query(name) {
        // Browsers send line ends as CR LF.
        Some(text) => Some(text.replace("\r\n", "\n")).filter(|own| !own.is_empty()),
        None => asked.map(str::to_owned),
    };
    let amount = visit.query("milestone.amount");
    let amount = amount.and_then(|own| own.parse::<f64>().ok());
    let amount = amount.filter(|own| *own > 0.0 && *own < 1e9);
    NewMilestone {
        name: text("milestone.name", asked.name.as_deref()),
        description: text("milestone.description", Some(&asked.description)).unwrap_or_default(),
        amount_usd: amount.unwrap_or(asked.amount_usd),
        due_date: text("milestone.dueDate", asked.due_date.as_deref()),
        volume: None,
    }
}
