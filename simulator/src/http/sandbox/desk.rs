//! The calls of the desk's pages.

use super::{
    answers::{
        CALLS, CONTRACT_ID, DELIVERIES, DONE, ENDPOINTS, FAULTS, MILESTONE_ID, ONE_DELIVERY,
        POSTED, REGISTERED,
    },
    app,
    bodies::{APP, ENDPOINT, FUND, HIRE, JOB, RESEND, TIME},
    faults,
    table::{Handler, SandboxCall, call},
    webhooks,
};
use crate::{
    http::{
        operation::Body,
        page::CURSOR,
        param::{Above, Param},
    },
    kit::{
        schema::Kind,
        shape::{Refused, Reply},
    },
};

const OF_ENDPOINT: Param = Param::new(
    "endpointId",
    "Only deliveries to this endpoint.",
    Kind::MaybeEmpty { most: 200 },
);

/// What the owner of an account does in the app without an agent.
pub(super) static IN_APP: &[SandboxCall] = &[
    call(
        "registerApp",
        ("POST", "/apps"),
        "Register a platform's app, or replace its registration",
        Body::Json(&APP),
        Handler::Market(app::register),
    )
    .answers(&[Reply::ok(REGISTERED)]),
    call(
        "disconnectInstall",
        ("POST", "/installs/{installId}/revoke"),
        "Disconnect a platform, which revokes its token",
        Body::OptionalJson(&[]),
        Handler::Market(app::disconnect),
    )
    .answers(&[Reply::ok(DONE)])
    .refuses(&[Refused::conflict(&[])]),
    call(
        "postJob",
        ("POST", "/jobs"),
        "Post an open job",
        Body::Json(&JOB),
        Handler::Market(app::post_job),
    )
    .answers(&[Reply::ok(POSTED)])
    .refuses(&[Refused::not_found()]),
    call(
        "publishJob",
        ("POST", "/jobs/{jobId}/publish"),
        "Publish a draft",
        Body::OptionalJson(&[]),
        Handler::Market(app::publish),
    )
    .answers(&[Reply::ok(DONE)])
    .refuses(&[
        Refused::forbidden(&["moderation_blocked"]),
        Refused::too_many(),
    ]),
    call(
        "closeJob",
        ("POST", "/jobs/{jobId}/close"),
        "Close a job",
        Body::OptionalJson(&[]),
        Handler::Market(app::close),
    )
    .answers(&[Reply::ok(DONE)]),
    call(
        "hireInApp",
        ("POST", "/proposals/{proposalId}/hire"),
        "Hire without an agent's request",
        Body::Json(&HIRE),
        Handler::Market(app::hire),
    )
    .answers(&[Reply::ok(CONTRACT_ID)])
    .refuses(&[Refused::conflict(&[
        "payment_method_required",
        "proposal_already_hired",
        "proposal_not_ready",
    ])]),
    call(
        "fundInApp",
        ("POST", "/contracts/{contractId}/fund"),
        "Add a milestone and fund it",
        Body::Json(&FUND),
        Handler::Market(app::fund),
    )
    .answers(&[Reply::ok(MILESTONE_ID)])
    .refuses(&[Refused::conflict(&[
        "contract_ended",
        "contract_rate_missing",
        "milestone_not_fundable",
        "payment_method_required",
    ])]),
    call(
        "releaseInApp",
        ("POST", "/milestones/{milestoneId}/release"),
        "Pay a funded milestone out",
        Body::OptionalJson(&[]),
        Handler::Market(app::release),
    )
    .answers(&[Reply::ok(DONE)])
    .refuses(&[Refused::conflict(&["milestone_not_funded"])]),
    call(
        "endInApp",
        ("POST", "/contracts/{contractId}/end"),
        "End a contract",
        Body::OptionalJson(&[]),
        Handler::Market(app::end),
    )
    .answers(&[Reply::ok(DONE)])
    .refuses(&[Refused::conflict(&["contract_ended"])]),
    call(
        "trackTime",
        ("POST", "/contracts/{contractId}/time"),
        "Let the trainer work in OpenTrain's own time tracker",
        Body::Json(&TIME),
        Handler::Market(app::track_time),
    )
    .answers(&[Reply::ok(DONE)])
    .refuses(&[Refused::conflict(&["contract_ended"])]),
];

/// Webhooks of both APIs, and the requests to all APIs with their faults.
pub(super) static WEBHOOKS: &[SandboxCall] = &[
    call(
        "listEndpoints",
        ("GET", "/endpoints"),
        "List the webhook endpoints of both APIs, newest first",
        Body::Nothing,
        Handler::Market(webhooks::endpoints),
    )
    .answers(&[Reply::ok(ENDPOINTS)]),
    call(
        "updateEndpoint",
        ("POST", "/endpoints/{endpointId}"),
        "Disable or enable an endpoint, or fail its next attempts without sending them",
        Body::Json(&ENDPOINT),
        Handler::Market(webhooks::update_endpoint),
    )
    .answers(&[Reply::ok(DONE)])
    .refuses(&[Refused::conflict(&["webhook_not_enabled_again"])]),
    call(
        "listDeliveries",
        ("GET", "/deliveries"),
        "List the deliveries of both APIs, newest first",
        Body::Nothing,
        Handler::Market(webhooks::deliveries),
    )
    .query(&[
        Param::status(&webhooks::STATUSES),
        OF_ENDPOINT,
        Param::limit(100, (200, Above::Refused)),
        CURSOR,
    ])
    .answers(&[Reply::ok(DELIVERIES)]),
    call(
        "getDelivery",
        ("GET", "/deliveries/{deliveryId}"),
        "Read a delivery with the exact text of its body",
        Body::Nothing,
        Handler::Market(webhooks::delivery),
    )
    .answers(&[Reply::ok(ONE_DELIVERY)]),
    call(
        "resendDelivery",
        ("POST", "/deliveries/{deliveryId}/resend"),
        "Send a delivery again, as it was or in a form that a receiver must refuse; its status does not change",
        Body::OptionalJson(&RESEND),
        Handler::Market(webhooks::resend),
    )
    .answers(&[Reply::ok(DONE)]),
    call(
        "listCalls",
        ("GET", "/calls"),
        "List the last 500 requests to the APIs, newest first",
        Body::Nothing,
        Handler::Shared(webhooks::calls),
    )
    .answers(&[Reply::ok(CALLS)]),
    call(
        "listFaults",
        ("GET", "/faults"),
        "List the faults in force",
        Body::Nothing,
        Handler::Shared(faults::list),
    )
    .answers(&[Reply::ok(FAULTS)]),
];
