//! All approvals.

use maud::{Markup, html};

use crate::{
    http::pages::{
        html::Page,
        lists::{filter, hundred, pager},
        parts::{code, link, or_dash, state, table_or, text, utc, when},
        visit::Visit,
    },
    kit::refusal::Refusal,
    market::data::approval::Approval,
};

const PATH: &str = "/desk/approvals";
pub(in crate::http::pages) const STATUSES: [&str; 4] =
    ["pending", "confirmed", "declined", "expired"];

pub(in crate::http::pages) fn list(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let wanted = visit.query("status");
    let now = visit.request.now;
    visit.shared.change(|market| {
        market.pending_approvals(now)?;
        let all = market.approvals.iter().rev();
        let all = all.filter(|own| wanted.is_none_or(|wanted| wanted == own.status.as_str()));
        let (page, next) = hundred(visit, all, |own: &&Approval| &own.id)?;
        let rows: Vec<Vec<Markup>> = page
            .into_iter()
            .map(|own| {
                vec![
                    link(&format!("/approvals/{}", own.id), &own.id),
                    text(own.subject.kind()),
                    state(own.status.as_str()),
                    code(&own.job),
                    text(&own.organization),
                    when(own.expires, now),
                    or_dash(own.resolved.map(utc)),
                ]
            })
            .collect();
        let heads = ["Approval", "Type", "State", "Job", "Account", "Expires", "Decided"];
        let body = html! {
            p { "An agent asks; you decide on the approval's page. Money only moves with your confirmation." }
            (filter(visit, PATH, "status", &STATUSES))
            (table_or("No approval here. An agent asks for one by hiring, funding, approving or ending.", "Approvals",
                &heads, &rows))
            (pager(visit, PATH, &["status"], next.as_deref()))
        };
        Ok(visit.page("Approvals", body))
    })
}
