//! Shapes of the answers below `/sandbox`.

use crate::opentrain::{
    openapi::shape::{Part, Shape, has},
    public::approval::APPROVAL,
};

const OK: Part = has("ok", Shape::Flag);
pub(super) const DONE: Shape = Shape::Object(&[OK]);
pub(super) const PROPOSED: Shape = Shape::Object(&[
    has("proposalId", Shape::Text),
    has("trainerId", Shape::Text),
]);
pub(super) const APPROVALS: Shape = Shape::Object(&[has("approvals", Shape::List(&APPROVAL))]);
pub(super) const ONE_APPROVAL: Shape = Shape::Object(&[has("approval", APPROVAL)]);
pub(super) const ORGANIZATION_ID: Shape = Shape::Object(&[has("organizationId", Shape::Text)]);
pub(super) const NEW_TOKEN: Shape = Shape::Object(&[
    has("token", Shape::Text),
    has("tokenId", Shape::Text),
    has("organizationId", Shape::Text),
]);
pub(super) const NEW_INSTALL: Shape = Shape::Object(&[
    has("installId", Shape::Text),
    has("token", Shape::Text),
    has("organizationId", Shape::Text),
]);
pub(super) const RESET: Shape = Shape::Object(&[OK, has("now", Shape::Time)]);
pub(super) const ADVANCED: Shape = Shape::Object(&[
    has("now", Shape::Time),
    has("settled", Shape::Flag),
    has("fired", Shape::List(&FIRED)),
]);
/// An attempt of a delivery.
const FIRED: Shape = Shape::Object(&[
    has("api", Shape::OneOf(&["platform", "public"])),
    has("deliveryId", Shape::Text),
    has("eventId", Shape::Text),
    has("eventType", Shape::Text),
    has("endpointId", Shape::Text),
    has("at", Shape::Time),
    has("outcome", Shape::Any),
    has("status", Shape::OneOf(&["PENDING", "DELIVERED", "FAILED"])),
]);
pub(super) const TRAINER_ID: Shape = Shape::Object(&[has("trainerId", Shape::Text)]);
pub(super) const MESSAGE_ID: Shape = Shape::Object(&[has("messageId", Shape::Text)]);
pub(super) const NOW: Shape = Shape::Object(&[has("now", Shape::Time)]);
