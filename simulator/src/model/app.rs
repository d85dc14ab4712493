//! Apps of annotation platforms, which customers connect on the consent page.

use url::Url;

use super::scope::Scope;

/// Slug of the app that exists from the start.
pub(crate) const DEFAULT_APP: &str = "simulated";
pub(crate) const LONGEST_SLUG: usize = 50;
pub(crate) const MOST_REDIRECTS: usize = 10;

#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// The scopes that a customer is asked for.
    pub(crate) scopes: Vec<Scope>,
    pub(crate) redirect_uris: Vec<String>,
}

impl App {
    /// The app that exists from the start: all scopes, no redirect.
    pub(crate) fn simulated() -> Self {
        Self {
            slug: DEFAULT_APP.to_owned(),
            name: "Simulated platform".to_owned(),
            description: None,
            scopes: Scope::ALL.to_vec(),
            redirect_uris: Vec::new(),
        }
    }

    /// Whether the customer may be redirected to this URL: it has the origin of a registered address, and its path or
    /// one below.
    pub(crate) fn may_redirect(&self, to: &Url) -> bool {
        let registered = self.redirect_uris.iter();
        let mut registered = registered.filter_map(|own| Url::parse(own).ok());
        is_web(to) && registered.any(|own| own.origin() == to.origin() && is_below(&own, to))
    }
}

/// Whether this is an http or https address.
pub(crate) fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn is_below(base: &Url, to: &Url) -> bool {
    let base = base.path().trim_end_matches('/');
    let rest = to.path().strip_prefix(base);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(crate) fn is_slug(text: &str) -> bool {
    let known = |own: char| own.is_ascii_lowercase() || own.is_ascii_digit() || own == '-';
    (1..=LONGEST_SLUG).contains(&text.len()) && text.chars().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_on_a_registered_address() {
        let app = App {
            redirect_uris: vec!["http://127.0.0.1:9000/connect".to_owned()],
            ..App::simulated()
        };
        let may = |to: &str| app.may_redirect(&Url::parse(to).unwrap());
        for good in ["", "/", "/done", "?x=1", "/done#top"] {
            assert!(
                may(&format!("http://127.0.0.1:9000/connect{good}")),
                "{good}"
            );
        }
        for bad in [
            "http://127.0.0.1:9000/connected",
            "http://127.0.0.1:9000/",
            "http://127.0.0.1:9001/connect",
            "https://127.0.0.1:9000/connect",
            "http://127.0.0.1:9000/connect/../other",
            "http://127.0.0.1:9000@evil.example/connect",
            "javascript:alert(1)",
        ] {
            assert!(!may(bad), "{bad}");
        }
    }
}
