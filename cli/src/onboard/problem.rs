//! What a customer reads when something is refused. It names no other customer, no command, and no secret.

use hyper::StatusCode;
use shared::ledger::{MOST_TRIES, OnboardingLink};

/// A refusal.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(super) status: StatusCode,
    pub(super) title: &'static str,
    pub(super) text: String,
    /// Page to return to, with the label of its link.
    pub(super) back: Option<(&'static str, &'static str)>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, title: &'static str, text: impl Into<String>) -> Self {
        Self {
            status,
            title,
            text: text.into(),
            back: None,
        }
    }

    /// The token was not accepted; the customer can enter another one.
    pub(super) fn of_token(text: impl Into<String>) -> Self {
        Self {
            back: Some(("token", "Enter a token")),
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "This token can't be used",
                text,
            )
        }
    }

    /// OpenTrain, the ledger or the store failed. The reason is in the log.
    pub(super) fn later(text: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not now", text)
    }

    pub(super) fn back(self, page: &'static str, label: &'static str) -> Self {
        Self {
            back: Some((page, label)),
            ..self
        }
    }
}

/// A failure of this machine. Writes the reason to the log.
pub(super) fn broken(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a page of onboarding could not be answered");
    Problem::later(
        "Something failed on our side. Your link stays valid: try again in a few minutes.",
    )
}

pub(super) fn unknown_page() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "There is nothing here",
        "The address is not complete, or it was changed. Open the link again as you received it. If that does not help, ask the sender for a new link.",
    )
}

pub(super) fn other_browser() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "Open your link first",
        "This page belongs to a link that was not opened in this browser, or whose cookie is gone. Open the link that you received in this browser, and start from there. Cookies of this site must be allowed.",
    )
}

pub(super) fn forged() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "The form was refused",
        "The form does not come from this site's own page, so nothing was changed. Open the link that you received, and send the form from there.",
    )
}

pub(super) fn expired() -> Problem {
    Problem::new(
        StatusCode::GONE,
        "The link has expired",
        "A link works for seven days. Ask the sender for a new one. Nothing was changed.",
    )
}

pub(super) fn revoked(from: &str) -> Problem {
    Problem::new(
        StatusCode::GONE,
        "The link was revoked",
        format!(
            "This link no longer works. {from} revoked it, or made a newer one. Use the newest link, or ask {from} for one."
        ),
    )
}

pub(super) fn used(from: &str) -> Problem {
    Problem::new(
        StatusCode::GONE,
        "The link was used already",
        format!(
            "A token was stored with this link, in another browser or by another person. If that was you, nothing is left to do. If it was not, tell {from} at once, and disconnect the app at OpenTrain."
        ),
    )
}

pub(super) fn too_many(link: &OnboardingLink) -> Problem {
    tracing::warn!(connection = %link.connection, "a link of `bridge onboard` was tried with too many tokens");
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "Too many tokens",
        format!(
            "This link takes {MOST_TRIES} tokens an hour. Approve again at OpenTrain, and paste the new token in an hour."
        ),
    )
}
