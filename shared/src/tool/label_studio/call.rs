//! One call, and what an answer means that isn't the wanted one.

use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::super::outcome::{no_answer, odd_id, operator, transient, wrong};
use super::LabelStudio;
use super::token::Token;
use crate::http::{Answer, Fault, Http};
use crate::tool::ToolError;

/// A page where JSON should be: a proxy's, a login's, or that of an address that Label Studio doesn't know.
const PAGE: &str = "check that TOOL_BASE_URL is Label Studio's own address and leads to no page before it, and that \
                    its version is one that this bridge knows (`bridge check` says so)";

/// What follows from tokens that any member can switch off.
const SWITCH: &str = ". Any member can switch both kinds of tokens off: with TOOL_ADMIN_EMAIL and TOOL_ADMIN_PASSWORD the \
                      bridge goes on all the same";

/// The token is not accepted.
struct Refused(ToolError);

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    detail: Option<Value>,
}

impl LabelStudio {
    /// The address of `/a/b`; some calls want it without a slash at the end.
    pub(super) fn path(&self, segments: &[&str]) -> Result<Url, ToolError> {
        self.http.url(segments).map_err(odd_id)
    }

    /// The address of `/a/b/`; others want it with one.
    pub(super) fn folder(&self, segments: &[&str]) -> Result<Url, ToolError> {
        let mut url = self.path(segments)?;
        url.set_path(&format!("{}/", url.path()));
        Ok(url)
    }

    /// Makes a call; any status comes back as an answer, except that of a refused token.
    pub(super) async fn call(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Answer, ToolError> {
        self.call_by(&self.http, method, url, body).await
    }

    /// The same with the time-outs of `http`.
    ///
    /// Any member can switch API tokens off for the whole organisation. Where a superuser is known, the call is made in
    /// their session then: a removal must not depend on the goodwill of members.
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

    /// The same with the token alone.
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
            // An access token may die before its time; a fresh one that is refused is refused for good.
            if is_fresh || !self.token.renew().await {
                return Err(Refused(self.token_refused(&http, &answer)));
            }
            is_fresh = true;
        }
    }

    /// Whether the token is accepted; the superuser's session is not tried.
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

    /// A 401. A personal access token that was exchanged lives: then access tokens are switched off.
    fn token_refused(&self, http: &Http, answer: &Answer) -> ToolError {
        let told = told(http, answer, &[]);
        operator(match self.token {
            Token::Personal { .. } => format!(
                "Label Studio takes our personal access token and refuses the access token that it gives (401){told}: \
                 personal access tokens are switched off; switch them on at Organization → API Tokens Settings{SWITCH}"
            ),
            Token::Legacy(_) => format!(
                "Label Studio refuses our token (401){told}: set TOOL_API_TOKEN to a living token of the organisation's \
                 creator, or switch legacy tokens on at Organization → API Tokens Settings{SWITCH}"
            ),
        })
    }

    /// The error of a status that a call has no meaning of its own for. `known` are words that Label Studio
    /// might quote and that must not be shown.
    pub(super) fn refused(&self, answer: &Answer, known: &[&str]) -> ToolError {
        refused(&self.http, answer, known)
    }

    /// The body of a `GET`.
    pub(super) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, ToolError> {
        let answer = self.call(Method::GET, url, None).await?;
        match answer.status.is_success() {
            true => read(&answer),
            false => Err(self.refused(&answer, &[])),
        }
    }
}

/// The body of a success. An answer of another shape is another product's, or a version's that is not known:
/// nothing is guessed.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ToolError> {
    answer.json().map_err(|fault| match fault {
        Fault::Unreadable(why) => {
            operator(format!("the tool's answer can't be used: {why}: {PAGE}"))
        }
        other => no_answer(other),
    })
}

/// Of what Label Studio says, only `detail` goes into the text, made fit to be shown.
pub(super) fn refused(http: &Http, answer: &Answer, known: &[&str]) -> ToolError {
    let (status, told) = (answer.status.as_u16(), told(http, answer, known));
    match status {
        401 => operator(format!(
            "Label Studio refuses our token (401){told}: set TOOL_API_TOKEN to a living token of the organisation's creator"
        )),
        403 => operator(format!(
            "our token may not do this in Label Studio (403){told}: set TOOL_API_TOKEN to a token of the \
             organisation's creator, who alone can remove members"
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
