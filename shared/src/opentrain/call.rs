//! Fixed properties of the API calls.

use std::fmt;

use reqwest::Method;

use super::Scope;
use crate::http::Class;

/// One endpoint of the table.
#[derive(Debug)]
pub(crate) struct Call {
    pub(super) method: Method,
    /// Required scope; `None` if any live token suffices.
    pub(super) scope: Option<Scope>,
    /// Whether the call may be repeated if its first result is unknown.
    pub(super) repeat: Repeat,
    /// Class of the call, unless a removal waits for it.
    pub(super) class: Class,
    /// Meaning of a 404, as the end of "OpenTrain knows no …", with possible causes.
    pub(super) missing: &'static str,
    /// Meaning of a 409, and what to do.
    pub(super) conflict: &'static str,
}

/// Whether a call may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Idempotent.
    Safe,
    /// Not idempotent: repeated only if the first attempt was certainly not executed.
    Unsent,
}

impl Call {
    /// An idempotent call.
    pub(super) const fn safe(method: Method, scope: Scope, missing: &'static str) -> Self {
        Self {
            method,
            scope: Some(scope),
            repeat: Repeat::Safe,
            class: Class::Look,
            missing,
            conflict: CHANGED,
        }
    }

    /// A call that is not idempotent.
    pub(super) const fn once(method: Method, scope: Scope, missing: &'static str) -> Self {
        Self {
            method,
            scope: Some(scope),
            repeat: Repeat::Unsent,
            class: Class::Look,
            missing,
            conflict: CHANGED,
        }
    }

    /// A call that a grant waits for.
    pub(super) const fn for_grant(mut self) -> Self {
        self.class = Class::Grant;
        self
    }

    pub(super) const fn on_conflict(mut self, text: &'static str) -> Self {
        self.conflict = text;
        self
    }
}

pub(super) const CHANGED: &str = "It changed meanwhile: read the current state, then try again.";

/// A call that was made, for messages.
#[derive(Debug)]
pub struct Asked {
    pub(super) call: &'static Call,
    /// The path below the base, ids percent-encoded, with its query.
    pub(super) path: String,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.call.method, self.path)
    }
}

impl Asked {
    /// The end of a message about a call whose result is unknown.
    pub(super) fn unclear(&self) -> &'static str {
        match self.call.repeat {
            Repeat::Safe => "Sending it again is safe.",
            Repeat::Unsent => {
                "It may have been executed: check the current state before trying again."
            }
        }
    }
}
