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
mod limits;
mod observe;
pub mod pace;
mod proxy;
mod retry;
mod retry_after;
mod roots;
#[cfg(feature = "contract")]
mod transport;

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
pub use fault::{Fault, SetupError, cause};
pub use limits::{CONNECT_TIMEOUT, MAX_ANSWER, TIMEOUT};
#[cfg(feature = "contract")]
pub use transport::{Transport, carried_by};
