//! Addresses to which webhooks are delivered.

use std::net::{IpAddr, Ipv6Addr};

use url::{Host, Url};

/// Accepts https anywhere, and plain http on this machine. The error states what is expected.
pub(crate) fn check_url(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    if is_link_local(&url) {
        return Err("must not be a link-local address: clouds serve credentials there");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_local(&url) => Ok(()),
        _ => Err("must be https, or http on localhost"),
    }
}

/// 169.254.0.0/16, fe80::/10, and the IPv6 address of EC2's instance metadata.
fn is_link_local(url: &Url) -> bool {
    const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => ip.to_canonical(),
        Some(Host::Domain(_)) | None => return false,
    };
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local() || ip == METADATA,
    }
}

/// Whether deliveries are sent. The simulator calls no other machine.
pub(crate) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
