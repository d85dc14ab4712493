//! A request for a page.

use std::time::Duration;

use hyper::Method;
use hyper::header::{COOKIE, HeaderName};
use hyper::http::request::Parts;

/// Maximum bytes of a form.
pub(crate) const MAX_FORM: usize = 8 * 1024;

/// Time limit for receiving a form.
pub(crate) const FORM_WITHIN: Duration = Duration::from_secs(8);

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The page that a path names: what follows `onboard`, in one segment. Ignores a prefix that a proxy adds.
pub(crate) fn page_in(path: &str) -> Option<&str> {
    let (before, page) = path.rsplit_once('/')?;
    (before == "/onboard" || before.ends_with("/onboard")).then_some(page)
}

/// What the pages read of a request.
pub(super) struct Asked<'a> {
    head: &'a Parts,
    fields: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(head: &'a Parts, form: &[u8]) -> Self {
        let query = head.uri.query().unwrap_or_default();
        let parsed = |text: &[u8]| url::form_urlencoded::parse(text).into_owned().collect();
        Self {
            head,
            fields: parsed(form),
            query: parsed(query.as_bytes()),
        }
    }

    pub(super) fn page(&self) -> &str {
        page_in(self.head.uri.path()).unwrap_or_default()
    }

    pub(super) fn is_post(&self) -> bool {
        self.head.method == Method::POST
    }

    pub(super) fn is_get(&self) -> bool {
        matches!(self.head.method, Method::GET | Method::HEAD)
    }

    /// A field of the form, trimmed.
    pub(super) fn field(&self, name: &str) -> &str {
        first(&self.fields, name)
    }

    /// A parameter of the address.
    pub(super) fn parameter(&self, name: &str) -> &str {
        first(&self.query, name)
    }

    /// Values of the cookies with this name.
    pub(super) fn cookies<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        let lines = self.head.headers.get_all(COOKIE).into_iter();
        lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(move |(own, _)| *own == name)
            .map(|(_, value)| value)
    }

    /// Whether a page of another site has sent the form. Each current browser says so; the hidden field covers the rest.
    pub(super) fn is_of_another_site(&self) -> bool {
        let site = self.head.headers.get(FETCH_SITE);
        site.is_some_and(|site| site != "same-origin")
    }
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    let mut pairs = pairs.iter();
    let found = pairs.find(|(own, _)| own == name);
    found.map_or("", |(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::page_in;

    #[test]
    fn a_page_is_the_last_segment_after_onboard() {
        assert_eq!(page_in("/onboard/token"), Some("token"));
        assert_eq!(page_in("/bridge/onboard/token"), Some("token"));
        for path in [
            "/onboard",
            "/hooks/onboard",
            "/xonboard/token",
            "/onboard/a/b",
        ] {
            assert_eq!(page_in(path), None, "{path}");
        }
    }
}
