//! A draft of a job: its fields, and what is missing.

use maud::{Markup, html};

use super::job::fields;
use crate::{
    http::pages::{
        form::{Form, Tone},
        html::Page,
        parts::{code, facts, link, state, text},
        visit::Visit,
    },
    kit::refusal::Refusal,
    market::{
        data::ad::{Ad, JobStatus},
        draft::validate,
    },
};

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let id = visit.query("jobId").unwrap_or_default();
    visit.look(|market| {
        let ad = market.ad(id)?;
        let employer = market.employer(&market.world.job(id)?.organization)?;
        let body = html! {
            (facts(&[
                ("State", state(ad.status.as_str())),
                ("Account", text(&employer.name)),
                ("Job", code(id)),
            ]))
            (fields(ad))
            @match ad.status {
                JobStatus::Draft => (missing(id, ad)),
                _ => p { "This is no draft any longer. " (link(&format!("/jobs/{id}"), "See the job")) },
            }
        };
        Ok(visit.page(format!("Draft: {}", ad.title()), body))
    })
}

/// Fields without which the job is not published, or the button that publishes it.
pub(in crate::http::pages) fn missing(id: &str, ad: &Ad) -> Markup {
    let missing = validate(ad).missing_fields;
    let publish = Form::new("publishJob", "Publish", format!("/desk/jobs/{id}"))
        .tone(Tone::Primary)
        .hidden("jobId", id);
    html! {
        section.ask {
            h2 { "Before it is published" }
            @if missing.is_empty() {
                p { "Nothing is missing. Publishing makes the job visible to trainers." }
                (publish.shown())
            } @else {
                p { "These fields are missing. The agent sets them with "
                    (code(format!("PATCH /job-drafts/{id}"))) "." }
                ul { @for own in &missing { li { (own.prompt) " " (code(own.field)) } } }
            }
        }
    }
}
