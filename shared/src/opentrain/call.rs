//! Fixed properties of the API calls.

use std::fmt;

use reqwest::Method;

use super::Scope;
use crate::http::Class;

/// One endpoint of a table.
#[derive(Debug)]
pub(crate) struct Call {
    pub(super) api: Api,
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

/// The API that a call belongs to: base path, credential and texts of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    /// With an install's token.
    Platform,
    /// With an employer's token.
    Public,
    /// Identity of agents, without a token. Errors have OAuth's form.
    Agent,
}

/// Whether a call may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Idempotent.
    Safe,
    /// A read of the Public API: repeated after 502, 503, 504 and network faults.
    Read,
    /// Not idempotent: repeated only if the first attempt was certainly not executed.
    Unsent,
}

impl Call {
    /// An idempotent call.
    pub(super) const fn safe(method: Method, scope: Scope, missing: &'static str) -> Self {
        Self::of(Api::Platform, method, Some(scope), Repeat::Safe, missing)
    }

    /// A call that is not idempotent.
    pub(super) const fn once(method: Method, scope: Scope, missing: &'static str) -> Self {
        Self::of(Api::Platform, method, Some(scope), Repeat::Unsent, missing)
    }

    /// A read of the Public API.
    pub(super) const fn read(missing: &'static str) -> Self {
        Self::of(Api::Public, Method::GET, None, Repeat::Read, missing)
    }

    /// A change through the Public API.
    pub(super) const fn write(method: Method, missing: &'static str) -> Self {
        Self::of(Api::Public, method, None, Repeat::Unsent, missing)
    }

    /// A call of an agent that has no token yet.
    pub(super) const fn agent() -> Self {
        let missing = "agents' API at this address: check OPENTRAIN_BASE_URL";
        Self::of(Api::Agent, Method::POST, None, Repeat::Unsent, missing)
    }

    const fn of(
        api: Api,
        method: Method,
        scope: Option<Scope>,
        repeat: Repeat,
        missing: &'static str,
    ) -> Self {
        Self {
            api,
            method,
            scope,
            repeat,
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
            Repeat::Safe | Repeat::Read => "Sending it again is safe.",
            Repeat::Unsent => {
                "It may have been executed: check the current state before trying again."
            }
        }
    }
}
