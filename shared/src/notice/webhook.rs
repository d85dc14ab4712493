//! Incoming webhook of a chat channel. Slack, Mattermost and others accept `{"text": …}`.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use crate::http::{BaseUrl, BaseUrlError, Roots, SetupError, cause, client};

/// Time limit of one post, during which the queue's message waits.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Time without posts after a failed post, so that a broken webhook costs one time-out instead of one per contract.
const REST: Duration = Duration::from_secs(60);

/// URL for posting crossings. It permits posting, so it is a secret and never printed.
#[derive(Clone)]
pub struct Webhook {
    url: SecretString,
    client: reqwest::Client,
    /// The setting that contains the URL.
    setting: &'static str,
    /// Time of the last failed post. A monotonic time, so that setting the clock back does not delay posts.
    failed: Arc<Mutex<Option<Instant>>>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook(…)")
    }
}

impl Webhook {
    /// Parses a URL: https, or http on this machine. Unlike a base URL it may have a query.
    ///
    /// # Errors
    /// [`SetupError`], which never contains the URL.
    pub fn new(address: &str) -> Result<Self, SetupError> {
        Self::trusting(address, Roots::default())
    }

    /// Parses a URL whose certificate is from one of these authorities or a bundled one.
    ///
    /// # Errors
    /// [`SetupError`], which never contains the URL.
    pub fn trusting(address: &str, roots: Roots) -> Result<Self, SetupError> {
        let url = Url::parse(address.trim()).map_err(|_| BaseUrlError::NotUrl)?;
        let mut bare = url.clone();
        bare.set_query(None);
        let base = BaseUrl::parse(bare.as_str())?.trusting(roots);
        Ok(Self {
            url: SecretString::from(url.as_str()),
            client: client(&base, TIMEOUT)?,
            setting: "NOTICE_WEBHOOK_URL",
            failed: Arc::default(),
        })
    }

    /// The same, with the setting that contains the URL, for error texts.
    #[must_use]
    pub fn of_setting(self, setting: &'static str) -> Self {
        Self { setting, ..self }
    }

    /// Whether the last post failed within [`REST`].
    pub(super) fn rests(&self) -> bool {
        let failed = *self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|at| at.elapsed() < REST)
    }

    /// Posts one text without markup. An error contains the fix and not the URL.
    pub(super) async fn post(&self, text: &str) -> Result<(), String> {
        let posted = self.send(&json!({ "text": plain_text(text) })).await;
        let failed = posted.is_err().then(Instant::now);
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = failed;
        posted
    }

    /// Posts a body, whose `text` is [plain](plain_text). An error contains the fix and not the URL.
    pub(super) async fn send(&self, body: &Value) -> Result<(), String> {
        let request = self.client.post(self.url.expose_secret());
        let answer = request.json(body).send().await;
        // The error's own text would contain the URL.
        let answer = answer.map_err(|error| match error.without_url() {
            error if error.is_timeout() => "it did not answer in time".to_owned(),
            error => format!("it can't be reached: {}", cause(&error)),
        })?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            status @ (300..=399 | 401 | 403 | 404 | 410) => Err(format!(
                "it answers {status}: make a new incoming webhook and set {} to it",
                self.setting
            )),
            status => Err(format!("it answers {status}")),
        }
    }
}

/// Escapes a text so that the receiver finds no markup, link or mention: it contains names and ids from other systems.
///
/// Slack and compatible receivers read `<…>` as links and mentions such as `<!channel>`, and require `& < >` escaped.
/// Mattermost, Rocket.Chat and Discord notify at a bare `@all`, `@channel`, `@everyone`, `@here` or `@name`. An
/// invisible zero-width space after the `@` prevents the mention.
pub(super) fn plain_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' | '＠' => out.extend([c, '\u{200b}']),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_contains_no_mentions_and_no_links() {
        let told = plain_text("Contract <!channel> <http://evil|click> & @here, @everyone, a@b");
        assert!(!told.contains(['<', '>']), "{told}");
        assert_eq!(
            told,
            "Contract &lt;!channel&gt; &lt;http://evil|click&gt; &amp; @\u{200b}here, @\u{200b}everyone, a@\u{200b}b"
        );
    }
}
