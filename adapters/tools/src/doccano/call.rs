//! API calls and their errors.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Doccano;
use crate::outcome::{body_else, no_answer, odd_id, operator, transient, wrong};
use shared::http::Answer;
use shared::model::lenient;
use shared::tool::ToolError;

/// The owner of the token.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Me {
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    pub(super) is_superuser: bool,
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    pub(super) is_staff: bool,
}

impl Doccano {
    /// Makes one call below `/v1`. Returns answers of any status except 403, which doccano uses for a wrong token and
    /// for missing rights.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, ToolError> {
        let answer = self.send(method, path, query, body).await?;
        match answer.status {
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Err(self.forbidden().await),
            _ => Ok(answer),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, ToolError> {
        let path: Vec<_> = ["v1"].into_iter().chain(path.iter().copied()).collect();
        let mut url = self.http.url(&path).map_err(odd_id)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.http.send(method, url, body).await.map_err(no_answer)
    }

    /// Reads a resource below `/v1`.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ToolError> {
        let answer = self.call(Method::GET, path, query, None).await?;
        match answer.status.is_success() {
            true => body(&answer),
            false => Err(self.refused(&answer, &[])),
        }
    }

    /// The owner of the token.
    pub(super) async fn me(&self) -> Result<Me, ToolError> {
        let answer = self.send(Method::GET, &["me"], &[], None).await?;
        match answer.status {
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Err(operator(
                "doccano refuses our token: check that TOOL_API_TOKEN is the whole `key` that POST /v1/auth/login/ \
                 gave to a superuser of this doccano",
            )),
            status if status.is_success() => body(&answer),
            _ => Err(self.refused(&answer, &[])),
        }
    }

    /// The error for a 403: a wrong token or missing rights.
    async fn forbidden(&self) -> ToolError {
        match self.me().await {
            Err(error) => error,
            Ok(_) => operator(
                "doccano's token may not do this (403): the owner of TOOL_API_TOKEN has to be a superuser, or staff \
                 and project_admin of every linked project",
            ),
        }
    }

    /// The error for a status without a specific meaning. Only `detail` of doccano's answer is shown, without `known`.
    pub(super) fn refused(&self, answer: &Answer, known: &[&str]) -> ToolError {
        let told = answer.json::<Detail>().ok().and_then(|it| it.detail);
        let told = told.map_or_else(String::new, |text| {
            format!(": {}", self.http.plain(&text, known))
        });
        match answer.status.as_u16() {
            408 | 425 | 429 => transient(answer, "doccano is busy", &told),
            500.. => transient(answer, "doccano failed", &told),
            status => wrong(format!("doccano refuses the request ({status}){told}")),
        }
    }
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default, deserialize_with = "lenient::text")]
    detail: Option<String>,
}

/// Decodes the body of a success. For unknown paths doccano answers 200 with its web page, which is never read.
pub(super) fn body<T: DeserializeOwned>(answer: &Answer) -> Result<T, ToolError> {
    body_else(
        answer,
        "if this lasts, set TOOL_BASE_URL to doccano's own address, without /v1, and look whether its version is one \
         that docs/tools.md names",
    )
}
