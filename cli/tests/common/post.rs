//! Deliveries by hand: signed, wrongly signed, or unsigned.

use reqwest::header::HeaderMap;
use serde_json::Value;
use shared::model::clock::{Clock, SystemClock};
use shared::model::signature::WebhookSecret;

use super::canaries;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Reads a response. Asserts that it contains no canary.
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        Self::try_read(response).await.unwrap()
    }

    /// `None` if the answer breaks off.
    async fn try_read(response: reqwest::Response) -> Option<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.text().await.ok()?;
        canaries::assert_none_in(&format!("{headers:?} {body}"));
        Some(Self {
            status,
            headers,
            body,
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A delivery to post.
pub(crate) struct Letter {
    pub(crate) url: String,
    pub(crate) body: Vec<u8>,
    pub(crate) signature: Option<String>,
    pub(crate) delivery: Option<String>,
}

impl Letter {
    /// Signed now.
    pub(crate) fn signed(url: &str, secret: &WebhookSecret, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let signature = Some(secret.sign(&body, SystemClock.now()));
        Self {
            url: url.to_owned(),
            body,
            signature,
            delivery: Some("dlv_by_hand".into()),
        }
    }

    pub(crate) fn with_signature(self, signature: impl Into<String>) -> Self {
        Self {
            signature: Some(signature.into()),
            ..self
        }
    }

    pub(crate) fn unsigned(self) -> Self {
        Self {
            signature: None,
            ..self
        }
    }

    pub(crate) async fn post(self, client: &reqwest::Client) -> Answer {
        self.try_post(client).await.unwrap()
    }

    /// `None` without an answer.
    pub(crate) async fn try_post(self, client: &reqwest::Client) -> Option<Answer> {
        let mut request = client.post(&self.url).body(self.body);
        let headers = [
            ("X-OpenTrain-Signature", self.signature),
            ("X-OpenTrain-Delivery", self.delivery),
        ];
        for (name, value) in headers {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        Answer::try_read(request.send().await.ok()?).await
    }
}
