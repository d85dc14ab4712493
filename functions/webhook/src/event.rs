//! HTTP requests as AWS hands them to a function, and answers as it takes them.
//!
//! One type for all services, since the parts that a delivery needs have the same names: REST API (payload
//! format 1.0), HTTP API (2.0, or 1.0), function URL (2.0) and load balancer. Not by `lambda_http`: that builds a
//! URL from `Host`, `X-Forwarded-Proto` and the query first and panics when they don't make one, which ends the
//! process; and where an event has both maps of headers it keeps the last line of each header alone.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::delivery::Refused;

/// An event that is no HTTP request.
#[derive(Debug, thiserror::Error)]
#[error(
    "the event is no HTTP request: invoke this function by an API Gateway REST API or HTTP API, a function URL, or an \
     application load balancer"
)]
pub struct NotHttp;

/// A request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// Format 2.0; with the stage.
    raw_path: Option<String>,
    /// Format 1.0 and load balancer.
    path: Option<String>,
    http_method: Option<String>,
    #[serde(default)]
    request_context: Context,
    headers: Option<BTreeMap<String, String>>,
    /// Format 1.0, and a load balancer that is set to it.
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Default, Deserialize)]
struct Context {
    /// Format 2.0.
    http: Option<Http>,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl HttpRequest {
    /// Reads an event.
    ///
    /// # Errors
    /// When it is no HTTP request.
    pub fn read(event: Value) -> Result<Self, NotHttp> {
        let request: Self = serde_json::from_value(event).map_err(|_| NotHttp)?;
        match request.method().is_empty() || request.path().is_empty() {
            true => Err(NotHttp),
            false => Ok(request),
        }
    }

    /// The method.
    pub fn method(&self) -> &str {
        let http = self.request_context.http.as_ref();
        let method = self.http_method.as_ref().or(http.map(|it| &it.method));
        method.map_or("", String::as_str)
    }

    /// The path, without query.
    pub fn path(&self) -> &str {
        let path = self.raw_path.as_ref().or(self.path.as_ref());
        path.map_or("", String::as_str)
    }

    /// The lines of a header. Where there are both maps, the one with single lines repeats the last of them.
    pub fn header(&self, name: &str) -> Vec<&str> {
        match find(self.multi_value_headers.as_ref(), name) {
            Some(lines) => lines.iter().map(String::as_str).collect(),
            None => find(self.headers.as_ref(), name)
                .map(String::as_str)
                .into_iter()
                .collect(),
        }
    }

    /// The raw bytes of the body.
    ///
    /// # Errors
    /// When it is said to be in base64 and is not.
    pub fn body(&self) -> Result<Vec<u8>, Refused> {
        let body = self.body.as_deref().unwrap_or_default();
        match self.is_base64_encoded {
            true => BASE64_STANDARD
                .decode(body)
                .map_err(|_| Refused::BrokenBody),
            false => Ok(body.as_bytes().to_vec()),
        }
    }

    /// An answer to this request.
    pub fn answer(
        &self,
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: &Value,
    ) -> HttpAnswer {
        let all = headers
            .into_iter()
            .chain([("content-type", "application/json".to_owned())]);
        let headers: BTreeMap<_, _> = all.collect();
        let many = self.multi_value_headers.is_some().then(|| {
            let many = headers.iter().map(|(name, line)| (*name, [line.clone()]));
            many.collect()
        });
        HttpAnswer {
            status_code: status,
            headers,
            multi_value_headers: many,
            body: body.to_string(),
            is_base64_encoded: false,
        }
    }
}

fn find<'a, T>(headers: Option<&'a BTreeMap<String, T>>, name: &str) -> Option<&'a T> {
    let mut headers = headers?.iter();
    let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// An answer, in the form that all of the services take.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpAnswer {
    status_code: u16,
    headers: BTreeMap<&'static str, String>,
    /// A load balancer that sends this form takes no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<BTreeMap<&'static str, [String; 1]>>,
    body: String,
    is_base64_encoded: bool,
}
