//! Shapes of the answers below `/sandbox`.

use super::webhooks::STATUSES;
use crate::{
    kit::shape::{Part, Shape, TEXTS, has, or_null},
    market::data::approval::APPROVAL,
    model::{hook::EndpointStatus, resend::Resend},
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
/// An API with webhooks.
const HOOK_API: Shape = Shape::OneOf(&["platform", "public"]);
const ANY_API: Shape = Shape::OneOf(&["platform", "public", "agent"]);
/// An attempt of a delivery.
const FIRED: Shape = Shape::Object(&[
    has("api", HOOK_API),
    has("deliveryId", Shape::Text),
    has("eventId", Shape::Text),
    has("eventType", Shape::Text),
    has("endpointId", Shape::Text),
    has("at", Shape::Time),
    has("outcome", Shape::Any),
    has("status", Shape::OneOf(&STATUSES)),
]);
pub(super) const TRAINER_ID: Shape = Shape::Object(&[has("trainerId", Shape::Text)]);
pub(super) const MESSAGE_ID: Shape = Shape::Object(&[has("messageId", Shape::Text)]);
pub(super) const NOW: Shape = Shape::Object(&[has("now", Shape::Time)]);
pub(super) const REGISTERED: Shape = Shape::Object(&[OK, has("consentUrl", Shape::Url)]);
pub(super) const POSTED: Shape =
    Shape::Object(&[has("jobId", Shape::Text), has("jobUrl", Shape::Url)]);
pub(super) const CONTRACT_ID: Shape = Shape::Object(&[has("contractId", Shape::Text)]);
pub(super) const MILESTONE_ID: Shape = Shape::Object(&[has("milestoneId", Shape::Text)]);

pub(super) const ENDPOINTS: Shape = Shape::Object(&[has("endpoints", Shape::List(&ENDPOINT))]);
const ENDPOINT: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("api", HOOK_API),
    has("owner", Shape::Text),
    has("url", Shape::Url),
    has("eventTypes", TEXTS),
    has("status", Shape::OneOf(&EndpointStatus::NAMES)),
    has("createdAt", Shape::Time),
    has("consecutiveFailures", Shape::Whole),
    has("failNext", Shape::Whole),
    or_null("disabledAt", Shape::Time),
    or_null("disabledReason", Shape::Text),
]);

pub(super) const DELIVERIES: Shape = Shape::Object(&[
    has("deliveries", Shape::List(&Shape::Object(&DELIVERY))),
    or_null("nextCursor", Shape::Text),
]);
pub(super) const ONE_DELIVERY: Shape = Shape::Object(&[has(
    "delivery",
    Shape::Named("Delivery", &[&DELIVERY, &[has("body", Shape::Text)]]),
)]);
const DELIVERY: [Part; 8] = [
    has("id", Shape::Text),
    has("api", HOOK_API),
    has("endpointId", Shape::Text),
    has("eventId", Shape::Text),
    has("eventType", Shape::Text),
    has("status", Shape::OneOf(&STATUSES)),
    or_null("nextAttemptAt", Shape::Time),
    has("attempts", Shape::List(&ATTEMPT)),
];
const ATTEMPT: Shape = Shape::Object(&[
    has("at", Shape::Time),
    has("outcome", Shape::Any),
    has("durationMs", Shape::Whole),
    has("signature", Shape::Text),
    has("simulated", Shape::Flag),
    has("replay", Shape::Flag),
    or_null("resent", Shape::OneOf(&Resend::NAMES)),
]);

pub(super) const CALLS: Shape = Shape::Object(&[has("calls", Shape::List(&CALL))]);
/// The answer of `Seen::body`.
const CALL: Shape = Shape::Object(&[
    has("number", Shape::Whole),
    has("at", Shape::Time),
    has("api", ANY_API),
    has("method", Shape::Text),
    has("path", Shape::Text),
    has("status", Shape::Whole),
    or_null("code", Shape::Text),
    or_null("error", Shape::Text),
    or_null("details", Shape::Any),
    or_null("fault", Shape::Text),
    has("durationMs", Shape::Whole),
]);

pub(super) const FAULTS: Shape = Shape::Object(&[has("faults", Shape::List(&FAULT))]);
const FAULT: Shape = Shape::Object(&[
    has("api", ANY_API),
    has(
        "kind",
        Shape::OneOf(&["status", "drop", "delay", "garbage", "rewrite"]),
    ),
    or_null("method", Shape::Text),
    or_null("path", Shape::Text),
    or_null("times", Shape::Whole),
    or_null("status", Shape::Whole),
    or_null("retryAfterSeconds", Shape::Whole),
    or_null("delaySeconds", Shape::Whole),
]);
