//! HTTP client for OpenTrain and the annotation tools.
//!
//! - TLS is rustls with ring, with the bundled roots of webpki and those of `TLS_CA`. The machine's trust store is not
//!   read: that would add milliseconds to each cold start of a function.
//! - The base URL is https, or http on this machine. The tool's may be http in a private network, if the operator
//!   allows it.
//! - Redirects are not followed, so a token is only sent to its own host.
//! - Only JSON answers are parsed, up to [`MAX_ANSWER`] bytes.
//! - `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are used, except on loopback. Proxies are http, https or
//!   SOCKS.

mod answer;
mod base_url;
mod certificate;
mod client;
mod credential;
mod fault;
mod observe;
pub mod pace;
mod proxy;
mod retry;
mod retry_after;
mod roots;
#[cfg(feature = "contract")]
mod transport;

use std::time::Duration;

pub use base_url::{BaseUrl, BaseUrlError, PlainHttp};
pub use certificate::tls_fault;
pub use client::client;
pub use credential::{Credential, CredentialError};
pub use observe::{CLOCK_TOLERANCE, Observed, observed};
pub use pace::{Busy, Class, Pacer, PauseRows, SharedPause, for_removal};
pub use proxy::proxy_faults;
pub use retry::{Pause, RetryPolicy, Sleep};
pub use roots::{Roots, RootsError};

pub use answer::Answer;
pub use base_url::OddId;
pub use client::Http;
#[cfg(feature = "aws")]
pub(crate) use client::builder;
pub use fault::{Fault, cause};
#[cfg(feature = "contract")]
pub use transport::{Transport, carried_by};

/// Default time limit of a call, from connecting to the last byte of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// Time limit of connecting, including TLS.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum number of bytes that are read of an answer.
pub const MAX_ANSWER: usize = 8 * 1024 * 1024;

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
