//! Errors of API calls, and how to handle them.

use std::time::Duration;

use super::call::{Api, Asked};
use super::details::Details;
use super::message::{Answered, Said, To, cure};
use super::vocabulary::vocabulary;
use crate::http::Fault;
use crate::model::failure::Failure;

vocabulary! {
    /// The `code` of an error's body.
    Code {
        /// The request is invalid.
        BadRequest = "BAD_REQUEST",
        /// The token is invalid, expired or revoked.
        Unauthorized = "UNAUTHORIZED",
        /// A scope, an active install or app, or the feature is missing.
        Forbidden = "FORBIDDEN",
        /// The resource does not exist for this install.
        NotFound = "NOT_FOUND",
        /// The request conflicts with the current state.
        Conflict = "CONFLICT",
        /// Too many requests.
        RateLimited = "RATE_LIMITED",
        /// OpenTrain failed.
        InternalError = "INTERNAL_ERROR",
    }
}

/// How to handle an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Retry later, not before `after` if it is given.
    Transient {
        /// The `Retry-After` of the answer.
        after: Option<Duration>,
    },
    /// An operator must act: token, scopes, base URL. Retry meanwhile.
    Operator,
    /// A permanent failure: no retry can succeed.
    Wrong,
}

/// Failure of a call to one of the APIs. Texts contain no token, secret or e-mail.
#[derive(Debug, thiserror::Error)]
pub enum OpenTrainError {
    /// OpenTrain answered with an error.
    #[error("OpenTrain answered {} to {asked}{}. {}", Answered(*status, code), Said(message, request_id.as_deref()), cure(self))]
    Api {
        /// The call.
        asked: Box<Asked>,
        /// The HTTP status.
        status: u16,
        /// The body's `code`; an empty [`Code::Other`] if there is none.
        code: Code,
        /// OpenTrain's message, in one line of at most 300 characters; may be empty.
        message: String,
        /// Request id, for OpenTrain's support.
        request_id: Option<String>,
        /// Time after which a retry is permitted.
        retry_after: Option<Duration>,
        /// Known members of the body's `details`; the Platform API's are not read.
        details: Box<Details>,
    },
    /// The rate limit is reached, or OpenTrain has requested a pause: nothing was sent.
    #[error("OpenTrain limits the calls, and {asked} waits for its turn. It is retried.")]
    Paused {
        /// The call.
        asked: Box<Asked>,
        /// Time until there is capacity.
        after: Duration,
    },
    /// No complete answer in time.
    #[error("OpenTrain did not answer {asked} in time. {}", asked.unclear())]
    Timeout {
        /// The call.
        asked: Box<Asked>,
    },
    /// The connection failed, so nothing was executed.
    #[error(
        "OpenTrain can't be reached for {asked}: {}. Check the network, the proxy and OPENTRAIN_BASE_URL.",
        crate::http::cause(source)
    )]
    Unreachable {
        /// The call.
        asked: Box<Asked>,
        /// The network error.
        source: reqwest::Error,
    },
    /// The connection broke before the answer was complete.
    #[error("the connection to OpenTrain broke during {asked}: {}. {}", crate::http::cause(source), asked.unclear())]
    Broken {
        /// The call.
        asked: Box<Asked>,
        /// The network error.
        source: reqwest::Error,
    },
    /// A 2xx that does not match the API.
    #[error("OpenTrain's answer to {asked} is not understood: {why}. Check that OPENTRAIN_BASE_URL is OpenTrain's, and that this bridge is up to date. {}", asked.unclear())]
    Unreadable {
        /// The call.
        asked: Box<Asked>,
        /// The reason. The answer is not quoted.
        why: String,
    },
    /// The base URL redirects. The token was not sent to the target.
    #[error("OpenTrain redirects {asked}{}, and redirects are not followed. Set OPENTRAIN_BASE_URL to the address that answers.", To(to.as_deref()))]
    Redirected {
        /// The call.
        asked: Box<Asked>,
        /// Scheme and host of the target.
        to: Option<String>,
    },
    /// An id that cannot be sent: it is empty, `.` or `..`.
    #[error("`{id}` can't be the id of anything at OpenTrain; nothing was sent")]
    OddId {
        /// The id.
        id: String,
    },
}

impl OpenTrainError {
    /// For tests: an answer to a report of work with this status.
    #[cfg(test)]
    pub(crate) fn of_status(status: u16) -> Self {
        Self::Api {
            asked: Box::new(Asked {
                call: &super::usage::REPORT,
                path: "contracts/ctr_1/usage".to_owned(),
            }),
            status,
            code: Code::from("SOME_CODE"),
            message: String::new(),
            request_id: None,
            retry_after: None,
            details: Box::default(),
        }
    }

    /// How to handle the error, by the status, then by the code, never by the text.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Api {
                status,
                code,
                retry_after,
                ..
            } => by_status(*status, code, *retry_after),
            Self::Paused { after, .. } => Disposition::Transient {
                after: Some(*after),
            },
            Self::Timeout { .. } | Self::Unreachable { .. } | Self::Broken { .. } => {
                Disposition::Transient { after: None }
            }
            // Waiting alone does not fix it, and loses nothing.
            Self::Unreadable { .. } | Self::Redirected { .. } => Disposition::Operator,
            Self::OddId { .. } => Disposition::Wrong,
        }
    }

    /// Whether OpenTrain itself answers that the resource does not exist.
    pub fn is_not_found(&self) -> bool {
        self.own_status() == Some(404)
    }

    /// Whether OpenTrain itself refuses the token.
    pub fn is_refusal(&self) -> bool {
        matches!(self.own_status(), Some(401 | 403))
    }

    /// What to do about an error answer, without OpenTrain's message; otherwise empty.
    pub fn cure(&self) -> String {
        cure(self)
    }

    /// The status, if OpenTrain itself has answered.
    pub fn own_status(&self) -> Option<u16> {
        match self {
            Self::Api { status, .. } if !self.is_of_a_proxy() => Some(*status),
            _ => None,
        }
    }

    /// Whether another server sent the answer, such as a proxy: each error of OpenTrain has a `code`.
    pub(super) fn is_of_a_proxy(&self) -> bool {
        matches!(self, Self::Api { code, .. } if is_missing(code))
    }

    /// Whether the call may have been executed despite the error.
    pub fn is_unclear(&self) -> bool {
        match self {
            // A 408 may come from a proxy that has forwarded the request.
            Self::Api { status, .. } => *status == 408 || *status >= 500,
            Self::Timeout { .. } | Self::Broken { .. } | Self::Unreadable { .. } => true,
            Self::Paused { .. }
            | Self::Unreachable { .. }
            | Self::Redirected { .. }
            | Self::OddId { .. } => false,
        }
    }

    /// The code of an agent's call, such as `slow_down`; the `reason` of the Public API.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Api { asked, code, .. } if asked.call.api == Api::Agent => Some(code.as_str()),
            Self::Api { details, .. } => details.reason.as_deref(),
            _ => None,
        }
    }

    pub(super) fn from_fault(fault: Fault, asked: Asked) -> Self {
        let asked = Box::new(asked);
        match fault {
            Fault::Unsent(source) => Self::Unreachable { asked, source },
            Fault::Busy(busy) => Self::Paused {
                asked,
                after: busy.after,
            },
            Fault::Timeout => Self::Timeout { asked },
            Fault::Broken(source) => Self::Broken { asked, source },
            Fault::Redirected { to, .. } => Self::Redirected { asked, to },
            Fault::Unreadable(why) => Self::Unreadable { asked, why },
        }
    }
}

fn by_status(status: u16, code: &Code, after: Option<Duration>) -> Disposition {
    match (status, code) {
        (401 | 403, _) => Disposition::Operator,
        (408 | 425 | 429 | 500.., _) => Disposition::Transient { after },
        // The code is more specific than the status.
        (_, Code::RateLimited | Code::InternalError) => Disposition::Transient { after },
        (_, Code::Unauthorized | Code::Forbidden) => Disposition::Operator,
        // A proxy's page states nothing about the request.
        (_, code) if is_missing(code) => Disposition::Transient { after },
        _ => Disposition::Wrong,
    }
}

fn is_missing(code: &Code) -> bool {
    code.as_str().is_empty()
}

impl From<OpenTrainError> for Failure {
    fn from(error: OpenTrainError) -> Self {
        let reason = error.to_string();
        match error.disposition() {
            Disposition::Transient { after } => Self {
                after,
                is_paused: matches!(error, OpenTrainError::Paused { .. }),
                ..Self::transient(reason)
            },
            Disposition::Operator => Self::operator(reason),
            Disposition::Wrong => Self::wrong(reason),
        }
    }
}
