//! The calls of the desk's pages.

use super::{
    app, faults,
    table::{Handler, ID, METHODS, SandboxCall, call},
    webhooks,
};
use crate::opentrain::{
    app::LONGEST_SLUG,
    operation::Body,
    public::{
        draft::PAYMENT_TYPES,
        http::bodies::FIRST_MILESTONE,
        schema::{Kind, Member, TEXT, optional, required},
    },
};

const STATUSES: [&str; 2] = ["ACTIVE", "DISABLED"];

const APP: [Member; 5] = [
    required("slug", Kind::Text { most: LONGEST_SLUG }),
    required("name", Kind::Text { most: 120 }),
    optional("description", Kind::Text { most: 500 }),
    required("scopes", Kind::Texts),
    optional("redirectUris", Kind::Texts),
];
const JOB: [Member; 4] = [
    required("title", Kind::Text { most: 300 }),
    optional("paymentType", Kind::OneOf(&PAYMENT_TYPES)),
    optional("price", Kind::Amount),
    optional("organizationId", ID),
];
const HIRE: [Member; 2] = [
    required("milestone", Kind::Object(&FIRST_MILESTONE)),
    optional("paymentMethod", Kind::OneOf(&METHODS)),
];
const FUND: [Member; 4] = [
    optional("name", TEXT),
    optional("volume", Kind::Amount),
    optional("amountUsd", Kind::Amount),
    optional("paymentMethod", Kind::OneOf(&METHODS)),
];
const TIME: [Member; 1] = [required("hours", Kind::Amount)];
const ENDPOINT: [Member; 2] = [
    optional("status", Kind::OneOf(&STATUSES)),
    optional("failNext", Kind::Count),
];

/// Every call.
pub(crate) static CALLS: &[SandboxCall] = &[
    call(
        "registerApp",
        ("POST", "/apps"),
        Body::Json(&APP),
        Handler::World(app::register),
    ),
    call(
        "disconnectInstall",
        ("POST", "/installs/{installId}/revoke"),
        Body::OptionalJson(&[]),
        Handler::World(app::disconnect),
    ),
    call(
        "postJob",
        ("POST", "/jobs"),
        Body::Json(&JOB),
        Handler::World(app::post_job),
    ),
    call(
        "publishJob",
        ("POST", "/jobs/{jobId}/publish"),
        Body::OptionalJson(&[]),
        Handler::World(app::publish),
    ),
    call(
        "closeJob",
        ("POST", "/jobs/{jobId}/close"),
        Body::OptionalJson(&[]),
        Handler::World(app::close),
    ),
    call(
        "hireInApp",
        ("POST", "/proposals/{proposalId}/hire"),
        Body::Json(&HIRE),
        Handler::World(app::hire),
    ),
    call(
        "fundInApp",
        ("POST", "/contracts/{contractId}/fund"),
        Body::Json(&FUND),
        Handler::World(app::fund),
    ),
    call(
        "endInApp",
        ("POST", "/contracts/{contractId}/end"),
        Body::OptionalJson(&[]),
        Handler::World(app::end),
    ),
    call(
        "trackTime",
        ("POST", "/contracts/{contractId}/time"),
        Body::Json(&TIME),
        Handler::World(app::track_time),
    ),
    call(
        "releaseInApp",
        ("POST", "/milestones/{milestoneId}/release"),
        Body::OptionalJson(&[]),
        Handler::World(app::release),
    ),
    call(
        "listEndpoints",
        ("GET", "/endpoints"),
        Body::Nothing,
        Handler::World(webhooks::endpoints),
    ),
    call(
        "updateEndpoint",
        ("POST", "/endpoints/{endpointId}"),
        Body::Json(&ENDPOINT),
        Handler::World(webhooks::update_endpoint),
    ),
    call(
        "listDeliveries",
        ("GET", "/deliveries"),
        Body::Nothing,
        Handler::World(webhooks::deliveries),
    )
    .query(&["status", "endpointId", "limit", "cursor"]),
    call(
        "getDelivery",
        ("GET", "/deliveries/{deliveryId}"),
        Body::Nothing,
        Handler::World(webhooks::delivery),
    ),
    call(
        "resendDelivery",
        ("POST", "/deliveries/{deliveryId}/resend"),
        Body::OptionalJson(&[]),
        Handler::World(webhooks::resend),
    ),
    call(
        "listCalls",
        ("GET", "/calls"),
        Body::Nothing,
        Handler::Shared(webhooks::calls),
    ),
    call(
        "listFaults",
        ("GET", "/faults"),
        Body::Nothing,
        Handler::Shared(faults::list),
    ),
];
