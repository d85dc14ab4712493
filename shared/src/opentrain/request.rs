//! Execution of a call: send, check the answer, wait, retry.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::call::{Asked, Call, Repeat};
use super::{Code, Disposition, OpenTrainError, PlatformClient};
use crate::http::Answer;
use crate::model::lenient;

/// A prepared call.
pub(super) struct Request<'a> {
    client: &'a PlatformClient,
    call: &'static Call,
    url: Url,
    body: Option<Value>,
}

/// Result of a call and its attempts.
pub(super) struct Outcome {
    pub(super) result: Result<Answer, OpenTrainError>,
    /// An earlier attempt may have been executed without an answer.
    pub(super) repeated: bool,
}

impl<'a> Request<'a> {
    pub(super) fn new(client: &'a PlatformClient, call: &'static Call, url: Url) -> Self {
        Self {
            client,
            call,
            url,
            body: None,
        }
    }

    pub(super) fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        if !pairs.is_empty() {
            self.url.query_pairs_mut().extend_pairs(pairs);
        }
        self
    }

    pub(super) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
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
        let retry = &self.client.retry;
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
            // It has already waited for its turn.
            _ if matches!(error, OpenTrainError::Paused { .. }) => None,
            (Repeat::Safe, Disposition::Transient { after }) => Some(after),
            // Only a failed connection proves that nothing was executed.
            (Repeat::Unsent, _) if matches!(error, OpenTrainError::Unreachable { .. }) => {
                Some(None)
            }
            _ => None,
        }
    }

    async fn attempt(&self) -> Result<Answer, OpenTrainError> {
        let sent = self.client.http.send(
            self.call.method.clone(),
            self.url.clone(),
            self.body.as_ref(),
        );
        let answer = match &self.client.pacer {
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

    fn refusal(&self, answer: &Answer) -> OpenTrainError {
        // An error without OpenTrain's body (for example a proxy's page) is still handled by its status.
        let body: ErrorBody = answer.json().unwrap_or_default();
        let text = |text: Option<String>| {
            text.map(|text| self.client.http.plain(&text, &[]))
                .filter(|text| !text.is_empty())
        };
        OpenTrainError::Api {
            asked: Box::new(self.asked()),
            status: answer.status.as_u16(),
            code: Code::from(text(body.code).unwrap_or_default().as_str()),
            message: text(body.error).unwrap_or_default(),
            request_id: text(body.request_id),
            retry_after: answer.retry_after,
        }
    }

    fn asked(&self) -> Asked {
        let below = self
            .url
            .path()
            .strip_prefix(self.client.http.base().path())
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

/// `{"error", "code", "requestId", "details"?}`. `details` may quote the request and is not read.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody {
    #[serde(default, deserialize_with = "lenient::text")]
    error: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    request_id: Option<String>,
}
