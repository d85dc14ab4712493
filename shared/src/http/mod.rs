//! What the clients of OpenTrain and of the annotation tools share: one way to speak HTTP.
//!
//! - TLS is rustls with ring, the bundled roots of webpki and those of `TLS_CA`; nothing is read from the
//!   machine's trust store, which would cost a function milliseconds at each start.
//! - The base URL is https, or http on this machine. The tool's may be http in a private network, if the
//!   operator allows it.
//! - Redirects are not followed: a token goes to the host that it was given for, and to no other.
//! - An answer is JSON or it isn't parsed, and no answer grows past [`MAX_ANSWER`].
//! - `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are honoured, except on loopback. Proxies are
//!   http, https or SOCKS.

mod answer;
mod base_url;
mod certificate;
mod client;
mod credential;
mod fault;
mod json;
mod observe;
pub(crate) mod pace;
mod plain;
mod proxy;
mod retry;
mod retry_after;
mod roots;

use std::time::Duration;

pub use base_url::{BaseUrl, BaseUrlError, PlainHttp};
pub use client::client;
pub use credential::{Credential, CredentialError};
pub use json::{Listing, Sought, UnreadableElement, UnreadableElements};
pub use observe::{CLOCK_TOLERANCE, Observed, observed};
pub use pace::{Busy, Class, Pacer, PauseRows, SharedPause, for_removal};
pub use proxy::proxy_faults;
pub use retry::{Pause, RetryPolicy, Sleep};
pub use roots::{Roots, RootsError};

pub(crate) use answer::Answer;
pub(crate) use base_url::OddId;
pub(crate) use client::Http;
#[cfg(feature = "aws")]
pub(crate) use client::builder;
pub(crate) use fault::{Fault, cause};
pub(crate) use json::{Element, decode, decode_text, holds_long_integer, rewrite};
pub(crate) use plain::plain;

/// How long a call may take, from connecting to the last byte of the answer, unless it is told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// How long connecting may take, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The most bytes of an answer that are read.
pub const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Why a client can't be made: each is a fault of the settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The base URL can't be used.
    #[error(transparent)]
    BaseUrl(#[from] BaseUrlError),
    /// The token can't be used.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// TLS or the proxy variables of the environment.
    #[error("the HTTP client can't be made; look at HTTPS_PROXY, HTTP_PROXY and ALL_PROXY")]
    Client(#[source] reqwest::Error),
    /// rustls refused its own settings.
    #[error("TLS can't be set up")]
    Tls(#[source] rustls::Error),
}
