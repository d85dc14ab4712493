//! Reasons for refusing a request, and their HTTP answers.

use serde_json::{Value, json};

use super::signature::SignatureFault;

/// Reason for refusing a request. The answer is the same for all signature faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refused {
    /// The path does not belong to a connection.
    #[error("no-such-path")]
    NoSuchPath,
    /// The connection does not exist.
    #[error("unknown-connection")]
    UnknownConnection,
    /// The body is over [`MAX_BODY`](super::MAX_BODY).
    #[error("too-large")]
    TooLarge,
    /// The body was not received in time.
    #[error("too-slow")]
    TooSlow,
    /// The body ended early, or its framing is invalid.
    #[error("broken-body")]
    BrokenBody,
    /// The signature is missing, unreadable, expired, or made with another secret.
    #[error("signature-{0}")]
    Signature(SignatureFault),
    /// The queue did not store the delivery in time, or the connections are unreadable: the sender must retry.
    #[error("unavailable")]
    Unavailable,
}

impl Refused {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::BrokenBody => 400,
            Self::Signature(_) => 401,
            Self::NoSuchPath | Self::UnknownConnection => 404,
            Self::TooSlow => 408,
            Self::TooLarge => 413,
            Self::Unavailable => 503,
        }
    }

    /// `Retry-After` in seconds, if a retry can succeed.
    pub fn retry_after(self) -> Option<u32> {
        matches!(self, Self::Unavailable).then_some(30)
    }

    /// The answer's JSON: what failed, and what to do.
    pub fn body(self) -> Value {
        let error = match self {
            Self::NoSuchPath => {
                "there is nothing here: deliveries go to POST /hooks/{connection}, `default` for a single install"
            }
            Self::UnknownConnection => {
                "no such connection: the URL ends in /hooks/ and the connection's name (`default` for a single install)"
            }
            Self::TooLarge => "the body is over 262144 bytes",
            Self::TooSlow => "the body did not arrive within 8 s: send it again",
            Self::BrokenBody => {
                "the body ended early or its chunks are malformed: send it again, with the right length"
            }
            Self::Signature(_) => {
                "the signature is invalid: sign the raw body with the endpoint's current secret and the current time"
            }
            Self::Unavailable => "the delivery could not be stored: send it again",
        };
        json!({ "error": error })
    }
}
