//! Where a request comes from: the site whose page sent it, and its cookies.

use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderName};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a page of this site or the user has sent the request; `None` if the client does not report it. Each current
/// browser reports it.
pub(crate) fn is_own_site(headers: &HeaderMap) -> Option<bool> {
    let site = headers.get(FETCH_SITE)?;
    Some(matches!(site.as_bytes(), b"same-origin" | b"none"))
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
