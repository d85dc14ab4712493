//! Where a service is, and the paths below it.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

/// All but RFC 3986's unreserved characters is encoded, so that an id never ends its segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A service's address that a token may be sent to: https, or http on this machine.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why an address can't be used. The text never shows the address itself: what was given may be a
/// secret that was put into the wrong setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It isn't a URL with a host.
    #[error(
        "this is not a whole URL: write it with its scheme and host, such as https://host.example"
    )]
    NotUrl,
    /// Neither https nor http.
    #[error("the scheme `{0}` can't be used: write https://…")]
    Scheme(String),
    /// http to another machine.
    #[error(
        "plain http would carry the token to `{0}` in the clear: write https://…; \
         http is for this machine alone (localhost, 127.0.0.1, [::1])"
    )]
    InTheClear(String),
    /// A name or password before the host.
    #[error(
        "there is a user name or a password in the URL: take it out, the token goes into its own setting"
    )]
    UserInfo,
    /// A query or a fragment.
    #[error("there is a `?` or a `#` in the URL: end it with the path")]
    Query,
}

/// An id that can't be a segment of a path: it is empty, or a URL would take it for "here" or "up".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OddId(pub(crate) String);

impl BaseUrl {
    /// Takes an address, with or without a path and a slash at its end.
    ///
    /// # Errors
    /// [`BaseUrlError`] says what to write instead.
    pub fn parse(given: &str) -> Result<Self, BaseUrlError> {
        let mut url = Url::parse(given.trim()).map_err(|_| BaseUrlError::NotUrl)?;
        // The scheme is judged first: `ot_ptk_…` and `host:8080` are no URLs with another scheme.
        let host = url
            .host()
            .map(|host| host.to_owned())
            .ok_or(BaseUrlError::NotUrl)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&host) => {}
            "http" => return Err(BaseUrlError::InTheClear(host.to_string())),
            other => return Err(BaseUrlError::Scheme(other.to_owned())),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The same host, with `path` at the end of its path unless it stands there already.
    pub(crate) fn with_suffix(mut self, path: &str) -> Self {
        let own = self.path().to_owned();
        if !own.ends_with(path) {
            self.0.set_path(&format!("{own}{path}"));
        }
        self
    }

    /// The address of what lies below, each segment percent-encoded.
    pub(crate) fn join(&self, segments: &[&str]) -> Result<Url, OddId> {
        let mut path = self.path().to_owned();
        for segment in segments {
            if matches!(*segment, "" | "." | "..") {
                return Err(OddId((*segment).to_owned()));
            }
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        let mut url = self.0.clone();
        url.set_path(&path);
        Ok(url)
    }

    /// Its path, without a slash at the end.
    pub(crate) fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    /// Whether it is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.0.host().is_some_and(|host| is_loopback(&host))
    }
}

fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn https_or_this_machine() {
        for good in [
            "https://app.opentrain.ai",
            "https://host:8443/base/",
            "http://localhost:8080",
            "http://127.0.0.9",
            "http://[::1]:1/a",
        ] {
            assert!(BaseUrl::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn each_fault_names_its_cure() {
        let refusal = |given: &str| BaseUrl::parse(given).unwrap_err();
        assert_eq!(refusal("app.opentrain.ai"), BaseUrlError::NotUrl);
        assert_eq!(refusal("host.example:8080"), BaseUrlError::NotUrl);
        assert_eq!(refusal("ot_ptk_canary"), BaseUrlError::NotUrl);
        assert_eq!(refusal("ftp://host"), BaseUrlError::Scheme("ftp".into()));
        assert_eq!(refusal("https://me:canary@host"), BaseUrlError::UserInfo);
        assert_eq!(refusal("https://host/?a=canary"), BaseUrlError::Query);
        for clear in [
            "http://tool.example",
            "http://192.168.0.2",
            "http://localhost.example",
            "http://0.0.0.0",
        ] {
            assert!(
                refusal(clear).to_string().contains("write https://"),
                "{clear}"
            );
        }
        for given in [
            "ot_ptk_canary",
            "https://me:canary@host",
            "https://host/?a=canary",
        ] {
            assert!(!refusal(given).to_string().contains("canary"), "{given}");
        }
    }

    #[test]
    fn a_suffix_is_added_once() {
        for given in [
            "https://h",
            "https://h/",
            "https://h/api/v1",
            "https://h/api/v1/",
        ] {
            let base = BaseUrl::parse(given).unwrap().with_suffix("/api/v1");
            assert_eq!(base.to_string(), "https://h/api/v1", "{given}");
        }
    }

    #[test]
    fn a_segment_that_would_vanish_is_refused() {
        let base = BaseUrl::parse("https://h/base").unwrap();
        for odd in ["", ".", ".."] {
            assert_eq!(base.join(&["a", odd]), Err(OddId(odd.into())));
        }
    }

    proptest! {
        /// Whatever an id holds, it stays one segment and can be read back.
        #[test]
        fn an_id_stays_one_segment(id in "\\PC{1,12}|[./%?#\\\\ ]{1,4}") {
            prop_assume!(!matches!(id.as_str(), "." | ".."));
            let url = BaseUrl::parse("https://h/base/").unwrap().join(&["x", &id, "y"]).unwrap();
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 4);
            let back = percent_encoding::percent_decode_str(segments[2]).decode_utf8().unwrap();
            prop_assert_eq!(back, id);
            prop_assert!(url.query().is_none() && url.fragment().is_none());
        }
    }
}
