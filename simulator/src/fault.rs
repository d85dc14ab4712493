//! Faults as state: what goes wrong, where, and how often.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use tokio::sync::watch;

use crate::{call::Call, refusal::Refusal, server::Line};

/// Something that goes wrong with the next requests that match.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which requests it happens to.
    pub on: On,
    /// How often it happens; `None` is until [`clear_faults`](crate::OpenTrain::clear_faults).
    pub times: Option<u32>,
    /// What happens.
    pub what: What,
}

impl Fault {
    /// Happens to the next `times` matching requests.
    pub fn times(times: u32, on: impl Into<On>, what: What) -> Self {
        let on = on.into();
        let times = Some(times);
        Self { on, times, what }
    }

    /// Happens until the faults are cleared.
    pub fn lasting(on: impl Into<On>, what: What) -> Self {
        let on = on.into();
        let times = None;
        Self { on, times, what }
    }
}

/// Which requests a fault happens to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct On {
    method: Option<String>,
    /// Segments below the base path; `*` stands for any one.
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

    /// One call, its path below the base: `On::call("GET", "/contracts/*/budget")`.
    pub fn call(method: &str, path: &str) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
        }
    }

    fn matches(&self, method: &str, segments: &[&str]) -> bool {
        let same_method = self.method.as_deref().is_none_or(|own| own == method);
        same_method && self.path.as_deref().is_none_or(|own| fits(own, segments))
    }
}

fn fits(pattern: &str, segments: &[&str]) -> bool {
    let pattern: Vec<&str> = pattern.trim_start_matches('/').split('/').collect();
    let mut pairs = pattern.iter().zip(segments);
    pattern.len() == segments.len() && pairs.all(|(part, own)| *part == "*" || part == own)
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum What {
    /// The answer is this status; nothing is done.
    Status {
        /// The status code.
        code: u16,
        /// The seconds in `Retry-After`, where there is one.
        retry_after: Option<u32>,
    },
    /// The request is carried out, then the connection is closed without an answer.
    DropConnectionAfterWrite,
    /// The request is carried out at once and answered this much later.
    Delay(Duration),
    /// The answer is an HTML page with status 200, as from a proxy; nothing is done.
    Garbage,
    /// The answer is an HTML page with this status, as from a proxy; nothing is done.
    Page(u16),
    /// The request is carried out, and its answer contains `with` in place of every `what`: what a careless writer of
    /// JSON makes of it.
    Rewrite {
        /// Text of the answer's body.
        what: String,
        /// Text to stand in its place.
        with: String,
    },
}

impl What {
    /// A status without `Retry-After`.
    pub fn status(code: u16) -> Self {
        let retry_after = None;
        Self::Status { code, retry_after }
    }

    /// One text of the answer's body in place of another.
    pub fn rewrite(what: &str, with: &str) -> Self {
        let (what, with) = (what.to_owned(), with.to_owned());
        Self::Rewrite { what, with }
    }

    /// A 429 that asks for a pause of so many seconds.
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

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The first fault that matches, used up by one.
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

/// Answers a request through a fault, where there is one.
pub(crate) async fn through(
    fault: Option<What>,
    (line, mut stop): (Line, watch::Receiver<bool>),
    refuse: impl FnOnce(Refusal) -> Response,
    carry_out: impl FnOnce() -> Response,
) -> Response {
    match fault {
        None => carry_out(),
        Some(What::Page(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, Html("<!doctype html><title>Not found</title>")).into_response()
        }
        Some(What::Garbage) => Html("<!doctype html><title>Bad gateway</title>").into_response(),
        Some(What::Status { code, retry_after }) => refused(code, retry_after, refuse),
        Some(What::Rewrite { what, with }) => rewritten(carry_out(), &what, &with).await,
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
    }
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
