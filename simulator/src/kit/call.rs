//! One request, read completely and strictly.

use std::{borrow::Cow, collections::BTreeMap};

use axum::{
    body::{Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::refusal::Refusal;

/// Far above the size of every documented body.
const BODY_LIMIT: usize = 1024 * 1024;

pub(crate) struct Call {
    pub(crate) method: Method,
    /// The path as received, without its query.
    pub(crate) path: String,
    /// Decoded segments; empty if one of them is not UTF-8.
    pub(crate) segments: Vec<String>,
    query: String,
    headers: HeaderMap,
    body: Option<Bytes>,
}

impl Call {
    pub(crate) async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        Self {
            method: parts.method,
            segments: segments(&path).unwrap_or_default(),
            path,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: to_bytes(body, BODY_LIMIT).await.ok(),
        }
    }

    /// A call of this program itself, with the headers of `self` and this JSON body.
    pub(crate) fn inside(&self, method: Method, path: &str, body: Option<&Value>) -> Self {
        let mut headers = self.headers.clone();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        let body = body.map(Value::to_string).unwrap_or_default();
        Self {
            method,
            segments: segments(path).unwrap_or_default(),
            path: path.to_owned(),
            query: String::new(),
            headers,
            body: Some(body.into()),
        }
    }

    /// The path and the query as received.
    pub(crate) fn address(&self) -> String {
        match self.query.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, self.query),
        }
    }

    /// The segments below `base`; `None` if the path is not below it.
    pub(crate) fn below(&self, base: &[&str]) -> Option<Vec<&str>> {
        let mut segments = self.segments.iter().map(String::as_str);
        let same = base.iter().all(|part| segments.next() == Some(part));
        same.then(|| segments.collect())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The bearer credential.
    ///
    /// A wrong one is an ordinary 401. A missing one is a fault of the client.
    pub(crate) fn bearer(&self) -> Result<&str, Refusal> {
        let value = self.header(header::AUTHORIZATION.as_str());
        value
            .and_then(|value| value.strip_prefix("Bearer "))
            .filter(|token| !token.is_empty())
            .ok_or_else(|| Refusal::unauthorized("a bearer token is required").into_violation())
    }

    /// The query's parameters. Each must be known and given once.
    pub(crate) fn query(&self, known: &[&str]) -> Result<BTreeMap<String, String>, Refusal> {
        let mut found = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(self.query.as_bytes()) {
            if !known.contains(&name.as_ref()) {
                return Err(Refusal::violation(format!(
                    "unknown query parameter {name}"
                )));
            }
            if found.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(Refusal::violation(format!("query parameter {name} twice")));
            }
        }
        Ok(found)
    }

    /// For calls that accept neither query nor body.
    pub(crate) fn bare(&self) -> Result<(), Refusal> {
        self.query(&[])?;
        self.no_body()
    }

    pub(crate) fn no_body(&self) -> Result<(), Refusal> {
        match &self.body {
            Some(body) if body.is_empty() => Ok(()),
            _ => Err(Refusal::violation("this call takes no body")),
        }
    }

    /// The JSON body of a call without query parameters.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        self.query(&[])?;
        self.body()
    }

    pub(crate) fn body(&self) -> Result<Value, Refusal> {
        if !self.is_json() {
            return Err(Refusal::violation("Content-Type must be application/json"));
        }
        let body = self.body.as_deref().unwrap_or_default();
        serde_json::from_slice(body).map_err(|_| Refusal::violation("the body is not JSON"))
    }

    /// The query's parameters, and the JSON body.
    pub(crate) fn json_with(
        &self,
        known: &[&str],
    ) -> Result<(BTreeMap<String, String>, Value), Refusal> {
        Ok((self.query(known)?, self.body()?))
    }

    /// The fields of a form. Each must be known and given once.
    pub(crate) fn form(&self, known: &[&str]) -> Result<BTreeMap<String, String>, Refusal> {
        let mut found = BTreeMap::new();
        for (name, value) in self.form_fields()? {
            if !known.contains(&name.as_str()) {
                return Err(Refusal::violation("unknown form field"));
            }
            if found.contains_key(&name) {
                return Err(Refusal::violation(format!("form field {name} twice")));
            }
            found.insert(name, value);
        }
        Ok(found)
    }

    /// Every field of a form, in order.
    pub(crate) fn form_fields(&self) -> Result<Vec<(String, String)>, Refusal> {
        if !self.is("application/x-www-form-urlencoded") {
            return Err(Refusal::violation(
                "Content-Type must be application/x-www-form-urlencoded",
            ));
        }
        let body = self.body.as_deref().unwrap_or_default();
        let fields = url::form_urlencoded::parse(body);
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into(), value.into());
        Ok(fields.map(owned).collect())
    }

    fn is_json(&self) -> bool {
        self.is("application/json")
    }

    fn is(&self, content_type: &str) -> bool {
        let value = self.header(header::CONTENT_TYPE.as_str()).unwrap_or("");
        let essence = value.split(';').next().unwrap_or("").trim();
        essence.eq_ignore_ascii_case(content_type)
    }
}

fn segments(path: &str) -> Option<Vec<String>> {
    let decode = |part: &str| {
        let decoded = percent_decode_str(part).decode_utf8().ok()?;
        Some(decoded.into_owned())
    };
    path.strip_prefix('/')?.split('/').map(decode).collect()
}
