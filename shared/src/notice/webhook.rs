//! The incoming webhook of a chat channel: Slack, Mattermost and others take `{"text": …}`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use crate::clock::{Clock, after};
use crate::http::{BaseUrl, BaseUrlError, SetupError, cause, client};

/// How long one post may take: the queue's message waits for it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How long nothing is posted after a post failed, so that a dead webhook costs one time-out and not one
/// for each contract.
const REST: Duration = Duration::from_secs(60);

/// Where crossings are posted. Whoever has the address can post there: it is a secret, and never printed.
#[derive(Clone)]
pub struct Webhook {
    url: SecretString,
    client: reqwest::Client,
    rests_until: Arc<AtomicI64>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook(…)")
    }
}

impl Webhook {
    /// Takes an address: https, or http on this machine; unlike a base URL it may have a query.
    ///
    /// # Errors
    /// [`SetupError`], which never shows the address.
    pub fn new(address: &str) -> Result<Self, SetupError> {
        let url = Url::parse(address.trim()).map_err(|_| BaseUrlError::NotUrl)?;
        let mut bare = url.clone();
        bare.set_query(None);
        let client = client(&BaseUrl::parse(bare.as_str())?, TIMEOUT)?;
        let url = SecretString::from(url.as_str());
        Ok(Self {
            url,
            client,
            rests_until: Arc::new(AtomicI64::new(i64::MIN)),
        })
    }

    /// Whether the last post failed a moment ago.
    pub(super) fn rests(&self, now: Timestamp) -> bool {
        now.as_millisecond() < self.rests_until.load(Ordering::Relaxed)
    }

    /// Posts one text. An error says what to do, and nothing of the address.
    pub(super) async fn post(&self, text: &str, clock: &dyn Clock) -> Result<(), String> {
        let posted = self.send(text).await;
        if posted.is_err() {
            let until = after(clock.now(), REST).as_millisecond();
            self.rests_until.store(until, Ordering::Relaxed);
        }
        posted
    }

    async fn send(&self, text: &str) -> Result<(), String> {
        let request = self.client.post(self.url.expose_secret());
        let answer = request.json(&json!({ "text": text })).send().await;
        // The error's own text would show the address.
        let answer = answer.map_err(|error| match error.without_url() {
            error if error.is_timeout() => "it did not answer in time".to_owned(),
            error => format!("it can't be reached: {}", cause(&error)),
        })?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            status @ (300..=399 | 401 | 403 | 404 | 410) => Err(format!(
                "it answers {status}: make a new incoming webhook and set NOTICE_WEBHOOK_URL to it"
            )),
            status => Err(format!("it answers {status}")),
        }
    }
}
