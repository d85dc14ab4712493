//! Who may call. Listening on loopback is not enough: every web page that the operator visits can send requests here,
//! and so can every user of this machine. Three checks:
//!
//! 1. The request's host is this machine. A web page whose domain resolves to 127.0.0.1 (DNS rebinding) sends its
//!    domain.
//! 2. A form comes from the console itself, by `Sec-Fetch-Site` or by the origin.
//! 3. The session's cookie. It is set by the link that `bridge console` prints, which works once.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::app::Console;
use super::html::outside;
use crate::web::headers::protect;
use crate::web::origin::is_own_site;

/// Everything is loaded from this origin; nothing is inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

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
    // With this referrer policy, forms of this origin still send their `Origin`.
    protect(answer.headers_mut(), POLICY, "same-origin");
    answer
}

fn refusal(console: &Console, request: &Request) -> Option<Response> {
    let Some(host) = own_host(request.uri(), request.headers()) else {
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

/// Whether a request that may change something comes from a page of the console, or not from a browser.
fn is_of_console(request: &Request, host: &Authority) -> bool {
    let headers = request.headers();
    let reported = || is_own_site(headers).or_else(|| is_of(headers, &format!("http://{host}")));
    // Each browser sends one of the two headers.
    let is_read = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    is_read || reported().unwrap_or(true)
}

/// The request's host, if it is this machine's. The host of an absolute address takes precedence over the header (RFC
/// 9112, section 3.2.2).
fn own_host(address: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let mut lines = headers.get_all(HOST).into_iter();
    let line = lines
        .next()
        .and_then(|line| line.to_str().ok()?.parse::<Authority>().ok());
    let is_single = lines.next().is_none();
    let host = address.authority().cloned().or(line)?;
    let name = host.host().trim_matches(['[', ']']);
    let is_loopback = name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let is_own = is_loopback || name.eq_ignore_ascii_case("localhost");
    (is_single && is_own).then_some(host)
}

/// Whether the page that has sent the request is of this origin; `None` if the client does not report it.
fn is_of(headers: &HeaderMap, origin: &str) -> Option<bool> {
    let line = headers.get(ORIGIN)?;
    Some(line.as_bytes() == origin.as_bytes())
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
