//! The calls below `/sandbox`.

use super::{faults, limits, people};
use crate::{
    opentrain::{
        Shared,
        operation::{Body, Operation, Request},
        public::{
            http::bodies::{FIRST_MILESTONE, MESSAGE},
            proposal::ProposalStatus,
            schema::{Kind, Member, TEXT, optional, required},
        },
        world::World,
    },
    reply::Answer,
};

/// Carries a call out.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    World(fn(&Request<'_>, &mut World) -> Answer),
    Shared(fn(&Request<'_>, &Shared) -> Answer),
    /// Advances the clock, and waits for the deliveries.
    Clock,
}

pub(crate) type SandboxCall = Operation<(), Handler>;

pub(super) const fn call(
    id: &'static str,
    at: (&'static str, &'static str),
    body: Body,
    handler: Handler,
) -> SandboxCall {
    SandboxCall::new(id, at, (), handler).body(body)
}

pub(super) const ID: Kind = Kind::Text { most: 200 };
const APIS: [&str; 3] = ["platform", "public", "agent"];
const FAULTS: [&str; 4] = ["status", "drop", "delay", "garbage"];
pub(super) const METHODS: [&str; 2] = ["card", "credits"];
const MODES: [&str; 2] = ["ALL", "ALLOWLIST"];

const PROPOSAL: [Member; 4] = [
    required("jobId", ID),
    optional("trainerId", ID),
    optional("bidUsd", Kind::Amount),
    optional("interview", Kind::Flag),
];
const REVIEW: [Member; 1] = [required("status", Kind::OneOf(&ProposalStatus::NAMES))];
const CONFIRM: [Member; 2] = [
    optional("paymentMethod", Kind::OneOf(&METHODS)),
    optional("milestone", Kind::Object(&FIRST_MILESTONE)),
];
const CLAIM: [Member; 1] = [optional("email", ID)];
const TOKEN: [Member; 4] = [
    required("scopes", Kind::Texts),
    optional("name", ID),
    optional("organizationId", ID),
    optional("userId", ID),
];
const INSTALL: [Member; 4] = [
    required("appSlug", Kind::Text { most: 50 }),
    required("scopes", Kind::Texts),
    required("piiConsent", Kind::Flag),
    optional("organizationId", ID),
];
const WORK: [Member; 6] = [
    required("projectId", ID),
    required("trainerId", ID),
    required("workDate", ID),
    optional("totalSeconds", Kind::Count),
    optional("tasksCompleted", Kind::Count),
    optional("labelsCompleted", Kind::Count),
];
const TRAINER: [Member; 5] = [
    optional("displayName", ID),
    optional("country", ID),
    optional("workEmail", ID),
    optional("available", Kind::Flag),
    optional("hourlyRateUsd", Kind::Amount),
];
const ORGANIZATION: [Member; 2] = [
    optional("cardOnFile", Kind::Flag),
    optional("teamsEnabled", Kind::Flag),
];
const FEATURE: [Member; 3] = [
    required("feature", ID),
    required("mode", Kind::OneOf(&MODES)),
    optional("organizationIds", Kind::Texts),
];
const REGISTRATION: [Member; 1] = [required("enabled", Kind::Flag)];
const CLOCK: [Member; 1] = [required("advance", TEXT)];
const FAULT: [Member; 8] = [
    required("kind", Kind::OneOf(&FAULTS)),
    optional("api", Kind::OneOf(&APIS)),
    optional("method", ID),
    optional("path", ID),
    optional("times", Kind::Count),
    optional("status", Kind::Count),
    optional("retryAfterSeconds", Kind::Count),
    optional("delaySeconds", Kind::Count),
];

/// Every call.
pub(crate) static CALLS: &[SandboxCall] = &[
    call(
        "createTrainer",
        ("POST", "/trainers"),
        Body::OptionalJson(&TRAINER),
        Handler::World(people::trainer),
    ),
    call(
        "createProposal",
        ("POST", "/proposals"),
        Body::Json(&PROPOSAL),
        Handler::World(people::propose),
    ),
    call(
        "reviewProposal",
        ("POST", "/proposals/{proposalId}/status"),
        Body::Json(&REVIEW),
        Handler::World(people::review),
    ),
    call(
        "listApprovals",
        ("GET", "/approvals"),
        Body::Nothing,
        Handler::World(people::approvals),
    ),
    call(
        "confirmApproval",
        ("POST", "/approvals/{approvalId}/confirm"),
        Body::OptionalJson(&CONFIRM),
        Handler::World(people::confirm),
    ),
    call(
        "declineApproval",
        ("POST", "/approvals/{approvalId}/decline"),
        Body::OptionalJson(&[]),
        Handler::World(people::decline),
    ),
    call(
        "confirmClaim",
        ("POST", "/claims/{userCode}/confirm"),
        Body::OptionalJson(&CLAIM),
        Handler::World(people::claim),
    ),
    call(
        "createToken",
        ("POST", "/tokens"),
        Body::Json(&TOKEN),
        Handler::World(people::token),
    ),
    call(
        "createInstall",
        ("POST", "/installs"),
        Body::Json(&INSTALL),
        Handler::World(people::install),
    ),
    call(
        "completeTopUp",
        ("POST", "/top-ups/{topUpId}/complete"),
        Body::OptionalJson(&[]),
        Handler::World(people::pay_top_up),
    ),
    call(
        "sendMessage",
        ("POST", "/messages"),
        Body::Json(&MESSAGE),
        Handler::World(people::message),
    ),
    call(
        "requestPayout",
        ("POST", "/milestones/{milestoneId}/request-payout"),
        Body::OptionalJson(&[]),
        Handler::World(people::ask_for_payout),
    ),
    call(
        "updateOrganization",
        ("POST", "/organizations/{organizationId}"),
        Body::Json(&ORGANIZATION),
        Handler::World(people::organization),
    ),
    call(
        "setFeature",
        ("POST", "/features"),
        Body::Json(&FEATURE),
        Handler::World(people::feature),
    ),
    call(
        "setRegistration",
        ("POST", "/registration"),
        Body::Json(&REGISTRATION),
        Handler::World(people::registration),
    ),
    call(
        "recordWork",
        ("POST", "/work"),
        Body::Json(&WORK),
        Handler::Shared(people::work),
    ),
    call(
        "advanceClock",
        ("POST", "/clock"),
        Body::Json(&CLOCK),
        Handler::Clock,
    ),
    call(
        "readClock",
        ("GET", "/clock"),
        Body::Nothing,
        Handler::World(people::time),
    ),
    call(
        "addFault",
        ("POST", "/faults"),
        Body::Json(&FAULT),
        Handler::Shared(faults::add),
    ),
    call(
        "clearFaults",
        ("DELETE", "/faults"),
        Body::Nothing,
        Handler::Shared(faults::clear),
    ),
    call(
        "reset",
        ("POST", "/reset"),
        Body::OptionalJson(&[]),
        Handler::Shared(people::reset),
    ),
    call(
        "getLimits",
        ("GET", "/limits"),
        Body::Nothing,
        Handler::World(limits::read),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CALLS;
    use crate::opentrain::public::http::{agent, table};
    use crate::opentrain::sandbox::desk;

    const README: &str = include_str!("../../../README.md");

    #[test]
    fn the_readme_names_every_call() {
        let public = table::CALLS.iter().map(|own| (own.method, own.path));
        let agent = agent::CALLS.iter().map(|own| (own.method, own.path));
        let sandbox = CALLS.iter().chain(desk::CALLS);
        let sandbox = sandbox.map(|own| (own.method, own.path));
        for (method, path) in public.chain(agent).chain(sandbox) {
            assert!(
                README.contains(&format!("`{method} {path}`")),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn names_and_paths_are_unique() {
        // Requests of both are counted by these names.
        let public = table::CALLS.iter().map(|own| own.id);
        let names: BTreeSet<&str> = public
            .chain(agent::CALLS.iter().map(|own| own.id))
            .collect();
        assert_eq!(names.len(), table::CALLS.len() + agent::CALLS.len());
        let own = CALLS.iter().chain(desk::CALLS);
        let own: BTreeSet<&str> = own.map(|own| own.id).collect();
        assert_eq!(own.len(), CALLS.len() + desk::CALLS.len());
        let paths: BTreeSet<(&str, &str)> = table::CALLS
            .iter()
            .map(|own| (own.method, own.path))
            .collect();
        assert_eq!(paths.len(), table::CALLS.len());
    }
}
