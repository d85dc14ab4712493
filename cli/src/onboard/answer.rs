//! Answers of the pages, with their headers.

use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use maud::Markup;

use super::html;
use super::problem::Problem;
use crate::web::headers::protect;
use crate::web::style;

/// Everything comes from this origin; nothing is inline, and there is no script.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; \
    base-uri 'none'";

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

const STYLE: &str = style!("assets/style.css");
const ICON: &str = include_str!("assets/icon.svg");

/// Answer of a page.
pub(super) enum Answer {
    /// Title and body.
    Page(&'static str, Markup),
    /// The same, with a cookie.
    Opens(&'static str, Markup, String),
    /// Redirect to another page, after a form.
    To(&'static str),
    Style,
    Icon,
}

impl Answer {
    pub(super) fn response(self) -> Response<String> {
        match self {
            Self::Page(title, body) => page(StatusCode::OK, title, &body),
            Self::Opens(title, body, cookie) => {
                let mut response = page(StatusCode::OK, title, &body);
                if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                    response.headers_mut().insert(header::SET_COOKIE, cookie);
                }
                response
            }
            Self::To(page) => {
                let mut response = text(StatusCode::SEE_OTHER, "text/plain", String::new());
                let page = HeaderValue::from_static(page);
                response.headers_mut().insert(header::LOCATION, page);
                response
            }
            Self::Style => text(StatusCode::OK, "text/css; charset=utf-8", STYLE.into()),
            Self::Icon => text(StatusCode::OK, "image/svg+xml", ICON.into()),
        }
    }
}

impl Problem {
    pub(crate) fn response(&self) -> Response<String> {
        page(self.status, self.title, &html::problem(self))
    }
}

fn page(status: StatusCode, title: &str, body: &Markup) -> Response<String> {
    let page = html::document(title, body).into_string();
    text(status, "text/html; charset=utf-8", page)
}

fn text(status: StatusCode, kind: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
    // The address of the first page is a secret.
    protect(headers, POLICY, "no-referrer");
    response
}
