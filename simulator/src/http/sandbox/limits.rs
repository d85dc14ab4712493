//! Differences from the real OpenTrain, each with its source.

use serde_json::{Value, json};

use crate::{
    http::operation::Request,
    kit::{
        reply::{Answer, ok},
        shape::{Shape, has, or_null},
    },
    market::{Market, jobs::BLOCKED_TEXT, team::BOUNCING_HOST},
};

/// Distinguishes a sandbox from OpenTrain: `bridge rehearse --approve` confirms only if it reads this name.
const SIMULATOR: &str = "opentrain-bridge";

/// Points that the documentation does not define, or that the sandbox does not implement as OpenTrain does.
pub(crate) const LIMITS: [(&str, &str, &str, &str); 24] = [
    (
        "time",
        "Advancing the clock moves everything except the time of signatures, so that receivers accept them.",
        "Time is real.",
        "none",
    ),
    (
        "sign-in",
        "Pages have no sign-in: each visitor acts as the account's owner. A JSON call below /sandbox does the same.",
        "Pages in the app, for signed-in people.",
        "concepts/human-approvals",
    ),
    (
        "consent",
        "Declining shows a page and does not redirect. A redirect address is the registered one or below its path.",
        "The result of declining is not documented.",
        "annotation-platforms/consent-and-installs",
    ),
    (
        "consent",
        "Connecting an app again leaves the earlier install as it is. Disconnect it on the desk.",
        "Reconnecting revokes it.",
        "annotation-platforms/consent-and-installs",
    ),
    (
        "contracts",
        "Time in OpenTrain's own tracker adds to the consumed budget without a report of usage.",
        "It adds; how it is tracked is not documented.",
        "annotation-platforms/api-reference/contracts/budget",
    ),
    (
        "job-drafts",
        "Free text is not understood: its first line is the title, and the rest must be updated.",
        "A parser reads it.",
        "api-reference/job-drafts/create",
    ),
    (
        "job-drafts",
        "A job is ready with title, description, data type, experience level, payment type and its price.",
        "The complete list is not documented.",
        "guides/post-a-job",
    ),
    (
        "jobs",
        "Archiving a draft is allowed, and publishing an archived job is a 400.",
        "Not documented.",
        "api-reference/jobs/close",
    ),
    (
        "jobs",
        "No job becomes PENDING_APPROVAL, ONGOING or COMPLETED.",
        "The states exist; what leads to them is not documented.",
        "api-reference/jobs/mine",
    ),
    (
        "proposals",
        "An invitation makes an UNREVIEWED proposal that the trainer has to answer before messages and a hire.",
        "Not documented.",
        "api-reference/jobs/invite",
    ),
    (
        "hire",
        "The member that hires despite NOT_A_FIT is confirmNotFit, and the reason of the refusal is proposal_not_a_fit.",
        "The names are not known.",
        "api-reference/proposals/hire",
    ),
    (
        "approvals",
        "An approval that other terms supersede is expired.",
        "Not documented.",
        "concepts/human-approvals",
    ),
    (
        "charges",
        "Funding a later milestone costs the amount and 10 %.",
        "The charge is not known.",
        "concepts/credits-and-billing",
    ),
    (
        "milestones",
        "A paid milestone is PAID. None is cancelled, refunded or disputed.",
        "The names are not known.",
        "api-reference/milestones/approve",
    ),
    (
        "contracts",
        "Ending a contract leaves its funded milestones, which can still be approved.",
        "Not documented.",
        "api-reference/contracts/end",
    ),
    (
        "payments",
        "An invoice is pending from the request to fund, and from the trainer's request of a payout.",
        "Not documented.",
        "api-reference/payments/pending",
    ),
    (
        "credits",
        "A CAPTURE has a negative amount and does not change the available credits. No refunds or adjustments exist.",
        "The sign is not documented.",
        "concepts/credits-and-billing",
    ),
    (
        "messages",
        "Reading does not mark as read: unread are the trainer's messages since the employer's last one.",
        "Not documented.",
        "api-reference/messages/list",
    ),
    (
        "updates",
        "A feed without events answers the cursor 0.",
        "Not documented.",
        "api-reference/updates/poll",
    ),
    (
        "webhooks",
        "Retries are 1, 5, 30 and 120 minutes after the first failure; 10 failed deliveries in a row disable.",
        "The start of the delays and the number are not documented.",
        "guides/verify-webhook-signatures",
    ),
    (
        "limits",
        "Calls with a token are not limited. Calls without one: 120 a minute.",
        "General limits are on a page that is not known.",
        "concepts/errors-pagination-limits",
    ),
    (
        "agent",
        "A poll after the 30 minutes of an attempt is answered with authorization_pending.",
        "Not documented.",
        "api-reference/agent-auth/token",
    ),
    (
        "discovery",
        "The documents below /.well-known have the members of their RFCs.",
        "Their bodies are not known.",
        "agent-discovery",
    ),
    (
        "strictness",
        "Unknown members, parameters and bodies are refused everywhere; null is no value of an optional member.",
        "Documented for updates of jobs only.",
        "api-reference/jobs/update",
    ),
];

pub(super) const LIMITS_SHAPE: Shape = Shape::Object(&[
    has("simulator", Shape::Text),
    has("limits", Shape::List(&LIMIT)),
    has("triggers", Shape::List(&TRIGGER)),
]);
const LIMIT: Shape = Shape::Object(&[
    has("area", Shape::Text),
    has("sandbox", Shape::Text),
    has("opentrain", Shape::Text),
    or_null("source", Shape::Url),
]);
const TRIGGER: Shape = Shape::Object(&[
    has("to", Shape::Text),
    has("use", Shape::Text),
    has("in", Shape::Text),
]);

/// Texts that cause an error: the effect, the text, and its place.
pub(crate) const TRIGGERS: [(&str, &str, &str); 3] = [
    (
        "block a job by moderation",
        BLOCKED_TEXT,
        "any text of the job",
    ),
    (
        "fail a team invitation",
        BOUNCING_HOST,
        "the host of the e-mail",
    ),
    (
        "block a message by policy",
        "an e-mail address",
        "the message",
    ),
];

pub(super) fn read(_: &Request<'_>, _: &mut Market) -> Answer {
    let limits: Vec<Value> = LIMITS.iter().map(limit).collect();
    let triggers = TRIGGERS.iter();
    let triggers: Vec<Value> = triggers
        .map(|(to, value, place)| json!({"to": to, "use": value, "in": place}))
        .collect();
    ok(json!({"simulator": SIMULATOR, "limits": limits, "triggers": triggers}))
}

fn limit((area, sandbox, real, source): &(&str, &str, &str, &str)) -> Value {
    json!({"area": area, "sandbox": sandbox, "opentrain": real, "source": super::limits::source(source)})
}

/// Address of a page of the documentation.
pub(crate) fn source(page: &str) -> Option<String> {
    let is_page = page != "none";
    is_page.then(|| format!("https://www.opentrain.ai/docs/developers/{page}"))
}
