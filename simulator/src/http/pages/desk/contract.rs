//! One contract: trainer, links, milestones, budget, hours.

use maud::{Markup, html};
use serde_json::json;

use crate::{
    http::pages::{
        form::{Field, Form, Tone},
        html::Page,
        parts::{code, facts, link, money, or_dash, state, table_or, text, utc},
        visit::Visit,
    },
    kit::{clock::day, refusal::Refusal},
    market::{
        Market,
        data::{money::cents, profile::shown_name},
    },
    model::{
        budget::Budget,
        contract::Contract,
        milestone::{Milestone, MilestoneStatus},
    },
};

/// Days of work that are shown, newest first.
const DAYS: usize = 100;

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    visit.look(|market| {
        let own = market.world.contract(visit.id())?;
        let budget = market.world.budget(own);
        let body = html! {
            (about(market, own)?)
            section { h2 { "Budget" } (meter(&budget)) (figures(&budget, own)) }
            (milestones(own))
            (work(own))
            @if own.ended.is_none() { (acts(visit, market, own)) }
        };
        Ok(visit.page(format!("Contract {}", own.id), body))
    })
}

fn path(id: &str) -> String {
    format!("/desk/contracts/{id}")
}

fn about(market: &Market, own: &Contract) -> Result<Markup, Refusal> {
    let trainer = own.trainer_id.as_deref();
    let trainer = trainer.and_then(|id| market.world.trainers.get(id));
    let job = market.world.job(&own.job_id)?;
    let links: Vec<_> = market.world.links_on(&own.job_id).collect();
    Ok(facts(&[
        (
            "State",
            html! { (state(json!(own.status()).as_str().unwrap_or_default())) " " span.hint { "active → ended" } },
        ),
        (
            "Trainer",
            or_dash(
                trainer.map(|own| html! { (shown_name(&own.display_name)) " " (code(&own.id)) }),
            ),
        ),
        ("Job", link(&format!("/desk/jobs/{}", job.id), &job.title)),
        (
            "Linked projects",
            html! {
                @if links.is_empty() { "none: no platform learns of this contract" }
                @for own in links { (code(&own.external_project_id)) " (" (own.install_id) ") " }
            },
        ),
        ("Since", utc(own.started)),
        ("Ended", or_dash(own.ended.map(utc))),
    ]))
}

fn meter(budget: &Budget) -> Markup {
    let percent = (budget.consumed_fraction * 100.0).round();
    html! {
        p {
            (state(json!(budget.state).as_str().unwrap_or_default())) " "
            meter min="0" max="100" low="80" high="99" optimum="0" value=(percent.min(100.0))
                aria-label="Used part of the budget" { (percent) " %" }
            " " (percent) " % used"
        }
    }
}

fn figures(budget: &Budget, own: &Contract) -> Markup {
    let volume = |value: f64| text(format!("{:.2}", value));
    facts(&[
        (
            "Funded",
            html! { (volume(budget.funded_volume)) " for " (money(cents(budget.funded_amount_usd))) },
        ),
        ("Used", volume(budget.consumed_volume)),
        ("Left", volume(budget.remaining_volume)),
        ("Hours", volume(budget.consumed.hours)),
        (
            "of these in OpenTrain's tracker",
            volume(own.tracked as f64 / 3600.0),
        ),
        ("Labels", text(budget.consumed.labels)),
        ("Tasks", text(budget.consumed.tasks)),
        ("Last report", or_dash(own.last_usage.map(utc))),
    ])
}

fn milestones(own: &Contract) -> Markup {
    let rows: Vec<Vec<Markup>> = own
        .milestones
        .iter()
        .map(|it| milestone(&own.id, it))
        .collect();
    let heads = [
        "Milestone",
        "Name",
        "State",
        "Amount",
        "Volume",
        "Trainer asks for payout",
        "In the app",
    ];
    html! {
        section {
            h2 { "Milestones" }
            (table_or("No milestone yet.", "Milestones", &heads, &rows))
        }
    }
}

fn milestone(contract: &str, own: &Milestone) -> Vec<Markup> {
    let is_funded = own.status == MilestoneStatus::ActiveFunded;
    let acts = is_funded.then(|| {
        let ask = Form::new(
            "requestPayout",
            "Ask for the payout, as the trainer",
            path(contract),
        )
        .hidden("milestoneId", &own.id);
        let release = Form::new("releaseInApp", "Pay out", path(contract))
            .tone(Tone::Primary)
            .hidden("milestoneId", &own.id);
        html! {
            details { summary { "Payout" span.hide { " of " (own.id) } }
                @if !own.terms.payout_requested { (ask.shown()) }
                (release.shown())
            }
        }
    });
    vec![
        code(&own.id),
        text(&own.name),
        state(json!(own.status).as_str().unwrap_or_default()),
        text(money(cents(own.amount_usd))),
        or_dash(own.volume.map(|own| text(format!("{own:.2}")))),
        text(if own.terms.payout_requested {
            "yes"
        } else {
            "no"
        }),
        or_dash(acts),
    ]
}

fn work(own: &Contract) -> Markup {
    let mut days = own.usage_rows();
    days.sort_by_key(|own| std::cmp::Reverse(own.day));
    let hidden = days.len().saturating_sub(DAYS);
    let rows: Vec<Vec<Markup>> = days
        .into_iter()
        .take(DAYS)
        .map(|own| {
            let hours = own
                .seconds
                .map(|own| text(format!("{:.2}", own as f64 / 3600.0)));
            vec![
                text(own.day.to_string()),
                code(&own.worker),
                or_dash(hours),
                or_dash(own.labels.map(text)),
                or_dash(own.tasks.map(text)),
            ]
        })
        .collect();
    html! {
        section {
            h2 { "Reported work" }
            (table_or("No work was reported yet.", "Reported work", &["Day", "Worker", "Hours", "Labels", "Tasks"], &rows))
            @if hidden > 0 { p.hint { (hidden) " older days are not shown." } }
        }
    }
}

fn acts(visit: &Visit<'_>, market: &Market, own: &Contract) -> Markup {
    let next = path(&own.id);
    let track = Form::new("trackTime", "Track the time", &next)
        .hidden("contractId", &own.id)
        .field(Field::number("hours", "Hours", "1").required());
    let fund = Form::new("fundInApp", "Add and fund a milestone", &next)
        .hidden("contractId", &own.id)
        .field(Field::number("volume", "Volume (hours or labels)", "10"))
        .field(Field::number(
            "amountUsd",
            "Amount in dollars (fixed price)",
            "",
        ));
    let end = Form::new("endInApp", "End the contract", &next)
        .tone(Tone::Danger)
        .hidden("contractId", &own.id);
    html! {
        section { h2 { "Work" }
            (in_the_tool(visit, market, own))
            h3 { "In OpenTrain's own time tracker" }
            (track.shown())
        }
        section { h2 { "Fund" } (fund.shown()) }
        section { h2 { "End" } p { "For good. Linked platforms get " code { "contract.ended" } "." } (end.shown()) }
    }
}

/// Work in the tool's project that is linked to the job, which the bridge reports.
fn in_the_tool(visit: &Visit<'_>, market: &Market, own: &Contract) -> Markup {
    let project = market.world.links_on(&own.job_id).next();
    let Some(link) = project else {
        return html! { p { "No project is linked, so the trainer has no project to work in." } };
    };
    let Some(trainer) = own.trainer_id.as_deref() else {
        return html! { p { "The contract has no trainer." } };
    };
    if visit.shared.tool.get().is_none() {
        return html! { p { "This sandbox runs without its annotation tool." } };
    }
    let form = Form::new("recordWork", "Work", path(&own.id))
        .hidden("projectId", &link.external_project_id)
        .hidden("trainerId", trainer)
        .field(Field::text("workDate", "Day", day(visit.request.now).to_string()).required())
        .field(Field::number("totalSeconds", "Seconds to add to the day", "3600").required());
    html! {
        h3 { "In the annotation tool" }
        p { "The trainer works in project " (code(&link.external_project_id)) ". The platform reports it." }
        (form.shown())
    }
}
