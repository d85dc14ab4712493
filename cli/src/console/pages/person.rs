//! One person: the answer of `bridge explain`.

use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::people::search;
use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{
    Link, Page, Problem, Tone, code, facts, link, or_dash, part, prose, state, table, text, when,
};
use crate::exit::CliError;
use crate::explain::{self, Answer, Explanation, Moment, Verdict};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Of {
    /// Id of a trainer, contract or event; a name or an address.
    what: String,
    result: Option<u64>,
}

pub(in super::super) async fn show(console: &Console, asked: &Of) -> Result<Page, Problem> {
    let what = asked.what.trim();
    let explained = match explain::explain(&console.target, what).await {
        Ok(explained) => explained,
        // An unknown id, or a name that several trainers have: the text states what to do.
        Err(CliError::Usage(text)) => return Err(Problem::NotFound(text)),
        Err(error) => return Err(error.into()),
    };
    let now = now();
    let answers = match explained.projects.is_empty() {
        true => std::slice::from_ref(&explained.answer),
        false => &explained.projects,
    };
    let broken = crate::audit::break_names(&explained.broken);
    let body = html! {
        (search(what))
        (who(&explained))
        @for answer in answers { (shown(answer, now)) }
        @if console.allow_writes && let Some(trainer) = &explained.trainer {
            @let retry = Link::to("/people/retry").with("trainer", trainer.as_str());
            div.buttons { a.button href=(String::from(retry)) { "Retry due work now" } }
        }
        @if !broken.is_empty() {
            div.problem { p { strong { "The audit record is broken: older entries are missing." } }
                @for it in &broken { p { (text(it)) } } }
        }
        (part("Timeline, oldest first", &timeline(&explained.timeline, now)))
    };
    let result = asked.result.and_then(|id| console.result(id));
    let title = match &explained.name {
        Some(name) => format!("{name} ({})", explained.about),
        None => explained.about.clone(),
    };
    Ok(Page::new(title, body).with_result(result))
}

fn who(explained: &Explanation) -> Markup {
    let Some(trainer) = &explained.trainer else {
        return html! {};
    };
    let audit = Link::to("/audit").with("trainer", trainer.as_str());
    facts(&[
        ("Trainer", code(trainer)),
        (
            "Name, as OpenTrain masks it",
            or_dash(explained.name.as_ref().map(text)),
        ),
        ("Proof", link(audit, "Audit record of this trainer")),
    ])
}

fn shown(answer: &Answer, now: Timestamp) -> Markup {
    let tone = match answer.verdict {
        Verdict::In | Verdict::NotIn => Tone::Good,
        Verdict::Waits | Verdict::Unknown => Tone::Open,
        Verdict::Failed => Tone::Bad,
    };
    let title = match &answer.project {
        Some(project) => format!("Project {project}"),
        None => "Answer".to_owned(),
    };
    let body = html! {
        p.lead { (state(tone, answer.verdict.text())) " " (text(&answer.reason)) }
        @if let Some(next) = &answer.next {
            p { strong { "Next: " } (text(&next.what))
                @if let Some(at) = next.at { ", " (when(at, now)) }
                ", because " (text(&next.because)) "." }
        }
        @for can in &answer.you_can {
            p { strong { "You can: " } (prose(&format!("`{}`", can.command))) ", which " (text(&can.effect)) "." }
        }
    };
    part(&title, &body)
}

fn timeline(moments: &[Moment], now: Timestamp) -> Markup {
    if moments.is_empty() {
        return html! { p.empty { "Nothing is known." } };
    }
    let rows = moments.iter().map(|it| {
        vec![
            when(it.at, now),
            text(&it.what),
            or_dash(it.project.as_ref().map(code)),
            or_dash(it.contract.as_ref().map(code)),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let heads = ["When", "What", "Project", "Contract"];
    table("Timeline, oldest first", &heads, &rows)
}
