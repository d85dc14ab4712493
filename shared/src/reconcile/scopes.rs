//! Scopes of an install that a reconcile needs. Pure.

use super::heard::Heard;
use crate::opentrain::{Install, Scope};

/// Scopes without which a reconcile compares nothing.
const NEEDED: [(Scope, &str); 3] = [
    (Scope::LinksRead, "its project links can't be read"),
    (Scope::ContractsRead, "its contracts can't be read"),
    (
        Scope::ParticipantsRead,
        "the trainers of its contracts can't be read",
    ),
];

/// Adds the scopes that the install lacks to the problems and notes.
pub(super) fn examine(install: &Install, heard: &mut Heard) {
    for (scope, lack) in NEEDED {
        if !install.grants(&scope) {
            let cure = "scope changes reach new installs only: have the customer connect again with it, then run `bridge connect`";
            heard.problem(
                "install",
                format!("{lack}, the scope {scope} is missing; {cure}"),
            );
        }
    }
    if !install.grants(&Scope::WebhooksManage) {
        heard.note("install", "the scope webhooks:manage is missing: whether deliveries reach this bridge can't be seen here");
    }
    if install.grants(&Scope::ParticipantsRead) && !install.shows_emails() {
        heard.note("install", "work e-mails are not shown (the scope participants:email and the customer's consent are both needed): trainers get no access until they are shown");
    }
}
