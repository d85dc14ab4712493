//! Failures of a request, and of setting up a client.

use std::error::Error;

use super::base_url::BaseUrlError;
use super::credential::CredentialError;
use super::{Busy, certificate};

/// Reason why a client cannot be created. Each is a configuration error.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The base URL can't be used.
    #[error(transparent)]
    BaseUrl(#[from] BaseUrlError),
    /// The token can't be used.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// TLS or the proxy variables of the environment are invalid.
    #[error("the HTTP client can't be created: check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY")]
    Client(#[source] reqwest::Error),
    /// rustls refused its own settings.
    #[error("TLS can't be set up")]
    Tls(#[source] rustls::Error),
}

/// Reason why a request has no usable answer.
#[derive(Debug)]
pub enum Fault {
    /// The connection failed: the request was certainly not executed.
    Unsent(reqwest::Error),
    /// The request timed out. Whether it was executed is unknown.
    Timeout,
    /// The connection broke. Whether the request was executed is unknown.
    Broken(reqwest::Error),
    /// The service redirects. `to` is a scheme and a host, never a whole URL.
    Redirected { status: u16, to: Option<String> },
    /// Nothing was sent, because the service is called too often.
    Busy(Busy),
    /// A 2xx with an unreadable body. The text contains the reason and quotes nothing.
    Unreadable(String),
}

impl From<reqwest::Error> for Fault {
    fn from(error: reqwest::Error) -> Self {
        // The caller reports the URL itself.
        let error = error.without_url();
        // A time-out while connecting is both. `Unsent` is more useful, because nothing was sent.
        if error.is_connect() {
            Self::Unsent(error)
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Broken(error)
        }
    }
}

impl From<Busy> for Fault {
    fn from(busy: Busy) -> Self {
        Self::Busy(busy)
    }
}

/// The innermost cause, which is the specific one ("Connection refused"). For a TLS error, its fix.
pub fn cause(error: &(dyn Error + 'static)) -> String {
    if let Some(advice) = certificate::advice(error) {
        return advice;
    }
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    crate::model::plain(&cause.to_string(), &[])
}
