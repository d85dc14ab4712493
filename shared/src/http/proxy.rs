//! Proxy variables of the environment. reqwest reads them and silently ignores invalid ones.

use ::http::Uri;
use ::http::uri::Authority;

/// In reqwest's order: of each pair the first variable that is set counts, even if it is empty.
const VARIABLES: [[&str; 2]; 3] = [
    ["HTTPS_PROXY", "https_proxy"],
    ["HTTP_PROXY", "http_proxy"],
    ["ALL_PROXY", "all_proxy"],
];

const SCHEMES: &[&str] = &["http", "https", "socks5", "socks5h", "socks4", "socks4a"];

/// The variables without a valid proxy. Requests would silently be sent without a proxy.
pub fn proxy_faults(value: impl Fn(&str) -> Option<String>) -> Vec<&'static str> {
    let set = VARIABLES
        .iter()
        .filter_map(|pair| pair.iter().find_map(|name| Some((*name, value(name)?))));
    set.filter(|(_, text)| !text.is_empty() && !is_proxy(text))
        .map(|(name, _)| name)
        .collect()
}

/// The same check as reqwest's; `proxy:3128` means http.
fn is_proxy(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let known = uri.scheme_str().is_none_or(|it| SCHEMES.contains(&it));
    known && uri.authority().is_some_and(is_address)
}

/// Host, or host and port. An invalid port parses as well, and port 80 would be called instead.
fn is_address(authority: &Authority) -> bool {
    let (whole, host) = (authority.as_str(), authority.host());
    let address = whole.rsplit_once('@').map_or(whole, |(_, it)| it);
    !host.is_empty() && (address == host || authority.port_u16().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(given: &[(&str, &str)]) -> Vec<&'static str> {
        proxy_faults(|name| {
            let found = given.iter().find(|(known, _)| *known == name);
            found.map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn what_is_no_proxy_is_named() {
        for good in [
            "http://proxy.example:3128",
            "proxy:3128",
            "https://user:pass@proxy",
            "http://user:pass@proxy:3128/",
            "http://[::1]:3128",
            "http://[::1]",
            "socks5h://127.0.0.1:1080",
            "",
        ] {
            assert!(faults(&[("HTTPS_PROXY", good)]).is_empty(), "{good}");
        }
        for bad in [
            "::nonsense",
            "ftp://proxy",
            "http://",
            "http://a b",
            "socks6://h",
            "http://proxy:99999",
            "http://127.0.0.1:abc",
            "proxy:abc",
            "http://user:1@proxy:99999",
            "http://[::1]:0x1",
        ] {
            assert_eq!(faults(&[("https_proxy", bad)]), ["https_proxy"], "{bad}");
            assert_eq!(faults(&[("ALL_PROXY", bad)]), ["ALL_PROXY"], "{bad}");
        }
    }

    #[test]
    fn of_each_pair_the_one_that_counts_is_judged() {
        let given = [
            ("HTTP_PROXY", ""),
            ("http_proxy", "::"),
            ("all_proxy", "::"),
        ];
        assert_eq!(faults(&given), ["all_proxy"]);
    }
}
