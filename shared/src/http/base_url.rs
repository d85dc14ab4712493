//! Base URL of a service, and the URLs below it.

use std::fmt;
use std::net::Ipv4Addr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use super::Roots;

/// Encodes everything except RFC 3986's unreserved characters, so that an id never ends its segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Endings of names that public DNS never resolves.
const PRIVATE_ENDINGS: &[&str] = &[
    ".internal",
    ".local",
    ".localhost",
    ".lan",
    ".home.arpa",
    ".svc",
];

/// A service's base URL to which a token may be sent, with its certificate authorities: https, or http in a trusted
/// network.
#[derive(Clone)]
pub struct BaseUrl {
    url: Url,
    roots: Roots,
}

/// Networks in which a token may travel unencrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// This machine.
    Loopback,
    /// Private networks too: private addresses, container names, and names that public DNS does not resolve.
    Private,
}

/// Reason why a URL can't be used. The text never contains the URL, because the setting may contain a secret by
/// mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// Not a URL with a host.
    #[error(
        "this is not an absolute URL: write it with its scheme and host, such as https://host.example"
    )]
    NotUrl,
    /// Neither https nor http.
    #[error("the scheme `{0}` can't be used: write https://…")]
    Scheme(String),
    /// http to another machine.
    #[error(
        "plain http would carry the token to `{0}` in the clear: write https://…; \
         http is only for this machine (localhost, 127.0.0.1, [::1])"
    )]
    InTheClear(String),
    /// http to a machine that is in no private network.
    #[error(
        "plain http would carry the token to `{0}` in the clear: write https://…; TOOL_ALLOW_HTTP is for \
         private addresses (such as 10.0.0.5) and for names of containers and private networks"
    )]
    Public(String),
    /// User name or password before the host.
    #[error("the URL contains a user name or a password: remove it; the token has its own setting")]
    UserInfo,
    /// A query or a fragment.
    #[error("there is a `?` or a `#` in the URL: end it with the path")]
    Query,
}

/// An id that cannot be a path segment: it is empty, `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OddId(pub String);

impl BaseUrl {
    /// Parses a URL, with or without a path and a trailing slash.
    ///
    /// # Errors
    /// [`BaseUrlError`] describes the correct format.
    pub fn parse(given: &str) -> Result<Self, BaseUrlError> {
        Self::parse_allowing(given, PlainHttp::Loopback)
    }

    /// Parses a URL; http is accepted in the networks that `plain` names.
    ///
    /// # Errors
    /// [`BaseUrlError`] describes the correct format.
    pub fn parse_allowing(given: &str, plain: PlainHttp) -> Result<Self, BaseUrlError> {
        let mut url = Url::parse(given.trim()).map_err(|_| BaseUrlError::NotUrl)?;
        // The scheme is checked first: `ot_ptk_…` and `host:8080` are not URLs with another scheme.
        let host = url
            .host()
            .map(|host| host.to_owned())
            .ok_or(BaseUrlError::NotUrl)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&host) => {}
            "http" if plain == PlainHttp::Private && is_private(&host) => {}
            "http" if plain == PlainHttp::Private => {
                return Err(BaseUrlError::Public(host.to_string()));
            }
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
        let roots = Roots::default();
        Ok(Self { url, roots })
    }

    /// The same URL, with these authorities trusted in addition to the bundled ones.
    #[must_use]
    pub fn trusting(self, roots: Roots) -> Self {
        Self { roots, ..self }
    }

    /// The operator's authorities for this URL.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The same host, with `path` appended to its path unless the path already ends with it.
    pub(crate) fn with_suffix(mut self, path: &str) -> Self {
        let own = self.path().to_owned();
        if !own.ends_with(path) {
            self.url.set_path(&format!("{own}{path}"));
        }
        self
    }

    /// The URL of a path below the base, with each segment percent-encoded.
    pub fn join(&self, segments: &[&str]) -> Result<Url, OddId> {
        let mut path = self.path().to_owned();
        for segment in segments {
            if matches!(*segment, "" | "." | "..") {
                return Err(OddId((*segment).to_owned()));
            }
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        let mut url = self.url.clone();
        url.set_path(&path);
        Ok(url)
    }

    /// The path, without a trailing slash.
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// Scheme and host.
    pub fn origin(&self) -> (&str, Option<Host<&str>>) {
        (self.url.scheme(), self.url.host())
    }

    /// Whether a token is sent unencrypted through a network.
    pub fn is_plain_http(&self) -> bool {
        self.url.scheme() == "http" && !self.is_loopback()
    }

    /// Scheme, host and port.
    pub(super) fn ascii_origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.url.host().is_some_and(|host| is_loopback(&host))
    }
}

fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

/// Whether the host is only reachable in a private network. Link-local addresses are excluded, because clouds serve
/// credentials there.
fn is_private(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            !name.contains('.') || PRIVATE_ENDINGS.iter().any(|it| name.ends_with(it))
        }
        Host::Ipv4(ip) => ip.is_private() || is_shared(*ip),
        Host::Ipv6(ip) => ip.is_unique_local(),
    }
}

/// 100.64.0.0/10, used by carriers and overlay networks.
fn is_shared(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    first == 100 && second & 0b1100_0000 == 64
}

impl PartialEq for BaseUrl {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl Eq for BaseUrl {}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

#[cfg(test)]
mod tests;
