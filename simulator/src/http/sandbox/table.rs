//! The calls below `/sandbox`.

use super::{
    answers::{
        ADVANCED, APPROVALS, DONE, MESSAGE_ID, NEW_INSTALL, NEW_TOKEN, NOW, ONE_APPROVAL,
        ORGANIZATION_ID, PROPOSED, RESET, TRAINER_ID,
    },
    bodies::{
        CLAIM, CLOCK, CONFIRM, FAULT, FEATURE, INSTALL, ORGANIZATION, PROPOSAL, REGISTRATION,
        REVIEW, TOKEN, TRAINER, WORK,
    },
    desk, faults, limits, people,
};
use crate::{
    http::{
        bodies::MESSAGE,
        openapi::{Api, ErrorForm, Gate},
        operation::{Body, Group, Operation, Request},
        shared::Shared,
    },
    kit::{
        reply::Answer,
        shape::{Refused, Reply},
    },
    market::Market,
};

/// Carries a call out.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Market(fn(&Request<'_>, &mut Market) -> Answer),
    Shared(fn(&Request<'_>, &Shared) -> Answer),
    /// Advances the clock, and waits for the deliveries.
    Clock,
}

/// The gate of every call: the request comes from this machine.
pub(crate) struct LocalOnly;

impl Gate for LocalOnly {
    fn scopes(&self) -> Option<Vec<&'static str>> {
        None
    }

    fn refusals(&self) -> Vec<Refused> {
        vec![Refused::forbidden(&[])]
    }
}

pub(crate) type SandboxCall = Operation<LocalOnly, Handler>;

pub(crate) const API: Api = Api {
    title: "OpenTrain sandbox: the human's part",
    about: "What people do in OpenTrain's app, and the time, the faults and the limits of the sandbox. Without a \
            token, on this machine alone.",
    base: "/sandbox",
    errors: ErrorForm::Plain,
};

pub(super) const fn call(
    id: &'static str,
    at: (&'static str, &'static str),
    summary: &'static str,
    body: Body,
    handler: Handler,
) -> SandboxCall {
    SandboxCall::new(id, at, summary, LocalOnly, handler).body(body)
}

/// Every call.
pub(crate) static CALLS: &[Group<LocalOnly, Handler>] = &[
    Group {
        tag: "Trainers",
        calls: &[
            call(
                "createTrainer",
                ("POST", "/trainers"),
                "Add a trainer to the marketplace",
                Body::OptionalJson(&TRAINER),
                Handler::Market(people::trainer),
            )
            .answers(&[Reply::ok(TRAINER_ID)]),
            call(
                "createProposal",
                ("POST", "/proposals"),
                "Let a trainer, or a new one, apply for a job",
                Body::Json(&PROPOSAL),
                Handler::Market(people::propose),
            )
            .answers(&[Reply::ok(PROPOSED)])
            .refuses(&[
                Refused::not_found(),
                Refused::conflict(&["already_applied", "job_not_published"]),
            ]),
            call(
                "sendMessage",
                ("POST", "/messages"),
                "Let the trainer write in a conversation",
                Body::Json(&MESSAGE),
                Handler::Market(people::message),
            )
            .answers(&[Reply::ok(MESSAGE_ID)])
            .refuses(&[
                Refused::not_found(),
                Refused::conflict(&["employer_first_message_required", "read_only_conversation"]),
            ]),
            call(
                "requestPayout",
                ("POST", "/milestones/{milestoneId}/request-payout"),
                "Let the trainer ask for a payout",
                Body::OptionalJson(&[]),
                Handler::Market(people::ask_for_payout),
            )
            .answers(&[Reply::ok(DONE)])
            .refuses(&[Refused::conflict(&[
                "milestone_not_funded",
                "payout_already_requested",
            ])]),
            call(
                "recordWork",
                ("POST", "/work"),
                "Record a trainer's work in the annotation tool of this process",
                Body::Json(&WORK),
                Handler::Shared(people::work),
            )
            .answers(&[Reply::ok(DONE)])
            .refuses(&[Refused::not_found(), Refused::conflict(&["no_tool"])]),
        ],
    },
    Group {
        tag: "Employer's humans",
        calls: &[
            call(
                "reviewProposal",
                ("POST", "/proposals/{proposalId}/status"),
                "Review a proposal",
                Body::Json(&REVIEW),
                Handler::Market(people::review),
            )
            .answers(&[Reply::ok(DONE)])
            .refuses(&[Refused::conflict(&["proposal_already_hired"])]),
            call(
                "listApprovals",
                ("GET", "/approvals"),
                "List the approvals that wait for a human",
                Body::Nothing,
                Handler::Market(people::approvals),
            )
            .answers(&[Reply::ok(APPROVALS)]),
            call(
                "confirmApproval",
                ("POST", "/approvals/{approvalId}/confirm"),
                "Confirm an approval, which carries it out",
                Body::OptionalJson(&CONFIRM),
                Handler::Market(people::confirm),
            )
            .answers(&[Reply::ok(ONE_APPROVAL)])
            .refuses(&[Refused::conflict(&[
                "approval_not_pending",
                "contract_ended",
                "milestone_not_fundable",
                "milestone_not_funded",
                "payment_method_required",
                "proposal_already_hired",
            ])]),
            call(
                "declineApproval",
                ("POST", "/approvals/{approvalId}/decline"),
                "Decline an approval",
                Body::OptionalJson(&[]),
                Handler::Market(people::decline),
            )
            .answers(&[Reply::ok(ONE_APPROVAL)])
            .refuses(&[Refused::conflict(&["approval_not_pending"])]),
            call(
                "confirmClaim",
                ("POST", "/claims/{userCode}/confirm"),
                "Claim an agent's account with its code",
                Body::OptionalJson(&CLAIM),
                Handler::Market(people::claim),
            )
            .answers(&[Reply::ok(ORGANIZATION_ID)])
            .refuses(&[Refused::conflict(&["email_already_registered"])]),
            call(
                "createToken",
                ("POST", "/tokens"),
                "Make a token of the Public API with any scopes",
                Body::Json(&TOKEN),
                Handler::Market(people::token),
            )
            .answers(&[Reply::ok(NEW_TOKEN)])
            .refuses(&[
                Refused::not_found(),
                Refused::conflict(&["account_claim_required", "token_limit_reached"]),
            ]),
            call(
                "createInstall",
                ("POST", "/installs"),
                "Consent to a platform's app, which makes its token",
                Body::Json(&INSTALL),
                Handler::Market(people::install),
            )
            .answers(&[Reply::ok(NEW_INSTALL)]),
            call(
                "completeTopUp",
                ("POST", "/top-ups/{topUpId}/complete"),
                "Pay a top-up",
                Body::OptionalJson(&[]),
                Handler::Market(people::pay_top_up),
            )
            .answers(&[Reply::ok(DONE)])
            .refuses(&[Refused::conflict(&["top_up_not_pending"])]),
            call(
                "updateOrganization",
                ("POST", "/organizations/{organizationId}"),
                "Set the card and the team of an organization",
                Body::Json(&ORGANIZATION),
                Handler::Market(people::organization),
            )
            .answers(&[Reply::ok(DONE)]),
        ],
    },
    Group {
        tag: "Owner's actions in the app",
        calls: desk::IN_APP,
    },
    Group {
        tag: "Webhooks, calls and faults",
        calls: desk::WEBHOOKS,
    },
    Group {
        tag: "Sandbox",
        calls: &[
            call(
                "setFeature",
                ("POST", "/features"),
                "Enable a feature for all organizations or some",
                Body::Json(&FEATURE),
                Handler::Market(people::feature),
            )
            .answers(&[Reply::ok(DONE)]),
            call(
                "setRegistration",
                ("POST", "/registration"),
                "Set whether agents may register",
                Body::Json(&REGISTRATION),
                Handler::Market(people::registration),
            )
            .answers(&[Reply::ok(DONE)]),
            call(
                "readClock",
                ("GET", "/clock"),
                "Read the time",
                Body::Nothing,
                Handler::Market(people::time),
            )
            .answers(&[Reply::ok(NOW)]),
            call(
                "advanceClock",
                ("POST", "/clock"),
                "Advance the time, and wait for the deliveries that become due",
                Body::Json(&CLOCK),
                Handler::Clock,
            )
            .answers(&[Reply::ok(ADVANCED)]),
            call(
                "addFault",
                ("POST", "/faults"),
                "Add a fault to the calls of an API",
                Body::Json(&FAULT),
                Handler::Shared(faults::add),
            )
            .answers(&[Reply::ok(DONE)]),
            call(
                "clearFaults",
                ("DELETE", "/faults"),
                "Remove all faults",
                Body::Nothing,
                Handler::Shared(faults::clear),
            )
            .answers(&[Reply::ok(DONE)]),
            call(
                "reset",
                ("POST", "/reset"),
                "Return to the state after the start",
                Body::OptionalJson(&[]),
                Handler::Shared(people::reset),
            )
            .answers(&[Reply::ok(RESET)]),
            call(
                "getLimits",
                ("GET", "/limits"),
                "List the differences from the real OpenTrain",
                Body::Nothing,
                Handler::Market(limits::read),
            )
            .answers(&[Reply::ok(limits::LIMITS_SHAPE)]),
        ],
    },
];
