//! The incoming webhook of a chat channel: Slack, Mattermost and others take `{"text": …}`.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use crate::http::{BaseUrl, BaseUrlError, Roots, SetupError, cause, client};

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
    /// When the last post failed. Not a time of day: a clock that is set back must not hold posts up.
    failed: Arc<Mutex<Option<Instant>>>,
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
        Self::trusting(address, Roots::default())
    }

    /// The same, certified by one of these authorities or a bundled one.
    ///
    /// # Errors
    /// [`SetupError`], which never shows the address.
    pub fn trusting(address: &str, roots: Roots) -> Result<Self, SetupError> {
        let url = Url::parse(address.trim()).map_err(|_| BaseUrlError::NotUrl)?;
        let mut bare = url.clone();
        bare.set_query(None);
        let base = BaseUrl::parse(bare.as_str())?.trusting(roots);
        Ok(Self {
            url: SecretString::from(url.as_str()),
            client: client(&base, TIMEOUT)?,
            failed: Arc::default(),
        })
    }

    /// Whether the last post failed a moment ago.
    pub(super) fn rests(&self) -> bool {
        let failed = *self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|at| at.elapsed() < REST)
    }

    /// Posts one text, as text alone. An error says what to do, and nothing of the address.
    pub(super) async fn post(&self, text: &str) -> Result<(), String> {
        let posted = self.send(&plain_text(text)).await;
        let failed = posted.is_err().then(Instant::now);
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = failed;
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

/// A text in which the receiver finds no markup, link or mention: names and ids in it come from others.
///
/// Slack and those who read its format take `<…>` for links and for mentions such as `<!channel>`, and want
/// `& < >` escaped. Mattermost, Rocket.Chat and Discord notify at a bare `@all`, `@channel`, `@everyone`,
/// `@here` or `@name`: a zero-width space after the sign is not seen, and ends the mention.
fn plain_text(text: &str) -> String {
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
    fn a_post_notifies_nobody_and_links_nowhere() {
        let told = plain_text("Contract <!channel> <http://evil|click> & @here, @everyone, a@b");
        assert!(!told.contains(['<', '>']), "{told}");
        assert_eq!(
            told,
            "Contract &lt;!channel&gt; &lt;http://evil|click&gt; &amp; @\u{200b}here, @\u{200b}everyone, a@\u{200b}b"
        );
    }
}
