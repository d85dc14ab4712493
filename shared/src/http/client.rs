//! Sends one request and reads one answer.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, redirect};
use serde_json::Value;
use url::Url;

use super::{
    Answer, BaseUrl, CONNECT_TIMEOUT, Credential, Fault, OddId, Roots, SetupError, observe, pace,
};
use crate::model::clock::Clock;
use crate::model::plain;

/// Maximum number of times that a request is sent if the service answers 429.
const MOST_SENDS: u8 = 4;

/// Sends requests to one service with one credential. Cheap to clone: clones share connections.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    base: BaseUrl,
    credential: Credential,
    clock: Arc<dyn Clock>,
    #[cfg(feature = "contract")]
    transport: Option<Arc<dyn super::Transport>>,
}

impl Http {
    /// A client for `base`. `timeout` limits each call from start to end.
    pub fn new(
        base: BaseUrl,
        credential: Credential,
        timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetupError> {
        let client = client(&base, timeout)?;
        Ok(Self {
            client,
            base,
            credential,
            clock,
            #[cfg(feature = "contract")]
            transport: None,
        })
    }

    /// The same service, over a transport in place of the network.
    #[cfg(feature = "contract")]
    pub(crate) fn over(&self, transport: Arc<dyn super::Transport>, clock: Arc<dyn Clock>) -> Self {
        Self {
            transport: Some(transport),
            clock,
            ..self.clone()
        }
    }

    /// The same service and connections, with another credential.
    pub fn with_credential(&self, credential: Credential) -> Self {
        Self {
            credential,
            ..self.clone()
        }
    }

    /// Base URL of the service.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// The URL of a path below the base.
    pub fn url(&self, segments: &[&str]) -> Result<Url, OddId> {
        self.base.join(segments)
    }

    /// Makes the service's text safe to show: one short line without e-mail addresses, without `known`, and without the
    /// credential.
    pub fn plain(&self, text: &str, known: &[&str]) -> String {
        let known: Vec<_> = known
            .iter()
            .copied()
            .chain([self.credential.token()])
            .collect();
        plain(text, &known)
    }

    /// Sends once and reads the answer, with any status. A redirect is a fault.
    pub async fn send(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Answer, Fault> {
        let request = self.client.request(method, url);
        self.finish(
            request.header(AUTHORIZATION, self.credential.header()),
            body,
        )
        .await
    }

    /// Posts without the credential, for a body that contains its own.
    pub async fn post_unsigned(&self, url: Url, body: &Value) -> Result<Answer, Fault> {
        self.finish(self.client.post(url), Some(body)).await
    }

    async fn finish(&self, request: RequestBuilder, body: Option<&Value>) -> Result<Answer, Fault> {
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.answer(request).await
    }

    /// A request without the credential, for calls that authenticate in another way.
    pub fn unsigned(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// A request with the credential, for options that [`send`](Self::send) does not have.
    pub fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.client.request(method, url);
        request.header(AUTHORIZATION, self.credential.header())
    }

    /// Waits for its turn, sends a request and reads the answer, with any status. A redirect is a fault. A request that
    /// the service answered with 429 was not executed, and is sent again.
    pub async fn answer(&self, mut request: RequestBuilder) -> Result<Answer, Fault> {
        for tries_left in (0..MOST_SENDS).rev() {
            pace::admit().await?;
            let again = request.try_clone();
            let outcome = self.open(request).await;
            observe::note(&self.base, &outcome, self.clock.as_ref());
            let answer = Answer::read(outcome?, self.clock.as_ref()).await?;
            let is_refused = pace::heard(answer.status.as_u16(), answer.retry_after).await;
            match again {
                Some(again) if is_refused && tries_left > 0 => request = again,
                _ => return Ok(answer),
            }
        }
        Err(Fault::Timeout)
    }

    /// Sends a request once and returns its response, whose body the caller reads in pieces.
    pub async fn open(&self, request: RequestBuilder) -> Result<reqwest::Response, Fault> {
        #[cfg(feature = "contract")]
        if let Some(transport) = self.transport.clone().or_else(super::transport::of_task) {
            return super::transport::send(&transport, request).await;
        }
        Ok(request.send().await?)
    }
}

/// A client without credential for the service at `base`, with our TLS, time-outs and no redirects.
///
/// # Errors
/// [`SetupError`] if TLS or the proxy variables can't be used.
pub fn client(base: &BaseUrl, timeout: Duration) -> Result<reqwest::Client, SetupError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    builder(
        base.is_loopback(),
        base.roots(),
        CONNECT_TIMEOUT.min(timeout),
    )?
    .default_headers(headers)
    .timeout(timeout)
    .build()
    .map_err(SetupError::Client)
}

/// Common settings of all our clients: TLS, no redirects, and no proxy to this machine.
pub(crate) fn builder(
    loopback: bool,
    roots: &Roots,
    connect_timeout: Duration,
) -> Result<reqwest::ClientBuilder, SetupError> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls(roots)?)
        .user_agent(concat!("opentrain-bridge/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(connect_timeout);
    Ok(if loopback {
        builder.no_proxy()
    } else {
        builder
    })
}

/// The provider is passed explicitly: nothing process-wide is installed, and a dependency that enables another provider
/// cannot make the choice ambiguous at run time.
fn tls(roots: &Roots) -> Result<rustls::ClientConfig, SetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(SetupError::Tls)?
        .with_root_certificates(roots.store())
        .with_no_client_auth();
    Ok(config)
}
