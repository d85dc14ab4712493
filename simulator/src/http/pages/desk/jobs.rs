//! All jobs.

use maud::{Markup, html};

use crate::{
    http::pages::{
        form::{Control, Field, Form},
        html::Page,
        lists::{filter, hundred, pager},
        parts::{code, link, state, table_or, text, utc},
        visit::Visit,
    },
    kit::refusal::Refusal,
    market::data::ad::Ad,
    model::job::Job,
};

const PATH: &str = "/desk/jobs";
pub(in crate::http::pages) const STATUSES: [&str; 3] = ["DRAFT", "OPEN", "ARCHIVED"];

pub(in crate::http::pages) fn list(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let wanted = visit.query("status");
    visit.look(|market| {
        let jobs = market.world.jobs.iter().rev();
        let jobs = jobs.filter_map(|job| Some((job, market.ads.get(&job.id)?)));
        let jobs = jobs.filter(|(_, ad)| wanted.is_none_or(|own| own == ad.status.as_str()));
        let (jobs, next) = hundred(visit, jobs, |(job, _): &(&Job, &Ad)| &job.id)?;
        let proposals = |id: &str| market.proposals.iter().filter(|own| own.job == id).count();
        let rows: Vec<Vec<Markup>> = jobs
            .into_iter()
            .map(|(job, ad)| {
                vec![
                    link(&format!("{PATH}/{}", job.id), ad.title()),
                    code(&job.id),
                    state(ad.status.as_str()),
                    text(&job.organization),
                    text(proposals(&job.id)),
                    text(job.contract_ids.len()),
                    text(job.link_ids.len()),
                    utc(ad.created),
                ]
            })
            .collect();
        let heads = ["Job", "Id", "State", "Account", "Proposals", "Contracts", "Links", "Created"];
        let body = html! {
            (filter(visit, PATH, "status", &STATUSES))
            (table_or("No job here. An agent creates drafts, or you post one below.", "Jobs", &heads, &rows))
            (pager(visit, PATH, &["status"], next.as_deref()))
            section { h2 { "Post an open job" } (form().shown()) }
        };
        Ok(visit.page("Jobs", body))
    })
}

fn form() -> Form {
    let payments = [
        ("PAY_PER_HOUR", "by the hour"),
        ("PAY_PER_LABEL", "by the label"),
        ("FIXED_PRICE", "a fixed price"),
    ];
    let payments = payments.map(|(value, label)| (value.to_owned(), label.to_owned()));
    Form::new("postJob", "Post", PATH)
        .field(Field::text("title", "Title", "Label street scenes").required())
        .field(Field::new(
            "paymentType",
            "Paid",
            "PAY_PER_HOUR",
            Control::Select(payments.to_vec()),
        ))
        .field(Field::number("price", "Price in dollars", "20"))
}
