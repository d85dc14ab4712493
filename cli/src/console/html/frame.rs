//! The frame of all pages.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::parts::{failed, text, utc};
use crate::exit::CliError;

/// A section of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Section {
    Overview,
    People,
    Projects,
    Budgets,
    Deliveries,
    DeadLetters,
    Reconcile,
    Usage,
    Audit,
    Check,
}

impl Section {
    const ALL: [(Self, &'static str, &'static str); 10] = [
        (Self::Overview, "/", "Overview"),
        (Self::People, "/people", "People"),
        (Self::Projects, "/projects", "Projects"),
        (Self::Budgets, "/budgets", "Budgets"),
        (Self::Deliveries, "/deliveries", "Deliveries"),
        (Self::DeadLetters, "/dead-letters", "Dead letters"),
        (Self::Reconcile, "/reconcile", "Reconcile"),
        (Self::Usage, "/usage", "Usage"),
        (Self::Audit, "/audit", "Audit"),
        (Self::Check, "/check", "Check"),
    ];

    /// The section of a path.
    pub(in super::super) fn of(path: &str) -> Self {
        let mut named = Self::ALL.iter().skip(1);
        let found = named.find(|(_, own, _)| path.starts_with(own));
        found.map_or(Self::Overview, |(section, ..)| *section)
    }
}

/// The content of a page.
pub(in super::super) struct Page {
    pub(in super::super) title: String,
    /// The result of the form that led here.
    pub(in super::super) result: Option<String>,
    pub(in super::super) body: Markup,
}

impl Page {
    pub(in super::super) fn new(title: impl Into<String>, body: Markup) -> Self {
        Self {
            title: title.into(),
            result: None,
            body,
        }
    }

    pub(in super::super) fn with_result(self, result: Option<String>) -> Self {
        Self { result, ..self }
    }
}

/// Why a page can't be shown.
pub(in super::super) enum Problem {
    /// There is no such page, or nothing with this id.
    NotFound(String),
    /// The address or the form is wrong; nothing was changed.
    Misused(String),
    /// The console is read-only.
    ReadOnly,
    /// The read or the action failed.
    Failed(CliError),
}

impl From<CliError> for Problem {
    fn from(error: CliError) -> Self {
        Self::Failed(error)
    }
}

/// What the frame shows around a page.
pub(in super::super) struct Frame<'a> {
    pub(in super::super) installation: &'a str,
    pub(in super::super) allow_writes: bool,
    /// Id of the last change that the page shows.
    pub(in super::super) change: String,
    pub(in super::super) section: Section,
    pub(in super::super) now: Timestamp,
}

impl Frame<'_> {
    pub(in super::super) fn page(&self, page: &Page) -> Response {
        self.response(StatusCode::OK, page)
    }

    pub(in super::super) fn problem(&self, problem: &Problem) -> Response {
        let (status, title, body) = match problem {
            Problem::NotFound(text) => (StatusCode::NOT_FOUND, "Not found", paragraphs(text)),
            Problem::Misused(text) => (StatusCode::BAD_REQUEST, "Not understood", paragraphs(text)),
            Problem::ReadOnly => {
                let text = "This console is read-only, and nothing was changed. Start it with `bridge console --allow-writes` to allow changes.";
                (StatusCode::FORBIDDEN, "Read-only", paragraphs(text))
            }
            Problem::Failed(error) => (StatusCode::BAD_GATEWAY, "Failed", failed(error)),
        };
        self.response(status, &Page::new(title, body))
    }

    fn response(&self, status: StatusCode, page: &Page) -> Response {
        let body = html! {
            (self.header())
            main #main {
                h1 { (page.title) }
                @if let Some(result) = &page.result {
                    div.result role="status" { p { (text(result)) } }
                }
                (page.body)
            }
        };
        let title = format!("{} · bridge console", page.title);
        (status, Html(document(&title, &body).into_string())).into_response()
    }

    fn header(&self) -> Markup {
        html! {
            header.top {
                div.bar {
                    a.brand href="/" { "Bridge " strong { "console" } }
                    span.name { (text(self.installation)) }
                    @match self.allow_writes {
                        true => span.mode.writes { "Changes are allowed" },
                        false => span.mode { "Read-only" },
                    }
                    span.clock { (utc(self.now)) }
                }
                nav aria-label="Pages" {
                    ul {
                        @for (section, path, name) in Section::ALL {
                            li {
                                a href=(path) aria-current=[(section == self.section).then_some("page")] { (name) }
                            }
                        }
                    }
                }
                p #live role="status" data-change=(self.change) {}
                script src="/assets/live.js" defer {}
            }
        }
    }
}

fn paragraphs(problem: &str) -> Markup {
    html! {
        div.problem { p { (text(problem)) } }
        p { a href="/" { "Overview" } }
    }
}

/// A page without a session: it shows nothing of the installation.
pub(in super::super) fn outside(status: StatusCode, title: &str, problem: &str) -> Response {
    let body = html! {
        main #main.outside {
            h1 { (title) }
            p { (text(problem)) }
            p { a href="/" { "Try again" } }
        }
    };
    let title = format!("{title} · bridge console");
    (status, Html(document(&title, &body).into_string())).into_response()
}

fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href="/assets/style.css";
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (body)
            }
        }
    }
}
