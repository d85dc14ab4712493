//! The answer to a request, with a bounded body.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use super::{Fault, MAX_ANSWER, retry_after};
use crate::model::clock::Clock;
use crate::model::json::decode;
use crate::model::plain;

/// An answer to a request.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The time after which the service permits a retry.
    pub retry_after: Option<Duration>,
    body: Body,
}

enum Body {
    Json(Vec<u8>),
    /// Another content type; the body was not read.
    Other(String),
    /// The body exceeds [`MAX_ANSWER`]; the rest was not read.
    TooLarge,
}

impl Answer {
    pub(super) async fn read(response: Response, clock: &dyn Clock) -> Result<Self, Fault> {
        let status = response.status();
        if status.is_redirection() {
            return Err(redirected(&response));
        }
        // A date is compared with the service's own time, because this machine's clock may be wrong.
        let now = header(response.headers(), &DATE).and_then(retry_after::date);
        let now = now.unwrap_or_else(|| clock.now());
        let retry_after =
            header(response.headers(), &RETRY_AFTER).and_then(|v| retry_after::parse(v, now));
        let body = match read_body(response).await {
            // An error status can be handled without its body.
            Err(_) if !status.is_success() => Body::Other(String::new()),
            body => body?,
        };
        Ok(Self {
            status,
            retry_after,
            body,
        })
    }

    /// Whether the body was JSON. A page contains nothing that the bridge can act on.
    pub fn is_json(&self) -> bool {
        matches!(self.body, Body::Json(_))
    }

    /// Whether the body has a content type other than JSON.
    pub fn is_page(&self) -> bool {
        matches!(&self.body, Body::Other(kind) if !kind.is_empty())
    }

    /// Whether the body was longer than the part that was read.
    pub fn is_too_large(&self) -> bool {
        matches!(self.body, Body::TooLarge)
    }

    /// Number of bytes that were read.
    pub fn size(&self) -> u64 {
        match &self.body {
            Body::Json(bytes) => bytes.len() as u64,
            Body::Other(_) => 0,
            Body::TooLarge => MAX_ANSWER as u64,
        }
    }

    /// Decodes the body as a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        match &self.body {
            Body::Json(bytes) => decode(bytes).map_err(Fault::Unreadable),
            Body::Other(kind) if kind.is_empty() => {
                Err(Fault::Unreadable("there is no JSON in it".into()))
            }
            Body::Other(kind) => Err(Fault::Unreadable(format!("it is {kind} and not JSON"))),
            Body::TooLarge => Err(Fault::Unreadable(format!(
                "it is larger than {} MiB",
                MAX_ANSWER >> 20
            ))),
        }
    }
}

fn redirected(response: &Response) -> Fault {
    let to = header(response.headers(), &LOCATION)
        .and_then(|to| response.url().join(to).ok())
        .map(|to: Url| plain(&to.origin().ascii_serialization(), &[]));
    Fault::Redirected {
        status: response.status().as_u16(),
        to,
    }
}

async fn read_body(mut response: Response) -> Result<Body, Fault> {
    let kind = header(response.headers(), &CONTENT_TYPE).unwrap_or_default();
    if !kind.is_empty() && !is_json(kind) {
        return Ok(Body::Other(plain(kind, &[])));
    }
    let is_typed = !kind.is_empty();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > MAX_ANSWER {
            return Ok(Body::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(match is_typed || looks_like_json(&bytes) {
        true => Body::Json(bytes),
        false => Body::Other(String::new()),
    })
}

/// Whether a body without a content type is JSON: an object or a list.
fn looks_like_json(body: &[u8]) -> bool {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// `application/json` and related types, such as `application/problem+json` and the old `text/json`.
fn is_json(content_type: &str) -> bool {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    matches!(essence.as_str(), "application/json" | "text/json")
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn header<'a>(headers: &'a HeaderMap, name: &reqwest::header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Answer, is_json};
    use crate::model::clock::ManualClock;

    #[tokio::test]
    async fn a_date_is_counted_from_the_services_own_time() {
        // This machine's clock is two hours behind.
        let clock = ManualClock::at("1994-11-06T06:49:00Z".parse().unwrap());
        for (date, seconds) in [("Sun, 06 Nov 1994 08:49:00 GMT", 37), ("yesterday", 7_237)] {
            let response = ::http::Response::builder()
                .status(429)
                .header("date", date)
                .header("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")
                .body("")
                .unwrap();
            let answer = Answer::read(response.into(), &clock).await.unwrap();
            assert_eq!(
                answer.retry_after,
                Some(Duration::from_secs(seconds)),
                "{date}"
            );
        }
    }

    #[test]
    fn json_is_told_by_its_essence() {
        for yes in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/problem+json",
            "text/json",
        ] {
            assert!(is_json(yes), "{yes}");
        }
        for no in [
            "",
            "text/html",
            "text/json-ish",
            "application/jsonp",
            "image/svg+json",
        ] {
            assert!(!is_json(no), "{no}");
        }
    }
}
