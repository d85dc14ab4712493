//! All contracts.

use maud::{Markup, html};
use serde_json::json;

use crate::{
    http::pages::{
        html::Page,
        lists::{filter, hundred, pager},
        parts::{code, link, or_dash, state, table_or, text, utc},
        visit::Visit,
    },
    kit::refusal::Refusal,
    market::{Market, data::profile::shown_name},
    model::contract::Contract,
};

const PATH: &str = "/desk/contracts";
pub(in crate::http::pages) const STATUSES: [&str; 2] = ["active", "ended"];

pub(in crate::http::pages) fn list(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let wanted = visit.query("status");
    visit.look(|market| {
        let all = market.world.contracts.iter().rev();
        let all = all.filter(|own| wanted.is_none_or(|wanted| json!(own.status()) == wanted));
        let (page, next) = hundred(visit, all, |own: &&Contract| &own.id)?;
        let rows: Vec<Vec<Markup>> = page.into_iter().map(|own| row(market, own)).collect();
        let heads = [
            "Contract", "Trainer", "State", "Job", "Budget", "Used", "Since", "Ended",
        ];
        let body = html! {
            (filter(visit, PATH, "status", &STATUSES))
            (table_or("No contract here. A confirmed hire makes one.", "Contracts", &heads, &rows))
            (pager(visit, PATH, &["status"], next.as_deref()))
        };
        Ok(visit.page("Contracts", body))
    })
}

fn row(market: &Market, own: &Contract) -> Vec<Markup> {
    let budget = market.world.budget(own);
    let trainer = own.trainer_id.as_deref();
    let trainer = trainer.and_then(|id| market.world.trainers.get(id));
    let job = market.world.jobs.get(&own.job_id);
    let percent = (budget.consumed_fraction * 100.0).round();
    vec![
        link(&format!("{PATH}/{}", own.id), &own.id),
        or_dash(trainer.map(|own| html! { (shown_name(&own.display_name)) " " (code(&own.id)) })),
        state(json!(own.status()).as_str().unwrap_or_default()),
        or_dash(job.map(|job| link(&format!("/desk/jobs/{}", job.id), &job.title))),
        state(json!(budget.state).as_str().unwrap_or_default()),
        text(format!("{percent} %")),
        utc(own.started),
        or_dash(own.ended.map(utc)),
    ]
}
