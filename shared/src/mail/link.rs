//! Links that may be mailed.

use url::Url;

use crate::http::BaseUrl;
use crate::model::invitation::LONGEST_LINK;

/// Accepts a link of one line to the tool's own host over https, or over http if the tool itself uses http. The mail
/// asks a person to open the link and sign up, so the tool must not choose another host.
pub(super) fn check(link: &str, tool: &BaseUrl) -> Result<(), &'static str> {
    if link.len() > LONGEST_LINK {
        return Err("is longer than 2048 characters");
    }
    // The URL parser drops line breaks, but a mail would keep them.
    if !link.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("is not one line without blanks");
    }
    let url = Url::parse(link).map_err(|_| "is not an absolute URL")?;
    let (scheme, host) = tool.origin();
    if url.scheme() != "https" && url.scheme() != scheme {
        return Err("is not https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user name in it");
    }
    match url.host() == host {
        true => Ok(()),
        false => Err("leads to another host than TOOL_BASE_URL"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(link: &str, tool: &str) -> Result<(), &'static str> {
        check(link, &BaseUrl::parse(tool).unwrap())
    }

    #[test]
    fn a_link_to_the_tool_itself_is_mailed() {
        for (link, tool) in [
            (
                "https://tool.example/user/signup?token=a-b_c",
                "https://tool.example/api",
            ),
            ("https://TOOL.example:8443/i", "https://tool.example"),
            ("http://127.0.0.1:8080/i", "http://127.0.0.1:9090"),
            ("https://127.0.0.1/i", "http://127.0.0.1"),
        ] {
            assert_eq!(told(link, tool), Ok(()), "{link}");
        }
    }

    #[test]
    fn a_link_that_leads_elsewhere_is_not() {
        let long = format!("https://tool.example/{}", "x".repeat(2048));
        for link in [
            "javascript:alert(1)",
            "http://tool.example/i",
            "https://evil.example/i",
            "https://tool.example.evil.example/",
            "https://tool.example@evil.example/",
            "https://evil@tool.example/",
            "https://tool.example/i\nClick https://evil.example",
            "https://tool.example/i https://evil.example",
            "https://tool.example/\u{202e}i",
            "/user/signup",
            "",
            &long,
        ] {
            assert!(told(link, "https://tool.example").is_err(), "{link}");
        }
    }
}
