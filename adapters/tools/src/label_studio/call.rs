//! API calls and their errors.

use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::LabelStudio;
use super::token::Token;
use crate::outcome::{no_answer, odd_id, operator, transient, wrong};
use shared::http::{Answer, Fault, Http};
use shared::tool::ToolError;

/// The fix if the answer is a page instead of JSON: from a proxy, a login, or an unknown URL.
const PAGE: &str = "check that TOOL_BASE_URL is Label Studio's own address without a page in front of it, and that \
                    this bridge supports its version (`bridge check` shows it)";

/// Hint to configure a superuser, because any member can disable tokens.
const SWITCH: &str = ". Any member can disable both kinds of tokens: with TOOL_ADMIN_EMAIL and TOOL_ADMIN_PASSWORD the \
                      bridge still works";

/// The token was refused.
struct Refused(ToolError);

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    detail: Option<Value>,
}

impl LabelStudio {
    /// The URL of `/a/b`, for calls without a trailing slash.
    pub(super) fn path(&self, segments: &[&str]) -> Result<Url, ToolError> {
        self.http.url(segments).map_err(odd_id)
    }

    /// The URL of `/a/b/`, for calls with a trailing slash.
    pub(super) fn folder(&self, segments: &[&str]) -> Result<Url, ToolError> {
        let mut url = self.path(segments)?;
        url.set_path(&format!("{}/", url.path()));
        Ok(url)
    }

    /// Makes a call. Returns answers of any status except a refused token.
    pub(super) async fn call(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Answer, ToolError> {
        self.call_by(&self.http, method, url, body).await
    }

    /// Makes a call with the time-outs of `http`.
    ///
    /// Any member can disable API tokens for the whole organisation. If a superuser is configured, the call is then
    /// made in the superuser's session, because a removal must not depend on members.
    pub(super) async fn call_by(
        &self,
        http: &Http,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Answer, ToolError> {
        let refused = match self.call_with_token(http, &method, &url, body).await {
            Err(Refused(error)) => error,
            Ok(answer) => return answer,
        };
        match &self.admin {
            Some(admin) => {
                tracing::warn!(reason = %refused, "the token is refused, and the superuser's session is used");
                let answer = admin.call(http, &method, &url, body).await?;
                match answer.status.as_u16() {
                    401 => Err(refused),
                    _ => Ok(answer),
                }
            }
            None => Err(refused),
        }
    }

    /// Makes a call with the token only.
    async fn call_with_token(
        &self,
        http: &Http,
        method: &Method,
        url: &Url,
        body: Option<&Value>,
    ) -> Result<Result<Answer, ToolError>, Refused> {
        let mut is_fresh = false;
        loop {
            let credential = match self.token.credential(&self.http, &self.clock).await {
                Ok(credential) => credential,
                Err(error @ ToolError::Operator { .. }) => return Err(Refused(error)),
                Err(error) => return Ok(Err(error)),
            };
            let http = http.with_credential(credential);
            let answer = http.send(method.clone(), url.clone(), body).await;
            let answer = match answer.map_err(no_answer) {
                Ok(answer) => answer,
                Err(error) => return Ok(Err(error)),
            };
            if answer.status.as_u16() != 401 {
                return Ok(Ok(answer));
            }
            // An access token may expire early. If a fresh one is refused, the refusal is final.
            if is_fresh || !self.token.renew().await {
                return Err(Refused(self.token_refused(&http, &answer)));
            }
            is_fresh = true;
        }
    }

    /// Whether the token is accepted, without the superuser's session.
    pub(super) async fn prove_token(&self) -> Result<(), ToolError> {
        let url = self.path(&["api", "current-user", "whoami"])?;
        match self
            .call_with_token(&self.http, &Method::GET, &url, None)
            .await
        {
            Err(Refused(error)) => Err(error),
            Ok(answer) => answer.map(drop),
        }
    }

    /// The error for a 401. If a personal access token was exchanged successfully, access tokens are disabled.
    fn token_refused(&self, http: &Http, answer: &Answer) -> ToolError {
        let told = told(http, answer, &[]);
        operator(match self.token {
            Token::Personal { .. } => format!(
                "Label Studio accepts our personal access token but refuses the access token from it (401){told}: \
                 personal access tokens are disabled; enable them at Organization → API Tokens Settings{SWITCH}"
            ),
            Token::Legacy(_) => format!(
                "Label Studio refuses our token (401){told}: set TOOL_API_TOKEN to a valid token of the organisation's \
                 creator, or enable legacy tokens at Organization → API Tokens Settings{SWITCH}"
            ),
        })
    }

    /// The error for a status without a specific meaning. `known` are texts that Label Studio might quote and that must
    /// not be shown.
    pub(super) fn refused(&self, answer: &Answer, known: &[&str]) -> ToolError {
        refused(&self.http, answer, known)
    }

    /// Reads the body of a `GET`.
    pub(super) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, ToolError> {
        let answer = self.call(Method::GET, url, None).await?;
        match answer.status.is_success() {
            true => read(&answer),
            false => Err(self.refused(&answer, &[])),
        }
    }
}

/// Decodes the body of a success. An answer in another format is an error, because it comes from another product or an
/// unknown version.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ToolError> {
    answer.json().map_err(|fault| match fault {
        Fault::Unreadable(why) => {
            operator(format!("the tool's answer can't be used: {why}: {PAGE}"))
        }
        other => no_answer(other),
    })
}

/// The error for a refusal. Only `detail` of Label Studio's answer is shown.
pub(super) fn refused(http: &Http, answer: &Answer, known: &[&str]) -> ToolError {
    let (status, told) = (answer.status.as_u16(), told(http, answer, known));
    match status {
        401 => operator(format!(
            "Label Studio refuses our token (401){told}: set TOOL_API_TOKEN to a valid token of the organisation's creator"
        )),
        403 => operator(format!(
            "our token lacks the permission for this call in Label Studio (403){told}: set TOOL_API_TOKEN to a token of \
             the organisation's creator, the only account that can remove members"
        )),
        404 if !answer.is_json() => operator(format!(
            "the tool answers with a page and not with JSON (404): {PAGE}"
        )),
        408 | 425 | 429 => transient(answer, "Label Studio is busy", &told),
        500.. => transient(answer, "Label Studio failed", &told),
        _ => wrong(format!("Label Studio refuses the request ({status}){told}")),
    }
}

fn told(http: &Http, answer: &Answer, known: &[&str]) -> String {
    let body: Refusal = answer.json().unwrap_or_default();
    match body.detail {
        Some(Value::String(text)) if !text.is_empty() => format!(": {}", http.plain(&text, known)),
        _ => String::new(),
    }
}
