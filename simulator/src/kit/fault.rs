//! Faults of a server: which requests, which fault, how often.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use tokio::sync::watch;

use super::{call::Call, refusal::Refusal, server::Line};

/// A fault of the next requests that match.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The matching requests.
    pub on: On,
    /// Number of requests; `None` is until [`clear_faults`](crate::OpenTrain::clear_faults).
    pub times: Option<u32>,
    /// The fault.
    pub what: What,
}

impl Fault {
    /// Applies to the next `times` matching requests.
    pub fn times(times: u32, on: impl Into<On>, what: What) -> Self {
        let on = on.into();
        let times = Some(times);
        Self { on, times, what }
    }

    /// Applies until the faults are cleared.
    pub fn lasting(on: impl Into<On>, what: What) -> Self {
        let on = on.into();
        let times = None;
        Self { on, times, what }
    }
}

/// A filter for requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct On {
    method: Option<String>,
    /// Segments below the base path. `*`, and a name in braces, match any one.
    path: Option<String>,
}

impl On {
    /// Every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// Every request with this method.
    pub fn method(method: &str) -> Self {
        let method = Some(method.to_owned());
        Self { method, path: None }
    }

    /// One call, with its path below the base: `On::call("GET", "/contracts/*/budget")`. A path of an OpenAPI
    /// document is accepted too: `/contracts/{contractId}/budget`.
    pub fn call(method: &str, path: &str) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
        }
    }

    /// The method and the path, where they are given.
    pub(crate) fn parts(&self) -> (Option<&str>, Option<&str>) {
        (self.method.as_deref(), self.path.as_deref())
    }

    fn matches(&self, method: &str, segments: &[&str]) -> bool {
        let same_method = self.method.as_deref().is_none_or(|own| own == method);
        same_method && self.path.as_deref().is_none_or(|own| fits(own, segments))
    }
}

fn fits(pattern: &str, segments: &[&str]) -> bool {
    let pattern: Vec<&str> = pattern.trim_start_matches('/').split('/').collect();
    let mut pairs = pattern.iter().zip(segments);
    let any = |part: &str| part == "*" || part.starts_with('{');
    pattern.len() == segments.len() && pairs.all(|(part, own)| any(part) || part == own)
}

/// Kinds of faults.
#[derive(Clone, Debug)]
pub enum What {
    /// Answers with this status and does not execute the request.
    Status {
        /// The status code.
        code: u16,
        /// The seconds in `Retry-After`, if there are any.
        retry_after: Option<u32>,
    },
    /// Executes the request, then closes the connection without an answer. In process there is no connection: the caller
    /// gets the answer.
    DropConnectionAfterWrite,
    /// Executes the request at once and answers it with this delay.
    Delay(Duration),
    /// Answers with an HTML page and status 200, like a proxy, and does not execute the request.
    Garbage,
    /// Answers with an HTML page and this status, like a proxy, and does not execute the request.
    Page(u16),
    /// Executes the request, and replaces every `what` in its answer by `with`, for example with invalid JSON.
    Rewrite {
        /// Text of the answer's body.
        what: String,
        /// The replacement.
        with: String,
    },
}

impl What {
    /// A status without `Retry-After`.
    pub fn status(code: u16) -> Self {
        let retry_after = None;
        Self::Status { code, retry_after }
    }

    /// Its `kind` in the calls below `/sandbox`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::DropConnectionAfterWrite => "drop",
            Self::Delay(_) => "delay",
            Self::Garbage | Self::Page(_) => "garbage",
            Self::Rewrite { .. } => "rewrite",
        }
    }

    /// Replaces a text of the answer's body.
    pub fn rewrite(what: &str, with: &str) -> Self {
        let (what, with) = (what.to_owned(), with.to_owned());
        Self::Rewrite { what, with }
    }

    /// A 429 with `Retry-After: seconds`.
    pub fn rate_limited(seconds: u32) -> Self {
        Self::Status {
            code: 429,
            retry_after: Some(seconds),
        }
    }
}

#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Faults that still apply, in their order.
    pub(crate) fn in_force(&self) -> Vec<Fault> {
        let faults = self.lock();
        let left = faults.iter().filter(|own| own.times != Some(0));
        left.cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The first fault that matches. It is used once.
    pub(crate) fn take(&self, call: &Call, segments: &[&str]) -> Option<What> {
        let mut faults = self.lock();
        faults.retain(|fault| fault.times != Some(0));
        let method = call.method.as_str();
        let at = faults
            .iter()
            .position(|fault| fault.on.matches(method, segments))?;
        let fault = &mut faults[at];
        fault.times = fault.times.map(|left| left - 1);
        Some(fault.what.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks an answer that a fault made, for the list of calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faulted(pub(crate) &'static str);

/// Header of the answers that a fault made.
const MARK: &str = "x-sandbox-fault";

fn marked(mut answer: Response) -> Response {
    answer
        .headers_mut()
        .insert(MARK, HeaderValue::from_static("1"));
    answer
}

/// Answers a request with a fault, if one matches.
pub(crate) async fn through(
    fault: Option<What>,
    (line, mut stop): (Line, watch::Receiver<bool>),
    refuse: impl FnOnce(Refusal) -> Response,
    carry_out: impl FnOnce() -> Response,
) -> Response {
    let name = fault.as_ref().map(What::name);
    let mut answer = match fault {
        None => carry_out(),
        Some(What::Page(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            marked((status, Html("<!doctype html><title>Not found</title>")).into_response())
        }
        Some(What::Garbage) => {
            marked(Html("<!doctype html><title>Bad gateway</title>").into_response())
        }
        Some(What::Status { code, retry_after }) => marked(refused(code, retry_after, refuse)),
        Some(What::Rewrite { what, with }) => marked(rewritten(carry_out(), &what, &with).await),
        Some(What::DropConnectionAfterWrite) => {
            let answer = carry_out();
            line.cut();
            answer
        }
        Some(What::Delay(pause)) => {
            let answer = carry_out();
            let stopped = stop.wait_for(|stopped| *stopped);
            let _ = tokio::time::timeout(pause, stopped).await;
            answer
        }
    };
    if let Some(name) = name {
        answer.extensions_mut().insert(Faulted(name));
    }
    answer
}

async fn rewritten(answer: Response, what: &str, with: &str) -> Response {
    let (mut parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await;
    let body = body.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = String::from_utf8_lossy(&body).replace(what, with);
    Response::from_parts(parts, body.into())
}

fn refused(
    code: u16,
    retry_after: Option<u32>,
    refuse: impl FnOnce(Refusal) -> Response,
) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = refuse(Refusal::new(status, "a fault of the simulator"));
    if let Some(seconds) = retry_after {
        let headers = answer.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}
