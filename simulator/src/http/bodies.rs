//! Members of the bodies of requests.

use crate::{
    kit::schema::{Checked, Form, Kind, Member, Rule, TEXT, optional, required},
    market::{
        data::{
            account::is_email, message::LONGEST_MESSAGE, scope::TokenScope, update::UpdateKind,
        },
        import::FORMATS,
    },
    model::milestone::NewMilestone,
};

const NAME: Kind = Kind::Text { most: 120 };
const ID: Kind = Kind::Text { most: 64 };
const KEY: Kind = Kind::Text { most: 200 };

const SOURCE: [Member; 4] = [
    required("type", KEY),
    required("text", TEXT),
    optional("externalId", KEY),
    optional("idempotencyKey", KEY),
];
pub(super) const DRAFT: [Member; 8] = [
    optional("rawJobDescription", TEXT),
    optional("source", Kind::Object(&SOURCE, Rule::Free)),
    optional("format", Kind::OneOf(&FORMATS)),
    optional("job", Kind::Any),
    optional("jsonLd", Kind::Any),
    optional("xml", TEXT),
    optional("externalId", KEY),
    optional("idempotencyKey", KEY),
];
pub(super) const TOKEN: [Member; 3] = [
    optional("name", NAME),
    optional("scopes", Kind::Scopes(&TokenScope::NAMES)),
    optional("expiresAt", Kind::Time),
];
pub(super) const INVITE: [Member; 1] = [required("freelancerId", ID)];
/// First milestone of a hire.
pub(crate) const FIRST_MILESTONE: Kind =
    Kind::Object(&TERMS, Rule::AnyOf(&["name", "description"]));
const TERMS: [Member; 4] = [
    optional("name", NAME),
    optional("description", TEXT),
    required("amount", Kind::Amount),
    optional("dueDate", Kind::Time),
];
pub(super) const HIRE: [Member; 2] = [
    required("milestone", FIRST_MILESTONE),
    optional("confirmNotFit", Kind::Flag),
];
pub(crate) const MESSAGE: [Member; 2] = [
    required("conversationId", ID),
    required(
        "content",
        Kind::Text {
            most: LONGEST_MESSAGE,
        },
    ),
];
pub(super) const MILESTONE: [Member; 5] = [
    required("description", TEXT),
    optional("name", NAME),
    optional("amountUsd", Kind::Amount),
    optional("volume", Kind::Amount),
    optional("dueDate", Kind::Time),
];
const TOP_UP_AMOUNT: Kind = Kind::Between {
    least: 10,
    most: 10_000,
};
pub(super) const TOP_UP: [Member; 2] = [
    optional("amountUsd", TOP_UP_AMOUNT),
    optional("amount", TOP_UP_AMOUNT),
];
pub(super) const WEBHOOK: [Member; 2] = [
    required("url", Kind::Hook),
    required("eventTypes", Kind::Names(&UpdateKind::NAMES)),
];
pub(crate) const EMAIL: Kind = Kind::Form(&Form {
    pattern: r"^[^@\s]+@[^@\s.][^@\s]*\.[^@\s]*$",
    most: 320,
    fits: is_email,
    expected: "must be an e-mail address",
});
pub(super) const TEAM_INVITE: [Member; 1] = [required("email", EMAIL)];

/// The member `milestone` of a hire.
pub(crate) fn first_milestone(body: &Checked) -> NewMilestone {
    let milestone = body.object("milestone").unwrap_or_default();
    let text = |name: &str| milestone.text(name).map(str::to_owned);
    NewMilestone {
        name: text("name"),
        description: text("description").unwrap_or_default(),
        amount_usd: milestone.number("amount").unwrap_or_default(),
        volume: None,
        due_date: text("dueDate"),
    }
}
