//! Sends an unsigned request to a webhook's URL. A bridge refuses it with 401; any other answer is a fault.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode};
use shared::http::{BaseUrl, CONNECT_TIMEOUT, Fault, cause, client, tls_fault};
use shared::opentrain::WebhookEndpoint;
use url::Url;

use super::super::findings::{Finding, State, failed, good, note, wrong};
use super::Session;

pub(super) const PART: &str = "endpoints";

const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at the URL of an enabled endpoint of this connection.
pub(super) async fn look(session: &Session, endpoint: &WebhookEndpoint) -> Finding {
    let Ok(url) = Url::parse(&endpoint.url) else {
        return failed(PART, format!("{} has no valid URL", endpoint.id));
    };
    // Without the authorities of TLS_CA, because OpenTrain does not trust them.
    let base = BaseUrl::parse(&url.origin().ascii_serialization());
    let client = match base.map(|base| client(&base, PATIENCE)) {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => return failed(PART, error),
        Err(error) => return failed(PART, format!("{}: {error}", endpoint.id)),
    };
    let request = client.post(url).header(CONTENT_TYPE, "application/json");
    let seen = Seen { session, endpoint };
    match request.body("{}").send().await {
        Ok(answer) => seen.answer(&answer),
        Err(error) => seen.silence(error.into()),
    }
}

/// Whether a bridge answers at the endpoint's URL.
pub(crate) async fn answers(session: &Session, endpoint: &WebhookEndpoint) -> bool {
    look(session, endpoint).await.state == State::Good
}

struct Seen<'a> {
    session: &'a Session,
    endpoint: &'a WebhookEndpoint,
}

impl Seen<'_> {
    fn answer(&self, answer: &Response) -> Finding {
        let status = answer.status();
        let says =
            |what: &str| self.says(&format!("an unsigned request gets {status} there{what}"));
        match status {
            StatusCode::UNAUTHORIZED if answer.headers().contains_key(WWW_AUTHENTICATE) => wrong(
                PART,
                says(", with a request for a password"),
                "let the proxy before the bridge pass POST /hooks/… without a password: deliveries are verified by their signature",
            ),
            StatusCode::UNAUTHORIZED => good(
                PART,
                self.says("it answers there, and refuses what is not signed"),
            ),
            StatusCode::NOT_FOUND => wrong(
                PART,
                says(""),
                format!(
                    "let the URL lead to the bridge with its whole path, and check that the bridge there has the connection `{}`",
                    self.session.name
                ),
            ),
            status if status.is_success() => wrong(
                PART,
                says(": another program than the bridge answers, or signatures are not verified"),
                "let the URL lead to the bridge: no cache or other program before it may answer",
            ),
            status if status.is_redirection() => wrong(
                PART,
                says(""),
                "subscribe to the URL that the redirect leads to: deliveries follow no redirect",
            ),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => note(
                PART,
                says(": the bridge, or a proxy before it, takes no deliveries now"),
                self.log(),
            ),
            _ => wrong(PART, says(""), self.log()),
        }
    }

    fn silence(&self, fault: Fault) -> Finding {
        let error = match fault {
            Fault::Unsent(error) => error,
            Fault::Broken(error) => {
                let why = cause(&error);
                return wrong(
                    PART,
                    self.says(&format!("the connection broke ({why})")),
                    self.log(),
                );
            }
            _ => {
                let seconds = PATIENCE.as_secs();
                return wrong(
                    PART,
                    self.says(&format!("no answer came within {seconds} s")),
                    self.log(),
                );
            }
        };
        if let Some(tls) = tls_fault(&error) {
            let cure = "install a current certificate of a public authority for this name, with its intermediate certificates: OpenTrain accepts no other";
            return wrong(PART, self.says(&format!("TLS fails ({tls})")), cure);
        }
        if error.is_timeout() {
            let seconds = CONNECT_TIMEOUT.as_secs();
            return note(
                PART,
                self.says(&format!("no connection was made within {seconds} s")),
                "open the port to OpenTrain. If deliveries arrive (`bridge status`), only this machine cannot reach the URL, and nothing is to be done",
            );
        }
        let why = cause(&error);
        wrong(
            PART,
            self.says(&format!("nothing listens there ({why})")),
            self.start(),
        )
    }

    fn says(&self, what: &str) -> String {
        format!(
            "{} delivers to {}: {what}",
            self.endpoint.id, self.endpoint.url
        )
    }

    fn start(&self) -> &'static str {
        match self.session.on_machine {
            true => "start `bridge serve`, and check that the URL's host and port lead to it",
            false => "check that the URL is the stack's HookUrl",
        }
    }

    fn log(&self) -> &'static str {
        match self.session.on_machine {
            true => "read the log of `bridge serve`, and that of the proxy before it",
            false => "read the log of the stack's webhook function",
        }
    }
}
