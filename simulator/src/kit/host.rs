//! Names under which a server answers.
//!
//! A server listens on loopback only, and its tokens are well known. A web page can still reach it: its name is made to
//! resolve to 127.0.0.1 after the browser has loaded it (DNS rebinding). Such a request names the page's host.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::Request,
    http::{StatusCode, header, uri::Authority},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Refuses each request for another host than this machine and `allowed`, on all paths.
pub(crate) fn guard(router: Router, allowed: &[String]) -> Router {
    let allowed: Arc<[String]> = allowed.into();
    router.layer(from_fn(move |request: Request, next: Next| {
        let allowed = Arc::clone(&allowed);
        async move {
            match is_allowed(&request, &allowed) {
                true => next.run(request).await,
                false => refuse(),
            }
        }
    }))
}

/// The host of an absolute address takes precedence over the header, as in RFC 9112, section 3.2.2.
fn is_allowed(request: &Request, allowed: &[String]) -> bool {
    let header = request.headers().get(header::HOST);
    let header = header.and_then(|value| value.to_str().ok()?.parse::<Authority>().ok());
    let Some(authority) = request.uri().authority().cloned().or(header) else {
        return false;
    };
    let name = authority.host().trim_matches(['[', ']']);
    let is_loopback = name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let mut names = allowed.iter().map(String::as_str).chain(["localhost"]);
    is_loopback || names.any(|own| own.eq_ignore_ascii_case(name))
}

fn refuse() -> Response {
    let error = "this server answers on this machine only, and the request names another host: call it as 127.0.0.1 \
                 or localhost, or start the sandbox with --allow-host NAME";
    let body = Json(json!({"error": error}));
    (StatusCode::FORBIDDEN, body).into_response()
}
