//! The client: base URL, token, time limits and retries.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::call::Call;
use super::request::{Line, Request};
use super::{OpenTrainError, Paces};
use crate::http::{self, BaseUrl, Credential, Http, OddId, Pacer, RetryPolicy, SetupError};
use crate::model::clock::{Clock, SystemClock};

/// Path of the API below OpenTrain's origin.
const API: &str = "/api/partner/v1";

/// Options of a client.
#[derive(Clone)]
pub struct Options {
    /// Time limit of one attempt.
    pub timeout: Duration,
    /// Retries.
    pub retry: RetryPolicy,
    /// Clock for dates in `Retry-After`.
    pub clock: Arc<dyn Clock>,
    /// Paces of the tokens. Without them, each call is sent at once.
    pub paces: Option<Paces>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: http::TIMEOUT,
            retry: RetryPolicy::default(),
            clock: Arc::new(SystemClock),
            paces: None,
        }
    }
}

/// The Platform API, for one install's token. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct PlatformClient {
    pub(super) http: Http,
    pub(super) retry: RetryPolicy,
    /// Pace of this token.
    pub(super) pacer: Option<Arc<Pacer>>,
    paces: Option<Paces>,
}

impl fmt::Debug for PlatformClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlatformClient({})", self.http.base())
    }
}

impl PlatformClient {
    /// Creates a client for OpenTrain at `base_url`, its origin, such as `https://app.opentrain.ai`.
    ///
    /// # Errors
    /// [`SetupError`] if the URL or the token can't be used.
    pub fn new(base_url: &str, token: &SecretString, options: Options) -> Result<Self, SetupError> {
        Self::at(BaseUrl::parse(base_url)?, token, options)
    }

    /// Creates a client for a parsed base URL.
    ///
    /// # Errors
    /// [`SetupError`] if the token can't be used.
    pub fn at(base: BaseUrl, token: &SecretString, options: Options) -> Result<Self, SetupError> {
        let http = Http::new(
            base.with_suffix(API),
            Credential::bearer(token)?,
            options.timeout,
            options.clock,
        )?;
        Ok(Self {
            http,
            retry: options.retry,
            pacer: options.paces.as_ref().map(|paces| paces.of(token)),
            paces: options.paces,
        })
    }

    /// The same connections with another install's token: one connection pool for all customers.
    ///
    /// # Errors
    /// [`SetupError::Credential`] if the token can't be used.
    pub fn with_token(&self, token: &SecretString) -> Result<Self, SetupError> {
        let http = self.http.with_credential(Credential::bearer(token)?);
        Ok(Self {
            http,
            retry: self.retry.clone(),
            pacer: self.paces.as_ref().map(|paces| paces.of(token)),
            paces: self.paces.clone(),
        })
    }

    /// The same client over a transport in place of the network, without paces.
    #[cfg(feature = "contract")]
    #[must_use]
    pub fn over(&self, transport: Arc<dyn http::Transport>, clock: Arc<dyn Clock>) -> Self {
        Self {
            http: self.http.over(transport, clock),
            ..self.clone()
        }
    }

    /// Starts a call to the path `segments`.
    pub(super) fn ask(
        &self,
        call: &'static Call,
        segments: &[&str],
    ) -> Result<Request<'_>, OpenTrainError> {
        let url = self
            .http
            .url(segments)
            .map_err(|OddId(id)| OpenTrainError::OddId { id })?;
        let line = Line {
            http: &self.http,
            retry: &self.retry,
            pacer: self.pacer.as_ref(),
        };
        Ok(Request::new(line, call, url))
    }
}
