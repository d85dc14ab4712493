//! Why a request is refused, and how it is answered.

use serde_json::{Value, json};

use super::signature::SignatureFault;

/// Why a request was refused. The answer is the same for all faults of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refused {
    /// The path is not one of a connection.
    #[error("no-such-path")]
    NoSuchPath,
    /// The path takes only these methods.
    #[error("method-not-allowed")]
    MethodNotAllowed(&'static str),
    /// It is not an HTTP/1.1 request.
    #[error("malformed-request")]
    MalformedRequest,
    /// The head is longer than the server takes.
    #[error("head-too-large")]
    HeadTooLarge,
    /// There is no connection of that name here.
    #[error("unknown-connection")]
    UnknownConnection,
    /// The body is over [`MAX_BODY`](super::MAX_BODY).
    #[error("too-large")]
    TooLarge,
    /// The head or the body did not arrive in time.
    #[error("too-slow")]
    TooSlow,
    /// The body broke off, or its framing is wrong.
    #[error("broken-body")]
    BrokenBody,
    /// The signature is missing, unreadable, expired or made with another secret.
    #[error("signature-{0}")]
    Signature(SignatureFault),
    /// The queue did not take it in time, or the connections can't be read: it must be sent again.
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

    /// The header that the answer needs: `Retry-After` in seconds where a retry can help, `Allow` for a wrong method.
    pub fn header(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Unavailable => Some(("retry-after", "30")),
            Self::MethodNotAllowed(methods) => Some(("allow", methods)),
            _ => None,
        }
    }

    /// The answer's JSON: what is wrong, and what to do.
    pub fn body(self) -> Value {
        let error = match self {
            Self::NoSuchPath => {
                "there is nothing here: deliveries go to POST /hooks/{connection}, `default` for a single install"
            }
            Self::UnknownConnection => {
                "no such connection: the URL ends in /hooks/ and the connection's name (`default` for a single install)"
            }
            Self::MethodNotAllowed(methods) => {
                return json!({ "error": format!("this path takes {methods} alone") });
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
                "the signature does not hold: sign the raw body with the endpoint's current secret, at the present time"
            }
            Self::Unavailable => "the delivery could not be stored: send it again",
        };
        json!({ "error": error })
    }
}
