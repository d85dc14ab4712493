//! Work that is not reported.

use super::Attention;
use crate::console::html::plural;
use crate::status::Report;

pub(super) fn usage(report: &Report, flag: &str) -> Vec<Attention> {
    let mut all = Vec::new();
    for it in &report.usage {
        let project = &it.project;
        if let Some(failing) = &it.failing {
            let what = format!("The work of project {project} can't be read");
            let next = "The next run reads it again.";
            all.push(
                Attention::urgent(what, failing.reason.clone(), next).since(Some(failing.since)),
            );
        }
        if let Some(held) = &it.held {
            let what = format!(
                "{} of project {project} are gone at once",
                plural(
                    usize::try_from(held.days).unwrap_or(usize::MAX),
                    "reported day",
                    "reported days"
                )
            );
            let next = format!(
                "If that is right: `bridge usage --accept-deletions {project}{flag}`. They stay reported until then."
            );
            all.push(
                Attention::urgent(what, "The guard holds the deletion.", next)
                    .since(Some(held.since)),
            );
        }
        if let Some(frozen) = &it.frozen {
            let what = format!("A measure of project {project} is held");
            let next = "The last values stay reported.";
            all.push(
                Attention::urgent(what, frozen.reason.clone(), next).since(Some(frozen.since)),
            );
        }
    }
    all.extend(not_reported(report));
    let with_page = all.into_iter().map(|it| it.at("/usage", "Show usage"));
    with_page.collect()
}

fn not_reported(report: &Report) -> Option<Attention> {
    let run = report.last_usage.as_ref()?;
    let (project, left) = run.left.iter().next()?;
    let what = plural(run.left.len(), "project", "projects");
    let what = format!("The last usage run did not report all work of {what}");
    let next = "Fix the cause; the next run sends what is left.";
    let why = format!("project {project}: {left}");
    Some(Attention::urgent(what, why, next).since(Some(run.started_at)))
}
