//! Execution of a call: send, check the answer, wait, retry.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::call::{Api, Asked, Call, Repeat};
use super::details::Details;
use super::message::without_tokens;
use super::{Code, Disposition, OpenTrainError};
use crate::http::{Answer, Fault, Http, Pacer, RetryPolicy};
use crate::model::lenient;

const FORM: &str = "application/x-www-form-urlencoded";

/// Client, retry policy and pace of calls.
pub(super) struct Line<'a> {
    pub(super) http: &'a Http,
    pub(super) retry: &'a RetryPolicy,
    pub(super) pacer: Option<&'a Arc<Pacer>>,
}

/// A prepared call.
pub(super) struct Request<'a> {
    line: Line<'a>,
    call: &'static Call,
    url: Url,
    body: Body,
}

enum Body {
    Nothing,
    Json(Value),
    /// Already encoded.
    Form(String),
}

/// Result of a call and its attempts.
pub(super) struct Outcome {
    pub(super) result: Result<Answer, OpenTrainError>,
    /// Whether an earlier attempt may have been executed without an answer.
    pub(super) repeated: bool,
}

impl<'a> Request<'a> {
    pub(super) fn new(line: Line<'a>, call: &'static Call, url: Url) -> Self {
        Self {
            line,
            call,
            url,
            body: Body::Nothing,
        }
    }

    pub(super) fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        if !pairs.is_empty() {
            self.url.query_pairs_mut().extend_pairs(pairs);
        }
        self
    }

    pub(super) fn query_owned(self, pairs: &[(&'static str, String)]) -> Self {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.query(&pairs)
    }

    pub(super) fn body(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    pub(super) fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        self.body = Body::Form(form.extend_pairs(pairs).finish());
        self
    }

    /// Makes the call and decodes the answer as a `T`.
    pub(super) async fn read<T: DeserializeOwned>(self) -> Result<T, OpenTrainError> {
        let answer = self.send().await.result?;
        self.parse(&answer)
    }

    /// Decodes the answer's body as a `T`.
    pub(super) fn parse<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, OpenTrainError> {
        answer
            .json()
            .map_err(|fault| OpenTrainError::from_fault(fault, self.asked()))
    }

    /// Makes the call. Retries until there is a final answer or the policy allows no further attempt.
    pub(super) async fn send(&self) -> Outcome {
        let retry = self.line.retry;
        let mut repeated = false;
        let mut attempt = 1;
        loop {
            let error = match self.attempt().await {
                Ok(answer) => {
                    return Outcome {
                        result: Ok(answer),
                        repeated,
                    };
                }
                Err(error) => error,
            };
            let pause = self
                .repeatable(&error)
                .and_then(|after| retry.pause_after(attempt, after));
            let Some(pause) = pause else {
                return Outcome {
                    result: Err(error),
                    repeated,
                };
            };
            tracing::debug!(http.request.method = %self.call.method, attempt, pause_ms = pause.as_millis(), "the call to OpenTrain is retried");
            repeated |= error.is_unclear();
            retry.pause.pause(pause).await;
            attempt += 1;
        }
    }

    /// Whether the call may be repeated after `error`, and the pause that OpenTrain requests.
    fn repeatable(&self, error: &OpenTrainError) -> Option<Option<Duration>> {
        match (self.call.repeat, error.disposition()) {
            // The call has already waited for its turn.
            _ if matches!(error, OpenTrainError::Paused { .. }) => None,
            (Repeat::Safe, Disposition::Transient { after }) => Some(after),
            (Repeat::Read, _) => match error {
                OpenTrainError::Api {
                    status: 502..=504,
                    retry_after,
                    ..
                } => Some(*retry_after),
                OpenTrainError::Timeout { .. }
                | OpenTrainError::Unreachable { .. }
                | OpenTrainError::Broken { .. } => Some(None),
                _ => None,
            },
            // Only a failed connection proves that nothing was executed.
            (Repeat::Unsent, _) if matches!(error, OpenTrainError::Unreachable { .. }) => {
                Some(None)
            }
            _ => None,
        }
    }

    async fn attempt(&self) -> Result<Answer, OpenTrainError> {
        let sent = self.transmit();
        let answer = match self.line.pacer {
            Some(pacer) => pacer.run(self.call.class, sent).await,
            None => sent.await,
        };
        let answer = answer.map_err(|fault| OpenTrainError::from_fault(fault, self.asked()))?;
        if answer.status.is_success() {
            Ok(answer)
        } else {
            Err(self.refusal(&answer))
        }
    }

    async fn transmit(&self) -> Result<Answer, Fault> {
        let (method, url) = (self.call.method.clone(), self.url.clone());
        let http = self.line.http;
        let request = match self.call.api {
            Api::Platform | Api::Public => http.request(method, url),
            Api::Agent => http.unsigned(method, url),
        };
        let request = match &self.body {
            Body::Nothing => request,
            Body::Json(body) => request.json(body),
            Body::Form(body) => request.header(CONTENT_TYPE, FORM).body(body.clone()),
        };
        http.answer(request).await
    }

    fn refusal(&self, answer: &Answer) -> OpenTrainError {
        // An error without OpenTrain's body (for example a proxy's page) is still handled by its status.
        let body: ErrorBody = answer.json().unwrap_or_default();
        let plain = |text: &str| without_tokens(&self.line.http.plain(text, &[]));
        let text = |text: Option<String>| {
            text.map(|text| plain(&text))
                .filter(|text| !text.is_empty())
        };
        let (code, message, details) = match self.call.api {
            Api::Platform => (body.code, body.error, Details::default()),
            Api::Public => (body.code, body.error, Details::read(body.details, &plain)),
            Api::Agent => (body.error, body.error_description, Details::default()),
        };
        OpenTrainError::Api {
            asked: Box::new(self.asked()),
            status: answer.status.as_u16(),
            code: Code::from(text(code).unwrap_or_default().as_str()),
            message: text(message).unwrap_or_default(),
            request_id: text(body.request_id),
            retry_after: answer.retry_after.or(details.retry_after()),
            details: Box::new(details),
        }
    }

    fn asked(&self) -> Asked {
        let below = self
            .url
            .path()
            .strip_prefix(self.line.http.base().path())
            .unwrap_or(self.url.path());
        let path = match self.url.query() {
            Some(query) => format!("{below}?{query}"),
            None => below.to_owned(),
        };
        Asked {
            call: self.call,
            path,
        }
    }
}

/// `{"error", "code", "requestId", "details"?}`; for agents `{"error", "error_description"}`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody {
    #[serde(default, deserialize_with = "lenient::text")]
    error: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    request_id: Option<String>,
    #[serde(
        default,
        rename = "error_description",
        deserialize_with = "lenient::text"
    )]
    error_description: Option<String>,
    #[serde(default)]
    details: Value,
}
