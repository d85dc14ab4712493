//! The calls of the Public API.

use super::{
    access::PublicCall,
    accounts, board,
    bodies::{DRAFT, HIRE, INVITE, MESSAGE, MILESTONE, TEAM_INVITE, TOKEN, TOP_UP, WEBHOOK},
    contracts, credits, drafts, jobs, messages, proposals, team, updates, webhooks,
};
use crate::opentrain::{
    operation::Body,
    public::{draft::KEYS, feature::Feature, scope::TokenScope},
};

const JOBS_READ: &[TokenScope] = &[TokenScope::JobsRead];
const JOBS_WRITE: &[TokenScope] = &[TokenScope::JobsWrite];
const PROPOSALS_READ: &[TokenScope] = &[TokenScope::ProposalsRead];
const PROPOSALS_WRITE: &[TokenScope] = &[TokenScope::ProposalsWrite];
const MESSAGES_READ: &[TokenScope] = &[TokenScope::MessagesRead];
const MESSAGES_WRITE: &[TokenScope] = &[TokenScope::MessagesWrite];
const PAYMENTS_READ: &[TokenScope] = &[TokenScope::PaymentsRead];
const PAYMENTS_WRITE: &[TokenScope] = &[TokenScope::PaymentsWrite];
const TEAM_READ: &[TokenScope] = &[TokenScope::TeamRead];
const TEAM_WRITE: &[TokenScope] = &[TokenScope::TeamWrite];
const WEBHOOKS: &[TokenScope] = &[TokenScope::WebhooksManage];
const UPDATES: &[TokenScope] = &[
    TokenScope::ProposalsRead,
    TokenScope::MessagesRead,
    TokenScope::PaymentsRead,
];

const PAGE: &[&str] = &["limit", "cursor"];

/// Every call. Literal paths stand before those with an id in the same place.
pub(crate) static CALLS: &[PublicCall] = &[
    PublicCall::token("getMe", ("GET", "/auth/me"), accounts::me),
    PublicCall::token("createToken", ("POST", "/tokens"), accounts::create_token)
        .body(Body::OptionalJson(&TOKEN)),
    PublicCall::token("listTokens", ("GET", "/tokens"), accounts::list_tokens),
    PublicCall::token(
        "revokeToken",
        ("DELETE", "/tokens/{tokenId}"),
        accounts::revoke_token,
    ),
    PublicCall::token(
        "getDraftCapabilities",
        ("GET", "/job-drafts/capabilities"),
        drafts::capabilities,
    )
    .feature(Feature::JobDrafting),
    PublicCall::token("createDraft", ("POST", "/job-drafts"), drafts::create)
        .scope(JOBS_WRITE)
        .feature(Feature::JobDrafting)
        .body(Body::Json(&DRAFT)),
    PublicCall::token(
        "updateDraft",
        ("PATCH", "/job-drafts/{jobId}"),
        drafts::update,
    )
    .scope(JOBS_WRITE)
    .feature(Feature::JobDrafting)
    .body(Body::Json(&KEYS)),
    PublicCall::open("searchJobs", "/jobs", board::search)
        .query(&["q", "payType", "language", "country", "limit", "cursor"]),
    PublicCall::open("getJobFacets", "/jobs/facets", board::facets),
    PublicCall::open("getJobChanges", "/jobs/changes", board::changes).query(&["since"]),
    PublicCall::token("listMyJobs", ("GET", "/jobs/mine"), jobs::mine)
        .scope(JOBS_READ)
        .query(&["status", "limit", "cursor"]),
    PublicCall::open("getJob", "/jobs/{jobId}", board::read),
    PublicCall::token(
        "publishJob",
        ("POST", "/jobs/{jobId}/publish"),
        jobs::publish,
    )
    .scope(JOBS_WRITE)
    .feature(Feature::JobPublishing),
    PublicCall::token("updateJob", ("PATCH", "/jobs/{jobId}"), jobs::update)
        .scope(JOBS_WRITE)
        .feature(Feature::JobPublishing)
        .body(Body::Json(&KEYS)),
    PublicCall::token("closeJob", ("POST", "/jobs/{jobId}/close"), jobs::close)
        .scope(JOBS_WRITE)
        .feature(Feature::JobPublishing),
    PublicCall::token(
        "inviteToJob",
        ("POST", "/jobs/{jobId}/invites"),
        proposals::invite,
    )
    .scope(PROPOSALS_WRITE)
    .feature(Feature::Hiring)
    .claimed()
    .body(Body::Json(&INVITE)),
    PublicCall::token(
        "listProposals",
        ("GET", "/jobs/{jobId}/proposals"),
        proposals::list,
    )
    .scope(PROPOSALS_READ)
    .query(&["status", "limit", "cursor"]),
    PublicCall::token(
        "getProposal",
        ("GET", "/proposals/{proposalId}"),
        proposals::read,
    )
    .scope(PROPOSALS_READ),
    PublicCall::token(
        "getInterview",
        ("GET", "/proposals/{proposalId}/interview"),
        proposals::interview,
    )
    .scope(PROPOSALS_READ),
    PublicCall::token(
        "startConversation",
        ("POST", "/proposals/{proposalId}/conversation"),
        messages::start,
    )
    .scope(MESSAGES_WRITE)
    .feature(Feature::MessagingWrites)
    .claimed(),
    PublicCall::token(
        "hire",
        ("POST", "/proposals/{proposalId}/hire"),
        proposals::hire,
    )
    .scope(PROPOSALS_WRITE)
    .feature(Feature::Hiring)
    .claimed()
    .body(Body::Json(&HIRE)),
    PublicCall::token(
        "getFreelancer",
        ("GET", "/freelancers/{idOrSlug}"),
        proposals::freelancer,
    )
    .scope(PROPOSALS_READ),
    PublicCall::token("listMessages", ("GET", "/messages"), messages::list)
        .scope(MESSAGES_READ)
        .query(&[
            "conversationId",
            "limit",
            "cursor",
            "direction",
            "filter",
            "unreadOnly",
        ]),
    PublicCall::token("sendMessage", ("POST", "/messages"), messages::send)
        .scope(MESSAGES_WRITE)
        .feature(Feature::MessagingWrites)
        .claimed()
        .body(Body::Json(&MESSAGE)),
    PublicCall::token(
        "getApproval",
        ("GET", "/approvals/{approvalId}"),
        contracts::approval,
    )
    .scope(PAYMENTS_READ),
    PublicCall::token("listContracts", ("GET", "/contracts"), contracts::list)
        .scope(PAYMENTS_READ)
        .query(&["jobId", "status"]),
    PublicCall::token(
        "getContract",
        ("GET", "/contracts/{contractId}"),
        contracts::read,
    )
    .scope(PAYMENTS_READ),
    PublicCall::token(
        "createMilestone",
        ("POST", "/contracts/{contractId}/milestones"),
        contracts::create_milestone,
    )
    .scope(PAYMENTS_WRITE)
    .feature(Feature::PaymentsWrite)
    .claimed()
    .body(Body::Json(&MILESTONE)),
    PublicCall::token(
        "endContract",
        ("POST", "/contracts/{contractId}/end"),
        contracts::end,
    )
    .scope(PAYMENTS_WRITE)
    .feature(Feature::PaymentsWrite)
    .claimed(),
    PublicCall::token(
        "fundMilestone",
        ("POST", "/milestones/{milestoneId}/fund"),
        contracts::fund,
    )
    .scope(PAYMENTS_WRITE)
    .feature(Feature::PaymentsWrite)
    .claimed(),
    PublicCall::token(
        "approveMilestone",
        ("POST", "/milestones/{milestoneId}/approve"),
        contracts::approve,
    )
    .scope(PAYMENTS_WRITE)
    .feature(Feature::PaymentsWrite)
    .claimed(),
    PublicCall::token("getCredits", ("GET", "/credits"), credits::read)
        .scope(PAYMENTS_READ)
        .feature(Feature::Credits),
    PublicCall::token(
        "listCreditEntries",
        ("GET", "/credits/ledger"),
        credits::ledger,
    )
    .scope(PAYMENTS_READ)
    .feature(Feature::Credits)
    .query(PAGE),
    PublicCall::token("createTopUp", ("POST", "/credits/top-ups"), credits::top_up)
        .scope(PAYMENTS_WRITE)
        .feature(Feature::Credits)
        .claimed()
        .body(Body::Json(&TOP_UP)),
    PublicCall::token(
        "getTopUp",
        ("GET", "/credits/top-ups/{topUpId}"),
        credits::read_top_up,
    )
    .scope(PAYMENTS_READ)
    .feature(Feature::Credits),
    PublicCall::token(
        "listPendingPayments",
        ("GET", "/payments/pending"),
        credits::pending,
    )
    .scope(PAYMENTS_READ),
    PublicCall::token("getTeam", ("GET", "/team"), team::read)
        .scope(TEAM_READ)
        .feature(Feature::Team),
    PublicCall::token("inviteToTeam", ("POST", "/team/invites"), team::invite)
        .scope(TEAM_WRITE)
        .feature(Feature::Team)
        .claimed()
        .body(Body::Json(&TEAM_INVITE)),
    PublicCall::token("pollUpdates", ("GET", "/updates"), updates::poll)
        .scope(UPDATES)
        .query(PAGE),
    PublicCall::token("createWebhook", ("POST", "/webhooks"), webhooks::create)
        .scope(WEBHOOKS)
        .feature(Feature::Webhooks)
        .body(Body::Json(&WEBHOOK)),
    PublicCall::token("listWebhooks", ("GET", "/webhooks"), webhooks::list)
        .scope(WEBHOOKS)
        .feature(Feature::Webhooks),
    PublicCall::token(
        "getWebhook",
        ("GET", "/webhooks/{webhookId}"),
        webhooks::read,
    )
    .scope(WEBHOOKS)
    .feature(Feature::Webhooks),
    PublicCall::token(
        "deleteWebhook",
        ("DELETE", "/webhooks/{webhookId}"),
        webhooks::delete,
    )
    .scope(WEBHOOKS)
    .feature(Feature::Webhooks),
];
