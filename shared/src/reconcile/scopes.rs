//! What the customer's grant lets us compare. Pure.

use super::heard::Heard;
use crate::opentrain::{Install, Scope};

/// Without these there is nothing to compare.
const NEEDED: [(Scope, &str); 3] = [
    (Scope::LinksRead, "its project links can't be read"),
    (Scope::ContractsRead, "its contracts can't be read"),
    (
        Scope::ParticipantsRead,
        "the trainers of its contracts can't be read",
    ),
];

/// Whether the token may do what needs `scope`. Scopes that OpenTrain doesn't tell are left to its answers.
pub(super) fn holds(install: &Install, scope: &Scope) -> bool {
    let untold =
        install.scopes.is_empty() && install.token.as_ref().is_none_or(|it| it.scopes.is_empty());
    untold || install.grants(scope)
}

/// Says what the grant lacks.
pub(super) fn examine(install: &Install, heard: &mut Heard) {
    for (scope, lack) in NEEDED {
        if !holds(install, &scope) {
            let cure = "scope changes reach new installs only: have the customer connect again with it, then run `bridge connect`";
            heard.problem(
                "install",
                format!("{lack}, the scope {scope} is missing; {cure}"),
            );
        }
    }
    if !holds(install, &Scope::WebhooksManage) {
        heard.note("install", "the scope webhooks:manage is missing: whether deliveries reach this bridge can't be seen here");
    }
    if holds(install, &Scope::ParticipantsRead) && !install.shows_emails() {
        heard.note("install", "work e-mails are not shown (the scope participants:email and the customer's consent are both needed): trainers get no access until they are shown");
    }
}
