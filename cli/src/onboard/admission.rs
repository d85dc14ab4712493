//! What a request may do, from what the request itself proves. Does not read the ledger, so unknown clients cause no
//! load on it.
//!
//! 1. The link is signed and not too old. Opening it gives the browser a signed cookie of this link.
//! 2. All other pages need that cookie. A form also needs its hidden field, which only this browser's pages have, and
//!    must not come from another site.

use std::time::Duration;

use hyper::Method;
use hyper::http::request::Parts;
use shared::ledger::OnboardingKey;
use shared::model::clock::Clock;

use super::problem::{self, Problem};
use crate::web::origin::{cookies, is_own_site};
use crate::web::signed::{self, Browser, Opened};

/// Maximum bytes of a form.
pub(crate) const MAX_FORM: usize = 8 * 1024;

/// Time limit for receiving a form.
pub(crate) const FORM_WITHIN: Duration = Duration::from_secs(8);

/// The page that a path names: what follows `onboard`, in one segment. Ignores a prefix that a proxy adds.
pub(crate) fn page_in(path: &str) -> Option<&str> {
    let (before, page) = path.rsplit_once('/')?;
    (before == "/onboard" || before.ends_with("/onboard")).then_some(page)
}

/// A page that a request may have, by its head.
pub(super) enum Page {
    Style,
    Icon,
    /// The page of the link with this id; with the browser if it has opened the link before.
    Welcome(String, Option<Browser>),
    Back(Browser),
    Token(Browser),
    Done(Browser),
    Form(Form, Browser),
}

/// Where a form is sent.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Token,
    Finish,
    Job,
}

/// A request whose head is verified.
pub(crate) struct Admitted {
    page: Page,
    query: Pairs,
}

/// A request that is completely verified.
pub(crate) struct Verified {
    pub(super) page: Page,
    query: Pairs,
    fields: Pairs,
}

type Pairs = Vec<(String, String)>;

impl Admitted {
    /// Verifies the head of a request to `…/onboard/PAGE`.
    pub(super) fn new(
        key: &OnboardingKey,
        clock: &dyn Clock,
        head: &Parts,
    ) -> Result<Self, Problem> {
        let page = page_in(head.uri.path()).unwrap_or_default();
        let browser = || browser(key, head).ok_or_else(problem::other_browser);
        let form = |form| Ok(Page::Form(form, sender(head, browser()?)?));
        let is_read = matches!(head.method, Method::GET | Method::HEAD);
        let page = match (is_read, page) {
            (true, "style.css") => Page::Style,
            (true, "icon.svg") => Page::Icon,
            (true, "back") => Page::Back(browser()?),
            (true, "token") => Page::Token(browser()?),
            (true, "done") => Page::Done(browser()?),
            (true, token) => match signed::open(key, token, clock.now()) {
                Opened::Link(id) => {
                    let known = browser().ok().filter(|it| it.link == id);
                    Page::Welcome(id, known)
                }
                Opened::Expired => return Err(problem::expired()),
                Opened::Wrong => return Err(problem::unknown_page()),
            },
            (false, _) if head.method != Method::POST => return Err(problem::unknown_page()),
            (false, "token") => form(Form::Token)?,
            (false, "finish") => form(Form::Finish)?,
            (false, "job") => form(Form::Job)?,
            (false, _) => return Err(problem::unknown_page()),
        };
        let query = pairs(head.uri.query().unwrap_or_default().as_bytes());
        Ok(Self { page, query })
    }

    /// Whether the body has to be read.
    pub(crate) fn has_form(&self) -> bool {
        matches!(self.page, Page::Form(..))
    }

    /// Verifies that this browser's own page has sent the form.
    pub(super) fn verify(self, key: &OnboardingKey, form: &[u8]) -> Result<Verified, Problem> {
        let Self { page, query } = self;
        let fields = pairs(form);
        match &page {
            Page::Form(_, browser) if !browser.sent(key, first(&fields, "form")) => {
                Err(problem::forged())
            }
            _ => Ok(Verified {
                page,
                query,
                fields,
            }),
        }
    }
}

impl Verified {
    /// A field of the form, trimmed.
    pub(super) fn field(&self, name: &str) -> &str {
        first(&self.fields, name)
    }

    /// A parameter of the address.
    pub(super) fn parameter(&self, name: &str) -> &str {
        first(&self.query, name)
    }
}

fn browser(key: &OnboardingKey, head: &Parts) -> Option<Browser> {
    let names = [cookie_name(true), cookie_name(false)];
    let mut cookies = names.iter().flat_map(|name| cookies(&head.headers, name));
    cookies.find_map(|value| Browser::of(key, value))
}

/// Refuses a form that a page of another site has sent. The hidden field covers browsers that do not report the site.
fn sender(head: &Parts, browser: Browser) -> Result<Browser, Problem> {
    match is_own_site(&head.headers) {
        Some(false) => Err(problem::forged()),
        Some(true) | None => Ok(browser),
    }
}

/// Browsers take a cookie with the prefix only over https.
pub(super) fn cookie_name(is_secure: bool) -> &'static str {
    match is_secure {
        true => "__Secure-bridge-onboard",
        false => "bridge-onboard",
    }
}

fn pairs(text: &[u8]) -> Pairs {
    url::form_urlencoded::parse(text).into_owned().collect()
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
