//! Identity of agents: registration, claim, token and revocation. Errors have the form of OAuth.

use axum::{http::StatusCode, response::Response};
use serde_json::{Value, json};

use super::{
    bodies::EMAIL,
    calls, envelope,
    openapi::{self, Api, ErrorForm},
    operation::{Body, Group, Operation, Request, find},
    shared::Shared,
};
use crate::{
    kit::{
        call::Call,
        clock::{iso, later},
        fault,
        refusal::Refusal,
        reply::{Answer, ok},
        schema::{Kind, Member, optional, required},
        server::Line,
        shape::{Refused, Reply, Shape, has},
    },
    market::{
        Market,
        claims::{oauth, seconds},
        data::{
            account::{ATTEMPT_LIFE, CLAIM_TOKEN_LIFE, POLL_INTERVAL},
            scope::TokenScope,
        },
    },
};

pub(crate) mod discovery;

const GRANT_TYPE: &str = "urn:opentrain:agent-auth:grant-type:claim";
const SHORT: Kind = Kind::Text { most: 320 };

type Handler = fn(&Request<'_>, &mut Market) -> Answer;
type AgentCall = Operation<(), Handler>;

const IDENTITY: [Member; 3] = [
    optional("identity_type", Kind::Choice(&["anonymous"])),
    optional("agent_name", SHORT),
    optional("organization_name", SHORT),
];
const CLAIM: [Member; 2] = [required("claim_token", SHORT), required("email", EMAIL)];
const POLL: [Member; 2] = [
    required("grant_type", Kind::Choice(&[GRANT_TYPE])),
    required("claim_token", SHORT),
];
const REVOCATION: [Member; 1] = [required("token", SHORT)];

const NOT_ENABLED: Refused = Refused::forbidden(&["anonymous_not_enabled"]);
const INVALID: Refused = Refused::bad(&["invalid_request"]);

pub(crate) const API: Api = Api {
    title: "OpenTrain agent identity (sandbox)",
    about: "How an agent gets a token of the Public API: it registers, a human claims the account, and the agent \
            polls for its token. Errors have the form of OAuth.",
    base: "/api/agent",
    errors: ErrorForm::OAuth,
};

/// Every call below `/api/agent`.
pub(crate) static CALLS: &[Group<(), Handler>] = &[Group {
    tag: "Agent identity",
    calls: &[
        AgentCall::new(
            "registerAgent",
            ("POST", "/identity"),
            "Register an agent with an unclaimed account",
            (),
            register,
        )
        .body(Body::OptionalJson(&IDENTITY))
        .answers(&[Reply::ok(REGISTERED)])
        .refuses(&[
            Refused::bad(&["invalid_request", "unsupported_identity_type"]),
            NOT_ENABLED,
        ]),
        AgentCall::new(
            "startClaim",
            ("POST", "/identity/claim"),
            "Start a claim: a human types the code at the address",
            (),
            claim,
        )
        .body(Body::Json(&CLAIM))
        .answers(&[Reply::ok(CLAIMING)])
        .refuses(&[INVALID, NOT_ENABLED]),
        AgentCall::new(
            "pollClaim",
            ("POST", "/oauth/token"),
            "Get the token of a confirmed claim, once",
            (),
            token,
        )
        .body(Body::Form(&POLL))
        .answers(&[Reply::ok(CLAIMED)])
        .refuses(&[Refused::bad(&[
            "authorization_pending",
            "expired_token",
            "invalid_grant",
            "invalid_request",
            "slow_down",
            "unsupported_grant_type",
        ])]),
        AgentCall::new(
            "revokeAgentToken",
            ("POST", "/oauth/revoke"),
            "Revoke a token; an unknown one is no error",
            (),
            revoke,
        )
        .body(Body::Form(&REVOCATION))
        .answers(&[Reply::ok(Shape::Object(&[]))])
        .refuses(&[INVALID]),
    ],
}];

const SCOPES: Shape = Shape::List(&Shape::OneOf(&TokenScope::NAMES));
const BEARER: Shape = Shape::OneOf(&["bearer"]);
const REGISTERED: Shape = Shape::Object(&[
    has("identity_type", Shape::OneOf(&["anonymous"])),
    has("registration_id", Shape::Text),
    has("access_token", Shape::Text),
    has("token_type", BEARER),
    has("scopes", SCOPES),
    has("claim_token", Shape::Text),
    has("claim_token_expires_at", Shape::Time),
    has("claim_endpoint", Shape::Url),
    has("token_endpoint", Shape::Url),
    has("grant_type", Shape::OneOf(&[GRANT_TYPE])),
]);
const CLAIMING: Shape = Shape::Object(&[
    has("user_code", Shape::Text),
    has("verification_uri", Shape::Url),
    has("expires_in", Shape::Whole),
    has("interval", Shape::Whole),
    has("email_sent", Shape::Flag),
]);
const CLAIMED: Shape = Shape::Object(&[
    has("access_token", Shape::Text),
    has("token_type", BEARER),
    has("scopes", SCOPES),
]);

pub(crate) async fn serve(shared: &Shared, call: &Call, line: Line) -> Response {
    let below = call.below(&["api", "agent"]).unwrap_or_default();
    let refuse = |refusal| refuse(shared, call, refusal);
    let document = || openapi::document(&API, CALLS);
    if let Some(answer) = openapi::serve(call, &below, document, refuse) {
        return answer;
    }
    let (operation, ids) = match find(CALLS, call.method.as_str(), &below) {
        Ok(found) => found,
        Err(refusal) => return refuse(refusal),
    };
    let now = (shared.clock)();
    shared.counts.add_public(operation.id);
    shared.progress.made();
    let fault = shared.agent_faults.take(call, &below);
    let line = (line, shared.stop.clone());
    fault::through(fault, line, refuse, || {
        let answer = Request::new(call, operation, ids, now)
            .and_then(|request| shared.change(|market| (operation.handler)(&request, market)));
        answer.unwrap_or_else(refuse)
    })
    .await
}

/// `{error, error_description}`; the code is the refusal's details, or follows from the status.
fn refuse(shared: &Shared, call: &Call, mut refusal: Refusal) -> Response {
    envelope::record(shared, call, &refusal);
    let code = refusal.details.as_ref().and_then(Value::as_str);
    let code = code.unwrap_or(match refusal.status {
        StatusCode::FORBIDDEN => "anonymous_not_enabled",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_exceeded",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request",
    });
    let body = json!({"error": code, "error_description": refusal.message});
    let answer = refusal.answer(body);
    let code = code.to_owned();
    refusal.details = None;
    calls::with_refusal(answer, code, refusal)
}

fn register(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    if body
        .text("identity_type")
        .is_some_and(|own| own != "anonymous")
    {
        return Err(oauth(
            "unsupported_identity_type",
            "only anonymous is supported",
        ));
    }
    let agent = body.text("agent_name").unwrap_or("Agent");
    let organization = body
        .text("organization_name")
        .unwrap_or("Unclaimed organization");
    let (token, claim_token) = market.register(agent, organization, request.now)?;
    let origin = &market.world.origin;
    ok(json!({
        "identity_type": "anonymous",
        "registration_id": format!("reg_{}", market.registrations.len()),
        "access_token": market.secret(&token),
        "token_type": "bearer",
        "scopes": TokenScope::UNCLAIMED,
        "claim_token": claim_token,
        "claim_token_expires_at": iso(later(request.now, CLAIM_TOKEN_LIFE)),
        "claim_endpoint": format!("{origin}/api/agent/identity/claim"),
        "token_endpoint": format!("{origin}/api/agent/oauth/token"),
        "grant_type": GRANT_TYPE,
    }))
}

fn claim(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let (claim_token, email) = (body.get("claim_token"), body.get("email"));
    let (user_code, attempt) = market.start_claim(claim_token, email, request.now)?;
    ok(json!({
        "user_code": user_code,
        "verification_uri": format!("{}?attempt={attempt}", market.claim_url()),
        "expires_in": seconds(ATTEMPT_LIFE),
        "interval": seconds(POLL_INTERVAL),
        "email_sent": true,
    }))
}

fn token(request: &Request<'_>, market: &mut Market) -> Answer {
    let form = request.body()?;
    if form.get("grant_type") != GRANT_TYPE {
        return Err(oauth(
            "unsupported_grant_type",
            "the grant type is not supported",
        ));
    }
    let id = market.poll_claim(form.get("claim_token"), request.now)?;
    ok(json!({
        "access_token": market.secret(&id),
        "token_type": "bearer",
        "scopes": TokenScope::CLAIMED,
    }))
}

fn revoke(request: &Request<'_>, market: &mut Market) -> Answer {
    let form = request.body()?;
    market.revoke_secret(form.get("token"), request.now);
    ok(json!({}))
}
