//! The URL that OpenTrain delivers to.

use shared::model::ConnectionName;
use shared::webhook::leads_to;
use url::{Host, Url};

/// Verifies that OpenTrain accepts the URL, and that its deliveries reach this connection. Returns the normalised URL.
pub(crate) fn check(url: &str, name: &ConnectionName, on_machine: bool) -> Result<String, String> {
    let parsed = Url::parse(url.trim()).ok().filter(Url::has_host);
    let parsed = parsed.ok_or_else(|| {
        format!("this is not an absolute URL: write it as https://host.example/hooks/{name}")
    })?;
    match parsed.scheme() {
        "https" => {}
        "http" if is_this_machine(&parsed) => {}
        _ => {
            return Err(format!(
                "OpenTrain delivers only to https, and to plain http only on this machine: write https:// before `{}`, and put a TLS proxy in front of the bridge",
                parsed.host_str().unwrap_or_default()
            ));
        }
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("the URL contains a user name or a password: remove it, because deliveries are verified by their signature".into());
    }
    if parsed.fragment().is_some() {
        return Err(
            "the URL contains a `#`: remove it and the rest, because they are never sent".into(),
        );
    }
    if !leads_to(parsed.as_str(), name.as_str()) {
        return Err(format!(
            "the connection `{name}` receives its deliveries at /hooks/{name}: end the path with it, or name another connection with --connection"
        ));
    }
    // API Gateway compares the path exactly. Only `bridge serve` normalises it.
    if !on_machine && !parsed.path().ends_with(&format!("/hooks/{name}")) {
        return Err(format!(
            "a stack receives deliveries only at its HookUrl: end the path with /hooks/{name}"
        ));
    }
    Ok(parsed.into())
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_machine(url: &str) -> Result<String, String> {
        check(url, &ConnectionName::default(), true)
    }

    #[test]
    fn what_serve_answers_is_accepted() {
        for good in [
            "https://b.example/hooks/default",
            "https://b.example:8443/bridge/hooks/default",
            "https://b.example/hooks/default/",
            "https://b.example//hooks//default",
            "https://b.example/hooks/default?source=opentrain",
            "https://[2001:db8::1]/hooks/default",
            "http://127.0.0.1:8787/hooks/default",
            "http://localhost:8787/hooks/default",
            "http://[::1]/hooks/default",
        ] {
            assert_eq!(on_machine(good).as_deref(), Ok(good));
        }
        assert_eq!(
            on_machine(" https://B.example:443/hooks/default\n").as_deref(),
            Ok("https://b.example/hooks/default")
        );
    }

    #[test]
    fn each_fault_says_what_to_write() {
        for (url, says) in [
            ("http://b.example/hooks/default", "write https://"),
            ("ftp://b.example/hooks/default", "write https://"),
            ("b.example/hooks/default", "https://host.example"),
            ("https://b.example/hooks/acme", "at /hooks/default"),
            ("https://b.example/hooks/Default", "at /hooks/default"),
            ("https://b.example/webhooks/default", "at /hooks/default"),
            ("https://b.example/hooks/default/x", "at /hooks/default"),
            ("https://b.example?/hooks/default", "at /hooks/default"),
            ("https://b.example", "at /hooks/default"),
            ("https://b.example/hooks/default#x", "`#`"),
            ("https://me:pw@b.example/hooks/default", "remove it"),
        ] {
            let refusal = on_machine(url).unwrap_err();
            assert!(
                refusal.contains(says) && !refusal.contains("pw"),
                "{url}: {refusal}"
            );
        }
    }

    #[test]
    fn a_stack_has_one_form_of_the_path() {
        let on_stack = |url| check(url, &ConnectionName::default(), false);
        assert!(on_stack("https://b.example/v1/hooks/default?x=1").is_ok());
        for url in [
            "https://b.example/hooks/default/",
            "https://b.example/hooks//default",
        ] {
            assert!(on_stack(url).unwrap_err().contains("HookUrl"), "{url}");
        }
    }
}
