//! First steps, each ticked when it is done.

use maud::{Markup, html};

use crate::{
    market::{Market, data::ad::JobStatus},
    model::app::DEFAULT_APP,
};

struct Step {
    is_done: bool,
    name: &'static str,
    how: Markup,
}

pub(super) fn shown(market: &Market) -> Markup {
    let steps = steps(market);
    let done = steps.iter().filter(|own| own.is_done).count();
    html! {
        p { (done) " of " (steps.len()) " done." }
        ol.steps {
            @for step in &steps {
                li class=(if step.is_done { "done" } else { "todo" }) {
                    span.tick { (if step.is_done { "✓ done" } else { "to do" }) }
                    div { strong { (step.name) } p { (step.how) } }
                }
            }
        }
    }
}

fn steps(market: &Market) -> [Step; 6] {
    let is_open = market.ads.values().any(|own| own.status == JobStatus::Open);
    let consent = format!("/integrations/{DEFAULT_APP}/connect");
    [
        Step {
            is_done: market.world.installs.iter().next().is_some(),
            name: "Connect a platform",
            how: html! { a href=(consent) { "Open the consent page" } ", and copy the token into the platform." },
        },
        Step {
            is_done: is_open,
            name: "Post a job",
            how: html! { "An agent drafts and publishes one, or you "
            a href="/desk/jobs" { "post an open job" } "." },
        },
        Step {
            is_done: market.world.links.iter().any(|own| own.job_id.is_some()),
            name: "Link a project to the job",
            how: html! { "The platform calls " code { "POST /project-links" } "." },
        },
        Step {
            is_done: market.world.post.hooks.iter().next().is_some(),
            name: "Register a webhook endpoint",
            how: html! { "The platform calls " code { "POST /webhook-endpoints" } "." },
        },
        Step {
            is_done: market.world.contracts.iter().next().is_some(),
            name: "Hire a trainer",
            how: html! { "Apply as a trainer on the "
            a href="/desk/jobs" { "job's page" } ", then confirm the agent's "
            a href="/desk/approvals" { "approval" } ", or hire in the app." },
        },
        Step {
            is_done: market
                .world
                .contracts
                .iter()
                .any(|own| !own.usage.is_empty()),
            name: "Report work",
            how: html! { "The platform calls " code { "POST /contracts/{contractId}/usage" } ". See it on the "
            a href="/desk/contracts" { "contract's page" } "." },
        },
    ]
}
