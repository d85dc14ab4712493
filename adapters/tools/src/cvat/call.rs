//! API calls, with pages, and their errors.

use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Cvat;
use crate::outcome::{
    body_else, foreign_not_found, no_answer, odd_id, operator, transient, unreadable, wrong,
};
use shared::http::Answer;
use shared::model::json::{Element, Listing};
use shared::model::lenient;
use shared::tool::ToolError;

/// The media type selects the version of the API. Without it CVAT may answer with a page.
pub(super) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.cvat+json");

/// Number of elements per page.
const PAGE: &str = "100";

/// Maximum number of pages, in case the list never ends.
const MAX_PAGES: usize = 1_000;

/// Name and value pairs of the query.
pub(super) type Query<'a> = &'a [(&'a str, &'a str)];

#[derive(Deserialize)]
#[serde(bound = "T: Element")]
struct Page<T> {
    next: Option<String>,
    results: Listing<T>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default, deserialize_with = "lenient::text")]
    detail: Option<String>,
}

impl Cvat {
    /// Makes one call below `/api`. Returns answers of any status except those for a wrong token or missing rights.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: Query<'_>,
        body: Option<&Value>,
    ) -> Result<Answer, ToolError> {
        let answer = self.send(method, path, query, body).await?;
        match self.denied(answer.status) {
            Some(error) => Err(error),
            None => Ok(answer),
        }
    }

    /// Makes one call and returns answers of any status.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: Query<'_>,
        body: Option<&Value>,
    ) -> Result<Answer, ToolError> {
        let path: Vec<_> = ["api"].into_iter().chain(path.iter().copied()).collect();
        let mut url = self.http.url(&path).map_err(odd_id)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url).header(ACCEPT, MEDIA_TYPE);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.http.answer(request).await.map_err(no_answer)
    }

    /// The error for a wrong token, or one without the rights.
    pub(super) fn denied(&self, status: StatusCode) -> Option<ToolError> {
        match status {
            StatusCode::UNAUTHORIZED => Some(operator(
                "CVAT refuses our token (401): check that TOOL_API_TOKEN is a whole and living access token, or the key of \
                 a login",
            )),
            StatusCode::FORBIDDEN => Some(operator(format!(
                "CVAT's token may not do this (403): its owner has to be owner or maintainer of the organisation `{}`",
                self.options.organization
            ))),
            _ => None,
        }
    }

    /// The query that selects our organisation.
    pub(super) fn org(&self) -> [(&str, &str); 1] {
        [("org", self.options.organization.as_str())]
    }

    /// Reads one resource; `None` if CVAT's own JSON reports that it does not exist.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: Query<'_>,
    ) -> Result<Option<T>, ToolError> {
        let answer = self.call(Method::GET, path, query, None).await?;
        match answer.status {
            StatusCode::NOT_FOUND if answer.is_json() => Ok(None),
            StatusCode::NOT_FOUND => Err(foreign_not_found()),
            status if status.is_success() => body(&answer).map(Some),
            _ => Err(self.refused(&answer, &[])),
        }
    }

    /// Reads all pages of a list. All lists except that of the organisations are of our organisation.
    pub(super) async fn list<T: Element>(
        &self,
        what: &str,
        query: Query<'_>,
    ) -> Result<Listing<T>, ToolError> {
        let mut all = Listing::default();
        for number in 1..=MAX_PAGES {
            let page = number.to_string();
            let mut pairs = vec![("page", page.as_str()), ("page_size", PAGE)];
            if what != "organizations" {
                pairs.push(("org", &self.options.organization));
            }
            pairs.extend_from_slice(query);
            let answer = self.call(Method::GET, &[what], &pairs, None).await?;
            if number > 1 && answer.status == StatusCode::NOT_FOUND {
                return Err(unreadable("a list grew shorter while its pages were read"));
            }
            if !answer.status.is_success() {
                return Err(self.refused(&answer, &[]));
            }
            let page: Page<T> = body(&answer)?;
            all.extend(page.results);
            if page.next.is_none() {
                return Ok(all);
            }
        }
        Err(unreadable(format!("there are more than {MAX_PAGES} pages")))
    }

    /// Makes a write whose answer is not needed.
    pub(super) async fn write(
        &self,
        method: Method,
        path: &[&str],
        wish: Option<&Value>,
    ) -> Result<(), ToolError> {
        let answer = self.call(method, path, &[], wish).await?;
        match answer.status.is_success() {
            true => Ok(()),
            false => Err(self.refused(&answer, &[])),
        }
    }

    /// The error for a status without a specific meaning. Only `detail` of CVAT's answer is shown, without `known`.
    pub(super) fn refused(&self, answer: &Answer, known: &[&str]) -> ToolError {
        let told = answer.json::<Detail>().ok().and_then(|it| it.detail);
        let told = told.map_or_else(String::new, |text| {
            format!(": {}", self.http.plain(&text, known))
        });
        match answer.status.as_u16() {
            408 | 425 | 429 => transient(answer, "CVAT is busy", &told),
            500.. => transient(answer, "CVAT failed", &told),
            status => wrong(format!("CVAT refuses the request ({status}){told}")),
        }
    }
}

/// Decodes the body of a success.
pub(super) fn body<T: DeserializeOwned>(answer: &Answer) -> Result<T, ToolError> {
    let cure = "if this lasts, set TOOL_BASE_URL to CVAT's own address, without /api, and look whether its version is \
                one that docs/tools.md names";
    body_else(answer, cure)
}
