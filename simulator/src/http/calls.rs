//! The last requests to the APIs.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::kit::{call::Call, clock::iso, fault::Faulted, mask::masked, refusal::Refusal};

const MOST: usize = 500;

/// The error in an answer.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) code: String,
    /// The rule that refused.
    pub(crate) message: String,
    pub(crate) details: Option<Value>,
}

impl Refused {
    fn masked(self) -> Self {
        let details = self.details.map(|own| masked(&own.to_string()));
        Self {
            code: self.code,
            message: masked(&self.message),
            details: details.and_then(|own| serde_json::from_str(&own).ok()),
        }
    }
}

/// Keeps the reason of an error in its answer, for the list of calls.
pub(crate) fn with_refusal(
    mut answer: Response,
    code: impl Into<String>,
    refusal: Refusal,
) -> Response {
    answer.extensions_mut().insert(Refused {
        code: code.into(),
        message: refusal.message,
        details: refusal.details,
    });
    answer
}

/// A request and its answer, without credentials and bodies.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Number of the request since the start.
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) api: &'static str,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) address: String,
    pub(crate) status: u16,
    pub(crate) refused: Option<Refused>,
    /// The kind of the fault that was applied.
    pub(crate) fault: Option<&'static str>,
    pub(crate) took: Duration,
}

impl Seen {
    pub(crate) fn body(&self) -> Value {
        let refused = self.refused.as_ref();
        json!({
            "number": self.number,
            "at": iso(self.at),
            "api": self.api,
            "method": self.method,
            "path": self.address,
            "status": self.status,
            "code": refused.map(|own| &own.code),
            "error": refused.map(|own| &own.message),
            "details": refused.and_then(|own| own.details.as_ref()),
            "fault": self.fault,
            "durationMs": self.took.as_millis() as u64,
        })
    }
}

#[derive(Default)]
pub(crate) struct Calls(Mutex<(u64, VecDeque<Seen>)>);

impl Calls {
    /// Records an answer, and forgets the oldest one if there are too many.
    pub(crate) fn record(
        &self,
        (api, call): (&'static str, &Call),
        answer: &Response,
        (at, took): (Timestamp, Duration),
    ) {
        let refused = answer.extensions().get::<Refused>().cloned();
        let mut calls = self.lock();
        calls.0 += 1;
        let seen = Seen {
            number: calls.0,
            at,
            api,
            method: call.method.to_string(),
            address: masked(&call.address()),
            status: answer.status().as_u16(),
            refused: refused.map(Refused::masked),
            fault: answer.extensions().get::<Faulted>().map(|own| own.0),
            took,
        };
        calls.1.push_back(seen);
        if calls.1.len() > MOST {
            calls.1.pop_front();
        }
    }

    /// Newest first.
    pub(crate) fn all(&self) -> Vec<Seen> {
        self.lock().1.iter().rev().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().1.clear();
    }

    fn lock(&self) -> MutexGuard<'_, (u64, VecDeque<Seen>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
