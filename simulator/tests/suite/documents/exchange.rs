//! Comparison of a request and its answer with the document of the API.

use reqwest::{
    Method, StatusCode, Url,
    header::{ALLOW, CONTENT_TYPE, HeaderMap},
};
use serde_json::{Map, Value};

use super::{Document, Found};

/// A request and its answer.
pub(crate) struct Exchange<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) sent_headers: &'a HeaderMap,
    pub(crate) sent: &'a [u8],
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) received: &'a [u8],
}

impl Exchange<'_> {
    /// The difference from the documents. Calls outside of the documented bases, injected faults and CORS preflights
    /// have none.
    pub(crate) fn check(&self, documents: &[Document]) -> Result<(), String> {
        let path = self.url.path();
        let below = |own: &Document| path.strip_prefix(own.base).map(str::to_owned);
        let document = documents
            .iter()
            .find_map(|own| Some((own, below(own).filter(|path| path.starts_with('/'))?)));
        let Some((document, path)) = document else {
            return Ok(());
        };
        let is_fault = self.headers.contains_key("x-sandbox-fault");
        if is_fault || self.method == Method::OPTIONS || path == "/openapi.json" {
            return Ok(());
        }
        let result = match document.operation(&self.method, &path) {
            Some(operation) => self.check_operation(document, &operation),
            None => self.check_unknown(document, &path),
        };
        result.map_err(|fault| {
            let (method, path, status) = (&self.method, self.url.path(), self.status);
            let body = String::from_utf8_lossy(self.received);
            format!("{method} {path} {status}: {fault}\n{body}")
        })
    }

    fn check_operation(&self, document: &Document, own: &Found<'_>) -> Result<(), String> {
        let status = self.status.as_u16();
        let response = own.json["responses"].get(status.to_string());
        let response = response.ok_or_else(|| format!("{status} is not documented"))?;
        match response["content"].as_object() {
            None if self.received.is_empty() => {}
            None => return Err("a body is not documented".to_owned()),
            Some(_) => {
                let schema = "content/application~1json/schema";
                let pointer = format!("{}/responses/{status}/{schema}", own.pointer);
                self.check_answer(document, &pointer)?;
            }
        }
        match self.status.is_success() {
            true => {
                self.check_query(document, own)?;
                self.check_body(document, own)
            }
            false => Ok(()),
        }
    }

    /// An unknown path is a 404, an unknown method a 405 that lists the documented ones.
    fn check_unknown(&self, document: &Document, path: &str) -> Result<(), String> {
        let pointer = "/components/schemas/Error";
        let Some((_, operations)) = document.path(path) else {
            return match self.status.as_u16() {
                404 => self.check_answer(document, pointer),
                _ => Err("the path is not documented".to_owned()),
            };
        };
        let allow = self.headers.get(ALLOW).and_then(|own| own.to_str().ok());
        let mut allowed: Vec<&str> = allow.unwrap_or_default().split(", ").collect();
        allowed.sort_unstable();
        let methods = operations.as_object().unwrap().keys();
        let mut methods: Vec<String> = methods.map(|own| own.to_uppercase()).collect();
        methods.sort_unstable();
        match self.status.as_u16() == 405 && allowed == methods {
            true => self.check_answer(document, pointer),
            false => Err(format!("the method is not documented; Allow: {allow:?}")),
        }
    }

    fn check_answer(&self, document: &Document, pointer: &str) -> Result<(), String> {
        if self
            .headers
            .get(CONTENT_TYPE)
            .is_none_or(|own| own != "application/json")
        {
            return Err("the answer is not application/json".to_owned());
        }
        let body: Value = serde_json::from_slice(self.received).map_err(|own| own.to_string())?;
        none(document.faults(pointer, &body))
    }

    /// An accepted query has documented parameters only.
    fn check_query(&self, document: &Document, own: &Found<'_>) -> Result<(), String> {
        let parameters = own.json["parameters"].as_array().unwrap();
        for (name, value) in self.url.query_pairs() {
            let at = parameters.iter().position(|own| own["name"] == *name);
            let at = at.ok_or_else(|| format!("accepted the parameter {name}"))?;
            let value = match parameters[at]["schema"]["type"] == "integer" {
                true => value.parse().unwrap(),
                false => Value::from(value.into_owned()),
            };
            let pointer = format!("{}/parameters/{at}/schema", own.pointer);
            none(document.faults(&pointer, &value))?;
        }
        Ok(())
    }

    /// An accepted body is a documented one.
    fn check_body(&self, document: &Document, own: &Found<'_>) -> Result<(), String> {
        let documented = own.json.get("requestBody");
        if self.sent.is_empty() {
            return match documented.is_some_and(|own| own["required"] == true) {
                true => Err("accepted a request without a body".to_owned()),
                false => Ok(()),
            };
        }
        let content = documented.and_then(|own| own["content"].as_object());
        let content = content.ok_or("accepted a body")?;
        let content_type = content.keys().next().unwrap();
        let sent_type = self.sent_headers[CONTENT_TYPE].to_str().unwrap();
        if !sent_type.starts_with(content_type) {
            return Err(format!("accepted the content type {sent_type}"));
        }
        let body = match content_type.as_str() {
            "application/json" => serde_json::from_slice(self.sent).unwrap(),
            _ => form(self.sent),
        };
        let content_type = content_type.replace('/', "~1");
        let pointer = format!("{}/requestBody/content/{content_type}/schema", own.pointer);
        none(document.faults(&pointer, &body))
    }
}

fn form(sent: &[u8]) -> Value {
    let fields = url::form_urlencoded::parse(sent);
    let fields = fields.map(|(name, value)| (name.into_owned(), value.into_owned().into()));
    Value::Object(fields.collect::<Map<String, Value>>())
}

fn none(faults: Vec<String>) -> Result<(), String> {
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults.join("\n")),
    }
}
