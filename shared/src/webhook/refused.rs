//! Reasons for refusing a request, and their HTTP answers.

use serde_json::{Value, json};

use crate::model::signature::SignatureFault;

/// Reason for refusing a request. The answer is the same for all signature faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refused {
    /// The path does not belong to a connection.
    #[error("no-such-path")]
    NoSuchPath,
    /// The path accepts only these methods.
    #[error("method-not-allowed")]
    MethodNotAllowed(&'static str),
    /// Not an HTTP/1.1 request.
    #[error("malformed-request")]
    MalformedRequest,
    /// The head exceeds the server's limit.
    #[error("head-too-large")]
    HeadTooLarge,
    /// The connection does not exist.
    #[error("unknown-connection")]
    UnknownConnection,
    /// The body is over [`MAX_BODY`](super::MAX_BODY).
    #[error("too-large")]
    TooLarge,
    /// The head or the body was not received in time.
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
            Self::MalformedRequest | Self::BrokenBody => 400,
            Self::Signature(_) => 401,
            Self::NoSuchPath | Self::UnknownConnection => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::TooSlow => 408,
            Self::TooLarge => 413,
            Self::HeadTooLarge => 431,
            Self::Unavailable => 503,
        }
    }

    /// A header of the answer: `Retry-After` in seconds if a retry can succeed, `Allow` for a wrong method.
    pub fn header(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Unavailable => Some(("retry-after", "30")),
            Self::MethodNotAllowed(methods) => Some(("allow", methods)),
            _ => None,
        }
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
            Self::MethodNotAllowed(methods) => {
                return json!({ "error": format!("this path accepts only {methods}") });
            }
            Self::MalformedRequest => {
                "it is not an HTTP/1.1 request: check the client or the proxy"
            }
            Self::HeadTooLarge => "the request's head is too large: send fewer headers",
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
