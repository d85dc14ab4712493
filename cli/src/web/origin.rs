//! Where a request comes from: its host, the site whose page sent it, and its cookies.

#[cfg(feature = "console")]
use std::net::IpAddr;

use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderName};
#[cfg(feature = "console")]
use hyper::{
    Uri,
    header::{HOST, ORIGIN},
    http::uri::Authority,
};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The request's host, if it is this machine's. The host of an absolute address takes precedence over the header (RFC
/// 9112, section 3.2.2).
#[cfg(feature = "console")]
pub(crate) fn own_host(address: &Uri, headers: &HeaderMap) -> Option<Authority> {
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

/// Whether a page of this site has sent the request, or the user; `None` if the client does not report it. Each current
/// browser does.
pub(crate) fn is_own_site(headers: &HeaderMap) -> Option<bool> {
    let site = headers.get(FETCH_SITE)?;
    Some(matches!(site.as_bytes(), b"same-origin" | b"none"))
}

/// Whether the page that has sent the request is of this origin; `None` if the client does not report it.
#[cfg(feature = "console")]
pub(crate) fn is_of(headers: &HeaderMap, origin: &str) -> Option<bool> {
    let line = headers.get(ORIGIN)?;
    Some(line.as_bytes() == origin.as_bytes())
}

/// Values of the cookies with this name.
pub(crate) fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(COOKIE).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(own, _)| *own == name)
        .map(|(_, value)| value)
}
