//! Members of the bodies below `/sandbox`.

use crate::{
    http::bodies::{EMAIL, FIRST_MILESTONE},
    kit::schema::{Form, Kind, MOST_WHOLE, Member, TEXT, optional, required},
    market::{
        data::{
            feature::{Feature, Rollout},
            proposal::ProposalStatus,
            scope::TokenScope,
        },
        draft::PAYMENT_TYPES,
    },
    model::{
        app::{LONGEST_SLUG, is_slug},
        hook::EndpointStatus,
        resend::Resend,
        scope::Scope,
        trainer::is_work_email,
    },
};

const METHODS: [&str; 2] = ["card", "credits"];
const ID: Kind = Kind::Text { most: 200 };
const TOTAL: Kind = Kind::Whole {
    least: 0,
    most: MOST_WHOLE,
};
/// A count or a number of seconds that fits into 32 bits.
const SMALL: Kind = Kind::Whole {
    least: 1,
    most: u32::MAX as u64,
};
const STATUS: Kind = Kind::Whole {
    least: 400,
    most: 599,
};
const WORK_EMAIL: Kind = Kind::Form(&Form {
    pattern: r"^[^@\s]+@opentrain\.work$",
    most: 200,
    fits: is_work_email,
    expected: "must be an e-mail of opentrain.work",
});
const SLUG: Kind = Kind::Form(&Form {
    pattern: "^[a-z0-9-]{1,50}$",
    most: LONGEST_SLUG,
    fits: is_slug,
    expected: "must consist of a-z, 0-9 and -",
});
const DURATION: Kind = Kind::Form(&Form {
    pattern: "^P[0-9DTHMS]{2,40}$",
    most: 41,
    fits: |text| text.strip_prefix('P').is_some_and(is_duration),
    expected: "must be an ISO 8601 duration, for example PT30M or P1D",
});

pub(super) const PROPOSAL: [Member; 4] = [
    required("jobId", ID),
    optional("trainerId", ID),
    optional("bidUsd", Kind::Amount),
    optional("interview", Kind::Flag),
];
pub(super) const REVIEW: [Member; 1] = [required("status", Kind::OneOf(&ProposalStatus::REVIEWED))];
pub(super) const RESEND: [Member; 1] = [optional("as", Kind::OneOf(&Resend::NAMES))];
pub(super) const CONFIRM: [Member; 2] = [
    optional("paymentMethod", Kind::OneOf(&METHODS)),
    optional("milestone", FIRST_MILESTONE),
];
pub(super) const CLAIM: [Member; 1] = [optional("email", EMAIL)];
pub(super) const TOKEN: [Member; 4] = [
    required("scopes", Kind::Scopes(&TokenScope::NAMES)),
    optional("name", ID),
    optional("organizationId", ID),
    optional("userId", ID),
];
pub(super) const INSTALL: [Member; 4] = [
    required("appSlug", SLUG),
    required("scopes", Kind::Names(&Scope::NAMES)),
    required("piiConsent", Kind::Flag),
    optional("organizationId", ID),
];
pub(super) const WORK: [Member; 6] = [
    required("projectId", ID),
    required("trainerId", ID),
    required("workDate", Kind::Day),
    optional("totalSeconds", TOTAL),
    optional("tasksCompleted", TOTAL),
    optional("labelsCompleted", TOTAL),
];
pub(super) const TRAINER: [Member; 5] = [
    optional("displayName", ID),
    optional("country", ID),
    optional("workEmail", WORK_EMAIL),
    optional("available", Kind::Flag),
    optional("hourlyRateUsd", Kind::Amount),
];
pub(super) const ORGANIZATION: [Member; 2] = [
    optional("cardOnFile", Kind::Flag),
    optional("teamsEnabled", Kind::Flag),
];
pub(super) const FEATURE: [Member; 3] = [
    required("feature", Kind::OneOf(&Feature::NAMES)),
    required("mode", Kind::OneOf(&Rollout::MODES)),
    optional("organizationIds", Kind::Texts),
];
pub(super) const REGISTRATION: [Member; 1] = [required("enabled", Kind::Flag)];
pub(super) const CLOCK: [Member; 1] = [required("advance", DURATION)];
pub(super) const FAULT: [Member; 8] = [
    required("kind", Kind::OneOf(&["status", "drop", "delay", "garbage"])),
    optional("api", Kind::OneOf(&["platform", "public", "agent"])),
    optional("method", ID),
    optional("path", ID),
    optional("times", SMALL),
    optional("status", STATUS),
    optional("retryAfterSeconds", SMALL),
    optional("delaySeconds", SMALL),
];

pub(super) const APP: [Member; 5] = [
    required("slug", SLUG),
    required("name", Kind::Text { most: 120 }),
    optional("description", Kind::Text { most: 500 }),
    required("scopes", Kind::Names(&Scope::NAMES)),
    optional("redirectUris", Kind::Texts),
];
pub(super) const JOB: [Member; 4] = [
    required("title", Kind::Text { most: 300 }),
    optional("paymentType", Kind::OneOf(&PAYMENT_TYPES)),
    optional("price", Kind::Amount),
    optional("organizationId", ID),
];
pub(super) const HIRE: [Member; 2] = [
    required("milestone", FIRST_MILESTONE),
    optional("paymentMethod", Kind::OneOf(&METHODS)),
];
pub(super) const FUND: [Member; 4] = [
    optional("name", TEXT),
    optional("volume", Kind::Amount),
    optional("amountUsd", Kind::Amount),
    optional("paymentMethod", Kind::OneOf(&METHODS)),
];
/// Time that is tracked at once: at most about a year.
const HOURS: Kind = Kind::Between {
    least: 0,
    most: 10_000,
};
pub(super) const TIME: [Member; 1] = [required("hours", HOURS)];
pub(super) const ENDPOINT: [Member; 2] = [
    optional("status", Kind::OneOf(&EndpointStatus::NAMES)),
    optional("failNext", SMALL),
];

/// Characters of a duration after its `P`.
fn is_duration(text: &str) -> bool {
    let known = |own: u8| own.is_ascii_digit() || b"DTHMS".contains(&own);
    (2..=40).contains(&text.len()) && text.bytes().all(known)
}
