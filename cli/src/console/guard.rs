//! Who may call. Loopback is no boundary: each page of the web that the operator visits can send requests here, and so
//! can each user of this machine.
//!
//! 1. The host is this machine's. A page of the web whose name was made to resolve to 127.0.0.1 names its own.
//! 2. A form comes from the console itself: `Sec-Fetch-Site`, or the origin.
//! 3. The session's cookie. It is set by the link that `bridge console` prints, which works once.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::app::Console;
use super::html::outside;

/// Everything comes from this origin; nothing is inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of every answer. Pages have personal data, so no cache keeps them.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    // Forms of this origin keep their `Origin`.
    (header::REFERRER_POLICY, "same-origin"),
    (OPENER_POLICY, "same-origin"),
    (RESOURCE_POLICY, "same-origin"),
];
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Checks each request, and sets the headers of each answer.
pub(super) async fn check(
    State(console): State<Arc<Console>>,
    request: Request,
    next: Next,
) -> Response {
    let mut answer = match refusal(&console, &request) {
        Some(refused) => refused,
        None => next.run(request).await,
    };
    let headers = answer.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn refusal(console: &Console, request: &Request) -> Option<Response> {
    let Some(host) = own_host(request) else {
        let text = "The request names another host. Open the console as 127.0.0.1 or localhost.";
        return Some(outside(StatusCode::FORBIDDEN, "Refused", text));
    };
    if !is_of_console(request, &host) {
        let text = "The form does not come from this console. Open the console's own page and send its form.";
        return Some(outside(StatusCode::FORBIDDEN, "Refused", text));
    }
    let path = request.uri().path();
    let is_open = path == "/open" || path == "/favicon.ico" || path.starts_with("/assets/");
    if is_open || console.door.knows(request.headers()) {
        return None;
    }
    let text = "This browser has no session. Open the link that `bridge console` has printed. If it was used already, stop the console with Ctrl-C and start it again.";
    Some(outside(StatusCode::UNAUTHORIZED, "Not signed in", text))
}

/// The request's host, if it is this machine's. The host of an absolute address takes precedence over the header (RFC
/// 9112, section 3.2.2).
fn own_host(request: &Request) -> Option<Authority> {
    let mut lines = request.headers().get_all(header::HOST).into_iter();
    let line = lines
        .next()
        .and_then(|line| line.to_str().ok()?.parse::<Authority>().ok());
    let is_single = lines.next().is_none();
    let host = request.uri().authority().cloned().or(line)?;
    let name = host.host().trim_matches(['[', ']']);
    let is_loopback = name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let is_own = is_loopback || name.eq_ignore_ascii_case("localhost");
    (is_single && is_own).then_some(host)
}

/// Whether a request that may change something comes from a page of the console, or not from a browser.
fn is_of_console(request: &Request, host: &Authority) -> bool {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) {
        return true;
    }
    let header = |name: HeaderName| request.headers().get(name).map(HeaderValue::as_bytes);
    match (header(FETCH_SITE), header(header::ORIGIN)) {
        (Some(site), _) => matches!(site, b"same-origin" | b"none"),
        // Each browser sends one of the two.
        (None, None) => true,
        (None, Some(origin)) => origin == format!("http://{host}").as_bytes(),
    }
}

/// `GET /open?token=…`: swaps the token for a cookie.
pub(super) async fn open(
    State(console): State<Arc<Console>>,
    request: axum::http::request::Parts,
) -> Response {
    let query = request.uri.query().unwrap_or_default();
    let query: BTreeMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).collect();
    if request.method == Method::GET
        && let Some(token) = query.get("token")
        && let Some(cookie) = console.door.open(token)
    {
        return ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response();
    }
    if console.door.knows(&request.headers) {
        return Redirect::to("/").into_response();
    }
    let text = "The link was used already, is older than 15 minutes, or is not complete. Stop the console with Ctrl-C and start it again for a new one.";
    outside(StatusCode::UNAUTHORIZED, "The link does not work", text)
}
