//! One job: its state, what is missing, proposals, links, contracts.

use maud::{Markup, html};

use crate::{
    http::pages::{
        form::{Control, Field, Form, Tone},
        html::Page,
        lists::{hundred, pager},
        parts::{code, facts, link, money, or_dash, state, table_or, text, utc},
        people::{
            draft::missing,
            job::{application, fields},
        },
        visit::Visit,
    },
    kit::refusal::Refusal,
    market::{
        Market,
        data::{
            ad::{Ad, JobStatus},
            money::cents,
            profile::shown_name,
            proposal::{Proposal, ProposalStatus},
        },
    },
    model::job::Job,
};

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let id = visit.id();
    visit.look(|market| {
        let job = market.world.job(id)?;
        let ad = market.ad(id)?;
        let body = html! {
            (facts(&[
                ("State", html! { (state(ad.status.as_str())) " " span.hint { "DRAFT → OPEN → ARCHIVED" } }),
                ("Id", code(id)),
                ("Account", text(&job.organization)),
                ("Public page", link(&format!("/jobs/{id}"), format!("/jobs/{id}"))),
                ("Created", utc(ad.created)),
                ("Published", or_dash(ad.published.map(utc))),
            ]))
            (fields(ad))
            @if ad.status == JobStatus::Draft { (missing(id, ad)) }
            (proposals(visit, market, id)?)
            @if ad.status == JobStatus::Open {
                section { h2 { "Apply" } (application(market, id, ad, path(id))) }
            }
            (links(market, job))
            (contracts(market, job))
            @if ad.status != JobStatus::Archived { (close(id)) }
        };
        Ok(visit.page(ad.title(), body))
    })
}

fn path(id: &str) -> String {
    format!("/desk/jobs/{id}")
}

fn close(id: &str) -> Markup {
    let form = Form::new("closeJob", "Close the job", path(id))
        .tone(Tone::Danger)
        .hidden("jobId", id);
    html! {
        section { h2 { "Close" } p { "Trainers no longer see the job. Its contracts continue." } (form.shown()) }
    }
}

fn proposals(visit: &Visit<'_>, market: &Market, job: &str) -> Result<Markup, Refusal> {
    let all = market.proposals.iter().rev().filter(|own| own.job == job);
    let (page, next) = hundred(visit, all, |own: &&Proposal| &own.id)?;
    let ad = market.ad(job)?;
    let rows: Vec<Vec<Markup>> = page
        .into_iter()
        .map(|own| proposal(market, ad, own))
        .collect();
    let heads = [
        "Trainer",
        "Proposal",
        "State",
        "Bid",
        "Interview",
        "Received",
        "In the app",
    ];
    Ok(html! {
        section {
            h2 { "Proposals" }
            (table_or("No trainer has applied yet.", "Proposals", &heads, &rows))
            (pager(visit, &path(job), &[], next.as_deref()))
        }
    })
}

fn proposal(market: &Market, ad: &Ad, own: &Proposal) -> Vec<Markup> {
    let trainer = market.world.trainers.get(&own.trainer);
    let name = trainer.map_or("Freelancer", |own| shown_name(&own.display_name));
    let is_open = own.status != ProposalStatus::Hired && ad.status == JobStatus::Open;
    vec![
        html! { (name) " " (code(&own.trainer)) },
        code(&own.id),
        html! { (state(own.status.as_str())) @if own.invited { " invited" } },
        text(money(cents(own.bid_usd))),
        or_dash(own.interview.as_ref().map(|own| text(own.score))),
        utc(own.created),
        or_dash((is_open && !own.invited).then(|| acts(own))),
    ]
}

/// What the employer does in the app: hire at once, or review.
fn acts(own: &Proposal) -> Markup {
    let next = path(&own.job);
    let hire = Form::new("hireInApp", "Hire", &next)
        .tone(Tone::Primary)
        .hidden("proposalId", &own.id)
        .hidden("milestone.name", "First milestone")
        .field(Field::number("milestone.amount", "First milestone in dollars", "200").required());
    let names = ProposalStatus::ALL.into_iter();
    let names = names.filter(|own| *own != ProposalStatus::Hired);
    let names = names.map(|own| (own.as_str().to_owned(), own.label().to_owned()));
    let review = Form::new("reviewProposal", "Set the state", &next)
        .hidden("proposalId", &own.id)
        .field(Field::new(
            "status",
            "State",
            own.status.as_str(),
            Control::Select(names.collect()),
        ));
    html! {
        details { summary { "Hire or review" span.hide { " " (own.id) } } (hire.shown()) (review.shown()) }
    }
}

fn links(market: &Market, job: &Job) -> Markup {
    let rows: Vec<Vec<Markup>> = market
        .world
        .links_on(&job.id)
        .map(|own| {
            let name = own.external_project_name.as_deref();
            vec![
                code(&own.id),
                html! { (name.unwrap_or("–")) " " (code(&own.external_project_id)) },
                code(&own.install_id),
            ]
        })
        .collect();
    html! {
        section {
            h2 { "Linked projects" }
            (table_or("No project is linked, so hires are not sent to any platform.", "Linked projects",
                &["Link", "Project", "Install"], &rows))
        }
    }
}

fn contracts(market: &Market, job: &Job) -> Markup {
    let contracts = job.contract_ids.iter();
    let contracts = contracts.filter_map(|id| market.world.contracts.get(id));
    let rows: Vec<Vec<Markup>> = contracts
        .map(|own| {
            let status = if own.ended.is_some() {
                "ended"
            } else {
                "active"
            };
            vec![
                link(&format!("/desk/contracts/{}", own.id), &own.id),
                state(status),
                utc(own.started),
            ]
        })
        .collect();
    html! {
        section {
            h2 { "Contracts" }
            (table_or("No trainer is hired yet.", "Contracts", &["Contract", "State", "Since"], &rows))
        }
    }
}
