//! The calls of the Platform API, in the order of OpenTrain's page.

use super::{
    caller::Caller,
    contracts,
    endpoint::Endpoint,
    installs,
    project_links::{self, NEW_LINK},
    report::REPORT,
    webhook_endpoints::{self, CHANGED_ENDPOINT, NEW_ENDPOINT, REDELIVERY},
};
use crate::{
    http::{
        openapi::Gate,
        operation::{Body, Group, Operation, rows},
        param::{Above, Param},
    },
    kit::{
        fault::On,
        reply::Answer,
        schema::Kind,
        shape::{Refused, Reply},
    },
    market::Market,
    model::{contract::ContractStatus, install::INSTALL, scope::Scope},
};

/// Gates of a call.
#[derive(Clone, Copy)]
pub(crate) struct Access {
    pub(crate) endpoint: Endpoint,
    /// The required scope; `None` if any is sufficient.
    pub(crate) scope: Option<Scope>,
}

impl Gate for Access {
    fn scopes(&self) -> Option<Vec<&'static str>> {
        Some(self.scope.map(Scope::as_str).into_iter().collect())
    }

    fn refusals(&self) -> Vec<Refused> {
        vec![Refused::unauthorized(), Refused::forbidden(&[])]
    }
}

pub(super) type Handler = fn(&Caller<'_>, &mut Market) -> Answer;
type PlatformCall = Operation<Access, Handler>;

const fn call(
    id: &'static str,
    at: (&'static str, &'static str),
    summary: &'static str,
    access: (Endpoint, Option<Scope>),
    handler: Handler,
) -> PlatformCall {
    let (endpoint, scope) = access;
    PlatformCall::new(id, at, summary, Access { endpoint, scope }, handler)
}

const LINKS_READ: Option<Scope> = Some(Scope::ProjectLinksRead);
const LINKS_WRITE: Option<Scope> = Some(Scope::ProjectLinksWrite);
const CONTRACTS_READ: Option<Scope> = Some(Scope::ContractsRead);
const WEBHOOKS: Option<Scope> = Some(Scope::WebhooksManage);

const OF_LINK: Param = Param::new(
    "projectLinkId",
    "Only contracts on the job of this link.",
    Kind::MaybeEmpty { most: 200 },
);

/// Every call.
pub(crate) static CALLS: &[Group<Access, Handler>] = &[
    Group {
        tag: "Installs",
        calls: &[call(
            "getCurrentInstall",
            ("GET", "/installs/current"),
            "Read the install of the token",
            (Endpoint::CurrentInstall, None),
            installs::current,
        )
        .answers(&[Reply::ok(INSTALL)])],
    },
    Group {
        tag: "Project links",
        calls: LINKS,
    },
    Group {
        tag: "Contracts",
        calls: CONTRACTS,
    },
    Group {
        tag: "Webhook endpoints",
        calls: ENDPOINTS,
    },
];

static LINKS: &[PlatformCall] = &[
    call(
        "createProjectLink",
        ("POST", "/project-links"),
        "Link a project of the platform, and a job, to the install",
        (Endpoint::CreateLink, LINKS_WRITE),
        project_links::create,
    )
    .body(Body::Json(&NEW_LINK))
    .answers(&[Reply::created(project_links::ONE)])
    .refuses(&[Refused::not_found(), Refused::conflict(&[])]),
    call(
        "listProjectLinks",
        ("GET", "/project-links"),
        "List the install's links, newest first",
        (Endpoint::ListLinks, LINKS_READ),
        project_links::list,
    )
    .answers(&[Reply::ok(project_links::MANY)]),
    call(
        "getProjectLink",
        ("GET", "/project-links/{linkId}"),
        "Read a link",
        (Endpoint::ReadLink, LINKS_READ),
        project_links::read,
    )
    .answers(&[Reply::ok(project_links::ONE)]),
    call(
        "deleteProjectLink",
        ("DELETE", "/project-links/{linkId}"),
        "Delete a link",
        (Endpoint::DeleteLink, LINKS_WRITE),
        project_links::delete,
    )
    .answers(&[Reply::ok(project_links::DELETED)]),
];

static CONTRACTS: &[PlatformCall] = &[
    call(
        "listContracts",
        ("GET", "/contracts"),
        "List the contracts on linked jobs, newest first",
        (Endpoint::ListContracts, CONTRACTS_READ),
        contracts::list,
    )
    .query(&[
        OF_LINK,
        Param::status(&ContractStatus::NAMES),
        Param::limit(50, (200, Above::Refused)),
    ])
    .answers(&[Reply::ok(contracts::MANY)])
    .refuses(&[Refused::not_found()]),
    call(
        "listParticipants",
        ("GET", "/contracts/{contractId}/participants"),
        "Read the trainer of a contract",
        (Endpoint::Participants, Some(Scope::ParticipantsRead)),
        contracts::participants,
    )
    .answers(&[Reply::ok(contracts::PARTICIPANTS)]),
    call(
        "getBudget",
        ("GET", "/contracts/{contractId}/budget"),
        "Read the budget of a contract",
        (Endpoint::Budget, CONTRACTS_READ),
        contracts::budget,
    )
    .answers(&[Reply::ok(crate::model::budget::BUDGET)]),
    call(
        "reportUsage",
        ("POST", "/contracts/{contractId}/usage"),
        "Report day totals, which replace earlier ones",
        (Endpoint::Usage, Some(Scope::UsageWrite)),
        contracts::report,
    )
    .body(Body::Json(&REPORT))
    .answers(&[Reply::ok(contracts::REPORTED)])
    .refuses(&[Refused::conflict(&[])]),
];

static ENDPOINTS: &[PlatformCall] = &[
    call(
        "createWebhookEndpoint",
        ("POST", "/webhook-endpoints"),
        "Subscribe to events; the secret is shown here alone",
        (Endpoint::CreateWebhook, WEBHOOKS),
        webhook_endpoints::create,
    )
    .body(Body::Json(&NEW_ENDPOINT))
    .answers(&[Reply::created(webhook_endpoints::NEW)]),
    call(
        "listWebhookEndpoints",
        ("GET", "/webhook-endpoints"),
        "List the install's endpoints, newest first",
        (Endpoint::ListWebhooks, WEBHOOKS),
        webhook_endpoints::list,
    )
    .answers(&[Reply::ok(webhook_endpoints::MANY)]),
    call(
        "getWebhookEndpoint",
        ("GET", "/webhook-endpoints/{endpointId}"),
        "Read an endpoint",
        (Endpoint::ReadWebhook, WEBHOOKS),
        webhook_endpoints::read,
    )
    .answers(&[Reply::ok(webhook_endpoints::ONE)]),
    call(
        "updateWebhookEndpoint",
        ("PATCH", "/webhook-endpoints/{endpointId}"),
        "Change an endpoint; ACTIVE enables it again",
        (Endpoint::UpdateWebhook, WEBHOOKS),
        webhook_endpoints::update,
    )
    .body(Body::Json(&CHANGED_ENDPOINT))
    .answers(&[Reply::ok(webhook_endpoints::ONE)]),
    call(
        "deleteWebhookEndpoint",
        ("DELETE", "/webhook-endpoints/{endpointId}"),
        "Delete an endpoint; its pending deliveries fail",
        (Endpoint::DeleteWebhook, WEBHOOKS),
        webhook_endpoints::delete,
    )
    .answers(&[Reply::no_content()]),
    call(
        "redeliver",
        ("POST", "/webhook-endpoints/{endpointId}/redeliver"),
        "Send one delivery, or all failed ones, again",
        (Endpoint::Redeliver, WEBHOOKS),
        webhook_endpoints::redeliver,
    )
    .body(Body::OptionalJson(&REDELIVERY))
    .answers(&[Reply::ok(webhook_endpoints::REQUEUED)]),
];

impl Endpoint {
    /// The method and the path below the base, its ids in braces.
    pub fn call(self) -> (&'static str, &'static str) {
        let mut rows = rows(CALLS);
        let row = rows.find(|own| own.access.endpoint == self);
        row.map_or(("GET", ""), |own| (own.method, own.path))
    }
}

impl From<Endpoint> for On {
    fn from(endpoint: Endpoint) -> Self {
        let (method, path) = endpoint.call();
        Self::call(method, path)
    }
}
