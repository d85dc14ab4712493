//! Deliveries by hand: signed, badly signed, or not at all.

use reqwest::header::HeaderMap;
use serde_json::Value;
use shared::clock::{Clock, SystemClock};
use shared::delivery::signature::WebhookSecret;

use super::canaries;

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Takes a response in; no answer may give a canary away.
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.text().await.unwrap();
        canaries::assert_none_in(&format!("{headers:?} {body}"));
        Self {
            status,
            headers,
            body,
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A delivery to be posted.
pub(crate) struct Letter {
    pub(crate) url: String,
    pub(crate) body: Vec<u8>,
    pub(crate) signature: Option<String>,
    pub(crate) delivery: Option<String>,
}

impl Letter {
    /// Signed at this moment.
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
        let mut request = client.post(&self.url).body(self.body);
        for (name, value) in [
            ("X-OpenTrain-Signature", self.signature),
            ("X-OpenTrain-Delivery", self.delivery),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        Answer::read(request.send().await.unwrap()).await
    }
}
