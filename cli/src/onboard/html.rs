//! The content of the pages. [`maud`] escapes all values.

use maud::{DOCTYPE, Markup, html};
use shared::ledger::OnboardingLink;

use super::problem::Problem;
use super::set_up::{Delivery, Linked, SetUp};
use crate::screen::plain as text;

pub(super) fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · Connect with OpenTrain" }
                link rel="stylesheet" href="style.css";
                link rel="icon" href="icon.svg" type="image/svg+xml";
            }
            body { main { h1 { (title) } (body) } }
        }
    }
}

pub(super) fn problem(problem: &Problem) -> Markup {
    html! {
        div.problem role="alert" { p { (text(&problem.text)) } }
        @if let Some((page, label)) = problem.back {
            p { a.button href=(page) { (label) } }
        }
    }
}

/// The first page: who asks, and what will happen.
pub(super) fn welcome(link: &OnboardingLink, consent: &str) -> Markup {
    let from = text(&link.from);
    html! {
        p.lead {
            strong { (from) } " asks to connect your organisation at OpenTrain with its annotation tool. "
            "Trainers whom you hire at OpenTrain then get access to the tool automatically, and lose it when their contract ends."
        }
        h2 { "What will happen" }
        ol {
            li { "OpenTrain shows what " strong { (from) } " asks for. You approve it there, as the owner of your organisation." }
            li { "OpenTrain shows a token, once. Copy it." }
            li { "OpenTrain leads you back here. You paste the token into a form." }
            li { "This site checks the token, stores it, and sets up the notifications. The last page shows whether it works." }
            @if let Some(project) = &link.project {
                li { "You can link one of your jobs to the project " code { (text(project)) } "." }
            }
        }
        p { a.button.primary href=(consent) { "Continue to OpenTrain" } }
        p.hint {
            "The link works once, in one browser, until " (link.expires_at.strftime("%-d %B %Y, %H:%M UTC")) ". "
            "You can end the connection at OpenTrain at any time. "
            a href="token" { "I have the token already" }
        }
    }
}

/// The form for the token.
pub(super) fn token(link: &OnboardingLink, form: &str, install: &str, consent: &str) -> Markup {
    html! {
        p.lead { "Paste the token that OpenTrain showed on the consent screen. It begins with " code { "ot_ptk_" } "." }
        form method="post" action="token" {
            input type="hidden" name="form" value=(form);
            @if !install.is_empty() { input type="hidden" name="install" value=(text(install)); }
            label for="token" { "Token from OpenTrain" }
            input #token type="password" name="token" required autocomplete="off" spellcheck="false" maxlength="500";
            p.hint {
                "The token is sent to this site alone, is stored for " (text(&link.from)) ", and is never shown again. "
                "Paste no password here."
            }
            button.primary type="submit" { "Check and store the token" }
        }
        h2 { "If you have lost the token" }
        p { "OpenTrain shows a token once. " a href=(consent) { "Approve again" } " to get a new one." }
    }
}

/// The customer came back without an approval.
pub(super) fn declined(consent: &str) -> Markup {
    html! {
        div.problem role="alert" { p { "OpenTrain did not report an approval, so nothing was connected." } }
        p { a.button.primary href=(consent) { "Continue to OpenTrain" } " " a href="token" { "I have the token already" } }
    }
}

/// The last page: what was set up, and whether it works.
pub(super) fn done(link: &OnboardingLink, set_up: &SetUp, form: &str) -> Markup {
    let install = &set_up.install;
    html! {
        div.result role="status" {
            p { "The token is stored. Complete the steps below, then close this page." }
        }
        dl {
            div { dt { "Install at OpenTrain" } dd {
                code { (text(&install.id)) } " "
                (state(set_up.is_active(), "active", "not active"))
            } }
            @if let Some(organization) = &install.organization_id {
                div { dt { "Organisation" } dd { code { (text(organization)) } } }
            }
            div { dt { "Notifications" } dd { (delivery(set_up, form)) } }
        }
        h2 { "What you approved" }
        (features(set_up))
        @if let Some(project) = &link.project {
            h2 { "Job and project" }
            (job(project.as_str(), set_up, form))
        }
        h2 { "Later" }
        p { "To end the connection, disconnect the app at OpenTrain. Questions go to " (text(&link.from)) "." }
    }
}

fn state(is_good: bool, good: &str, bad: &str) -> Markup {
    match is_good {
        true => html! { span.state.good { (good) } },
        false => html! { span.state.bad { (bad) } },
    }
}

fn delivery(set_up: &SetUp, form: &str) -> Markup {
    let again = html! {
        form method="post" action="finish" {
            input type="hidden" name="form" value=(form);
            button type="submit" { "Set up the notifications" }
        }
    };
    match set_up.delivery {
        Delivery::Works => state(true, "set up, and this site answers", ""),
        Delivery::Silent => html! {
            (state(true, "set up", ""))
            p.hint { "This site could not call itself to prove that it answers. That can be a rule of its network." }
        },
        Delivery::Missing => html! { (state(false, "", "not set up")) (again) },
        Delivery::Refused => html! {
            (state(false, "", "not possible"))
            p.hint { "The scope " code { "webhooks:manage" } " was not approved. Hires are noticed late, or not at all." }
        },
    }
}

fn features(set_up: &SetUp) -> Markup {
    let rows = set_up.features();
    let is_missing = rows.iter().any(|(_, missing)| !missing.is_empty());
    html! {
        div.scroll tabindex="0" role="region" aria-label="What you approved" {
            table {
                thead { tr { th scope="col" { "Purpose" } th scope="col" { "Approved" } } }
                tbody {
                    @for (feature, missing) in &rows {
                        tr {
                            td { (feature) }
                            td {
                                @match missing.is_empty() {
                                    true => (state(true, "yes", "")),
                                    false => {
                                        (state(false, "", "no")) " missing: "
                                        @for it in missing { code { (it) } " " }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        @if is_missing {
            p {
                "The connection works without what is missing, but not for these purposes. What you approved can't be changed "
                "later: for more, disconnect the app at OpenTrain, ask for a new link, and approve again. "
                "“PII consent” is the box that shares work e-mails; without it, trainers can't be invited."
            }
        }
    }
}

fn job(project: &str, set_up: &SetUp, form: &str) -> Markup {
    match &set_up.linked {
        Linked::To(job) => html! {
            p {
                (state(true, "linked", "")) " Job " code { (text(job.as_deref().unwrap_or("none"))) }
                " is linked to the project " code { (text(project)) } ". Trainers whom you hire on it get access."
            }
        },
        Linked::Unknown => {
            html! { p { "OpenTrain does not show your links now. Load this page again in a minute." } }
        }
        Linked::Refused => html! {
            p {
                (state(false, "", "not possible")) " The scope " code { "project-links:write" }
                " was not approved, so no job can be linked to the project " code { (text(project)) } "."
            }
        },
        Linked::No => html! {
            form method="post" action="job" {
                input type="hidden" name="form" value=(form);
                label for="job" { "Id of your job at OpenTrain" }
                input #job name="job" required autocomplete="off" spellcheck="false" maxlength="200";
                p.hint {
                    "It is in the address of the job's page at OpenTrain. Trainers whom you hire on this job, and those whom you "
                    "have hired on it, get access to the project " code { (text(project)) } "."
                }
                button.primary type="submit" { "Link the job" }
            }
        },
    }
}
