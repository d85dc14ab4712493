//! The frame of all pages and the headers of their answers.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::{outcome::Outcome, parts::utc};

/// Everything comes from this origin; nothing is inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of every page and asset. A page can have a token or personal data, so no cache may store it.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
];

/// A section of the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Start,
    Jobs,
    Contracts,
    Approvals,
    Installs,
    Endpoints,
    Deliveries,
    Calls,
    Limits,
}

impl Section {
    const ALL: [(Self, &'static str, &'static str); 9] = [
        (Self::Start, "/", "Start"),
        (Self::Jobs, "/desk/jobs", "Jobs"),
        (Self::Contracts, "/desk/contracts", "Contracts"),
        (Self::Approvals, "/desk/approvals", "Approvals"),
        (Self::Installs, "/desk/installs", "Installs & links"),
        (Self::Endpoints, "/desk/endpoints", "Endpoints"),
        (Self::Deliveries, "/desk/deliveries", "Deliveries"),
        (Self::Calls, "/desk/calls", "Calls"),
        (Self::Limits, "/desk/limits", "Limits"),
    ];
}

pub(super) struct Page {
    pub(super) title: String,
    /// `None`: a page of OpenTrain's app.
    pub(super) section: Option<Section>,
    pub(super) outcome: Option<Outcome>,
    pub(super) now: Timestamp,
    pub(super) body: Markup,
}

impl Page {
    pub(super) fn response(self) -> Response {
        self.response_with(StatusCode::OK)
    }

    pub(super) fn response_with(self, status: StatusCode) -> Response {
        let body = self.render().into_string();
        with_headers((status, axum::response::Html(body)).into_response())
    }

    fn render(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · OpenTrain sandbox" }
                    link rel="stylesheet" href="/assets/style.css";
                    link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                    script src="/assets/copy.js" defer {}
                }
                body class=(if self.section.is_some() { "desk" } else { "person" }) {
                    a.skip href="#main" { "Skip to the content" }
                    (self.header())
                    main #main {
                        h1 { (self.title) }
                        @if let Some(outcome) = &self.outcome { (shown(outcome, self.section)) }
                        (self.body)
                    }
                }
            }
        }
    }

    fn header(&self) -> Markup {
        html! {
            header.top {
                div.bar {
                    a.brand href="/" { "OpenTrain " strong { "sandbox" } }
                    span.unreal { "No real people, money or work" }
                    span.clock { "Time " (utc(self.now)) }
                }
                @if let Some(section) = self.section { (nav(section)) }
            }
        }
    }
}

fn nav(present: Section) -> Markup {
    html! {
        nav aria-label="Desk" {
            ul {
                @for (section, path, name) in Section::ALL {
                    li {
                        a href=(path) aria-current=[(section == present).then_some("page")] { (name) }
                    }
                }
            }
        }
    }
}

/// The result of a form. Credentials are left to the page that shows them.
fn shown(outcome: &Outcome, section: Option<Section>) -> Markup {
    html! {
        @match outcome {
            Outcome::Done { call, answer, .. } => {
                section.outcome role="status" aria-label="Result" {
                    @match section {
                        Some(_) => p { strong { "Done." } " " code { (call) } },
                        None => details { summary { "Done. The same as a JSON call" } code { (call) } },
                    }
                    @if let Some(answer) = noteworthy(answer) {
                        details { summary { "Answer" } pre tabindex="0" { (answer) } }
                    }
                }
            }
            Outcome::Shown => {
                section.outcome.old role="status" aria-label="Result" {
                    p { "The result of this form was shown already. Tokens are shown once." }
                }
            }
        }
    }
}

/// The answer as text, unless it is only `{"ok": true}` or has a credential.
fn noteworthy(answer: &Value) -> Option<String> {
    let is_dull = *answer == serde_json::json!({"ok": true});
    let has_token = answer.get("token").is_some();
    let text = serde_json::to_string_pretty(answer).ok()?;
    (!is_dull && !has_token).then_some(text)
}

pub(super) fn with_headers(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}
