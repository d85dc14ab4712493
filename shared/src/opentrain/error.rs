//! What can go wrong with a call, and what has to happen next.

use std::time::Duration;

use super::call::Asked;
use super::message::{Answered, Said, To, cure};
use super::vocabulary::vocabulary;
use crate::http::Fault;

vocabulary! {
    /// The `code` of an error's body.
    Code {
        /// The request is wrong.
        BadRequest = "BAD_REQUEST",
        /// The token is not, or no longer, valid.
        Unauthorized = "UNAUTHORIZED",
        /// A scope, an active install or app, or the feature is missing.
        Forbidden = "FORBIDDEN",
        /// There is no such thing for this install.
        NotFound = "NOT_FOUND",
        /// It contradicts what is there.
        Conflict = "CONFLICT",
        /// Too many requests.
        RateLimited = "RATE_LIMITED",
        /// OpenTrain's own fault.
        InternalError = "INTERNAL_ERROR",
    }
}

/// What has to happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Try again later, not before `after` where it is given.
    Transient {
        /// The `Retry-After` that came with it.
        after: Option<Duration>,
    },
    /// An operator has to act: token, scopes, base URL. Try again meanwhile.
    Operator,
    /// No retry can mend it.
    Wrong,
}

/// Why a call to the Platform API failed. Texts hold no token, no secret and no e-mail.
#[derive(Debug, thiserror::Error)]
pub enum OpenTrainError {
    /// OpenTrain said no.
    #[error("OpenTrain answered {} to {asked}{}. {}", Answered(*status, code), Said(message, request_id.as_deref()), cure(self))]
    Api {
        /// The call.
        asked: Box<Asked>,
        /// The HTTP status.
        status: u16,
        /// The body's `code`; [`Code::Other`] with nothing in it where there was none.
        code: Code,
        /// OpenTrain's own words, in one line of at most 300 characters; may be empty.
        message: String,
        /// To be quoted to OpenTrain's support.
        request_id: Option<String>,
        /// When to come again.
        retry_after: Option<Duration>,
    },
    /// OpenTrain is called as often as it allows, or asked for a pause: nothing was sent.
    #[error("OpenTrain limits the calls, and {asked} waits for its turn. It is tried again.")]
    Paused {
        /// The call.
        asked: Box<Asked>,
        /// When there is room.
        after: Duration,
    },
    /// There was no whole answer in time.
    #[error("OpenTrain did not answer {asked} in time. {}", asked.unclear())]
    Timeout {
        /// The call.
        asked: Box<Asked>,
    },
    /// No connection came about, so nothing was carried out.
    #[error(
        "OpenTrain can't be reached for {asked}: {}. Check the network, the proxy and OPENTRAIN_BASE_URL.",
        crate::http::cause(source)
    )]
    Unreachable {
        /// The call.
        asked: Box<Asked>,
        /// What the network said.
        source: reqwest::Error,
    },
    /// The connection broke before there was a whole answer.
    #[error("the connection to OpenTrain broke during {asked}: {}. {}", crate::http::cause(source), asked.unclear())]
    Broken {
        /// The call.
        asked: Box<Asked>,
        /// What the network said.
        source: reqwest::Error,
    },
    /// A 2xx that isn't what the API page promises.
    #[error("OpenTrain's answer to {asked} is not understood: {why}. Check that OPENTRAIN_BASE_URL is OpenTrain's, and that this bridge is up to date. {}", asked.unclear())]
    Unreadable {
        /// The call.
        asked: Box<Asked>,
        /// Why; nothing of the answer is quoted.
        why: String,
    },
    /// The base URL leads elsewhere; the token was not sent there.
    #[error("OpenTrain redirects {asked}{}, and redirects are not followed. Set OPENTRAIN_BASE_URL to the address that answers.", To(to.as_deref()))]
    Redirected {
        /// The call.
        asked: Box<Asked>,
        /// Scheme and host of the new address.
        to: Option<String>,
    },
    /// An id that can't be sent: it is empty, `.` or `..`.
    #[error("`{id}` can't be the id of anything at OpenTrain; nothing was sent")]
    OddId {
        /// The id.
        id: String,
    },
}

impl OpenTrainError {
    /// An answer to a report of work with this status, for tests.
    #[cfg(test)]
    pub(crate) fn of_status(status: u16) -> Self {
        Self::Api {
            asked: Box::new(Asked {
                call: &super::usage::REPORT,
                path: "contracts/ctr_1/usage".to_owned(),
            }),
            status,
            code: Code::Other(String::new()),
            message: String::new(),
            request_id: None,
            retry_after: None,
        }
    }

    /// What has to happen next; by the status, then by the code, never by the text.
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
            // It will not go away by waiting alone, and waiting loses nothing.
            Self::Unreadable { .. } | Self::Redirected { .. } => Disposition::Operator,
            Self::OddId { .. } => Disposition::Wrong,
        }
    }

    /// Whether OpenTrain says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Api { status: 404, .. })
    }

    /// Whether OpenTrain itself says so: a 404 of a proxy has no `code`.
    pub fn is_known_missing(&self) -> bool {
        let proxy = Code::Other(String::new());
        matches!(self, Self::Api { status: 404, code, .. } if *code != proxy)
    }

    /// Whether the token is refused.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Api {
                status: 401 | 403,
                ..
            }
        )
    }

    /// Whether the call may have been carried out all the same.
    pub(crate) fn is_unclear(&self) -> bool {
        match self {
            // A 408 may be of a proxy that has passed the request on.
            Self::Api { status, .. } => *status == 408 || *status >= 500,
            Self::Timeout { .. } | Self::Broken { .. } | Self::Unreadable { .. } => true,
            Self::Paused { .. }
            | Self::Unreachable { .. }
            | Self::Redirected { .. }
            | Self::OddId { .. } => false,
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
        // A status that says less than its code does.
        (_, Code::RateLimited | Code::InternalError) => Disposition::Transient { after },
        (_, Code::Unauthorized | Code::Forbidden) => Disposition::Operator,
        _ => Disposition::Wrong,
    }
}
