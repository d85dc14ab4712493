//! Members of the bodies of requests.

use crate::opentrain::public::{
    import::FORMATS,
    message::LONGEST_MESSAGE,
    schema::{Kind, Member, TEXT, optional, required},
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
    optional("source", Kind::Object(&SOURCE)),
    optional("format", Kind::OneOf(&FORMATS)),
    optional("job", Kind::Any),
    optional("jsonLd", Kind::Any),
    optional("xml", TEXT),
    optional("externalId", KEY),
    optional("idempotencyKey", KEY),
];
pub(super) const TOKEN: [Member; 3] = [
    optional("name", NAME),
    optional("scopes", Kind::Texts),
    optional("expiresAt", Kind::Time),
];
pub(super) const INVITE: [Member; 1] = [required("freelancerId", ID)];
/// First milestone of a hire.
pub(crate) const FIRST_MILESTONE: [Member; 4] = [
    optional("name", NAME),
    optional("description", TEXT),
    required("amount", Kind::Amount),
    optional("dueDate", Kind::Time),
];
pub(super) const HIRE: [Member; 2] = [
    required("milestone", Kind::Object(&FIRST_MILESTONE)),
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
pub(super) const TOP_UP: [Member; 2] = [
    optional("amountUsd", Kind::Amount),
    optional("amount", Kind::Amount),
];
pub(super) const WEBHOOK: [Member; 2] = [
    required("url", Kind::Text { most: 2048 }),
    required("eventTypes", Kind::Texts),
];
pub(super) const TEAM_INVITE: [Member; 1] = [required("email", Kind::Text { most: 320 })];
