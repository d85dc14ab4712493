//! Addresses to which webhooks are delivered.

use url::{Host, Url};

/// Https anywhere, or plain http on this machine. An error is the expectation.
pub(crate) fn check_url(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_local(&url) => Ok(()),
        _ => Err("must be https, or http on localhost"),
    }
}

pub(crate) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
