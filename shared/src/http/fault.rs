//! What can keep a request from its answer.

use std::error::Error;

use super::{Busy, certificate};

/// Why there is no answer to look at.
#[derive(Debug)]
pub(crate) enum Fault {
    /// No connection came about: the request was certainly not carried out.
    Unsent(reqwest::Error),
    /// It took too long; whether it was carried out is not known.
    Timeout,
    /// The connection broke; whether it was carried out is not known.
    Broken(reqwest::Error),
    /// The service points elsewhere. `to` is a scheme and a host, never a whole address.
    Redirected { status: u16, to: Option<String> },
    /// Nothing was sent: the service is called too often.
    Busy(Busy),
    /// A 2xx that can't be read; the text says why and quotes none of it.
    Unreadable(String),
}

impl From<reqwest::Error> for Fault {
    fn from(error: reqwest::Error) -> Self {
        // The address is said by the caller, in its own words.
        let error = error.without_url();
        // A time-out while connecting is both; that nothing was sent is worth more.
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

/// The innermost cause, which is the one that says something ("Connection refused"); of a TLS error what to
/// do about it.
pub(crate) fn cause(error: &(dyn Error + 'static)) -> String {
    if let Some(advice) = certificate::advice(error) {
        return advice;
    }
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    super::plain(&cause.to_string(), &[])
}
