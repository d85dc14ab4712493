//! The address that OpenTrain delivers to.

use shared::connection::ConnectionName;
use shared::http::{BaseUrl, BaseUrlError};

/// Checks an address before OpenTrain does, and for more: that this connection's deliveries go there.
pub(super) fn check(url: &str, name: &ConnectionName) -> Result<String, String> {
    let ending = format!("/hooks/{name}");
    let parsed = BaseUrl::parse(url).map_err(|error| match error {
        BaseUrlError::InTheClear(host) => format!(
            "OpenTrain delivers to https alone, and to plain http only on this machine: write https:// before `{host}`, and put a TLS proxy in front of the bridge"
        ),
        other => other.to_string(),
    })?;
    if !leads_to(&parsed.to_string(), name) {
        return Err(format!(
            "the connection `{name}` takes its deliveries at {ending}: let the URL end in that, or name another connection with --connection"
        ));
    }
    if url.trim() != parsed.to_string() {
        return Err(format!(
            "write it as {parsed}: deliveries are sent to the address as it stands"
        ));
    }
    Ok(parsed.to_string())
}

/// Whether deliveries to an address are this connection's.
pub(super) fn leads_to(url: &str, name: &ConnectionName) -> bool {
    url.trim().ends_with(&format!("/hooks/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        check(url, &ConnectionName::single()).unwrap_err()
    }

    #[test]
    fn https_or_this_machine_and_the_connection_at_the_end() {
        for good in [
            "https://b.example/hooks/default",
            "https://b.example:8443/bridge/hooks/default",
            "http://127.0.0.1:8787/hooks/default",
        ] {
            assert_eq!(check(good, &ConnectionName::single()).as_deref(), Ok(good));
        }
    }

    #[test]
    fn each_fault_says_what_to_write() {
        assert!(refusal("http://b.example/hooks/default").contains("write https://"));
        assert!(refusal("b.example/hooks/default").contains("https://host.example"));
        assert!(refusal("https://b.example/hooks/acme").contains("at /hooks/default"));
        assert!(refusal("https://b.example").contains("/hooks/default"));
        assert!(
            refusal("https://b.example/hooks/default/")
                .contains("write it as https://b.example/hooks/default")
        );
        assert!(refusal("https://b.example/hooks/default?x=1").contains("end it with the path"));
    }
}
