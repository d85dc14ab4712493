//! What is known of a call before it is made.

use std::fmt;

use reqwest::Method;

use super::Scope;
use crate::http::Class;

/// One endpoint of the table.
#[derive(Debug)]
pub(crate) struct Call {
    pub(super) method: Method,
    /// What the token has to hold; nothing where any live token will do.
    pub(super) scope: Option<Scope>,
    /// Whether it may be sent again when the first answer is not known.
    pub(super) repeat: Repeat,
    /// What it is made for, if not for a removal that waits for it.
    pub(super) class: Class,
    /// What a 404 means here, as the end of "OpenTrain knows no …"; and what may be the cause.
    pub(super) missing: &'static str,
    /// What a 409 means here, and what to do.
    pub(super) conflict: &'static str,
}

/// Whether a call may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Twice does what once does.
    Safe,
    /// Twice would do it twice: only when it was certainly not carried out.
    Unsent,
}

impl Call {
    /// A call that may be repeated.
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

    /// A call that would do its work twice.
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

pub(super) const CHANGED: &str = "It changed meanwhile: look at what is there, then try again.";

/// A call that was made: for messages.
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
    /// The end of a message about a call whose outcome is not known.
    pub(super) fn unclear(&self) -> &'static str {
        match self.call.repeat {
            Repeat::Safe => "Sending it again is safe.",
            Repeat::Unsent => {
                "It may have been carried out: look at what is there before trying again."
            }
        }
    }
}
