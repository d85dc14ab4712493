//! Identity of agents: registration, claim, token and revocation. Errors have the form of OAuth.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    call::Call,
    clock::{iso, later},
    fault,
    opentrain::{
        Shared,
        calls::Refused,
        envelope,
        operation::{Body, Operation, Request, find},
        public::{
            account::{ATTEMPT_LIFE, CLAIM_TOKEN_LIFE, POLL_INTERVAL, is_email},
            market::claims::{oauth, seconds},
            schema::{Kind, Member, optional},
            scope::TokenScope,
        },
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, ok},
    server::Line,
};

const GRANT_TYPE: &str = "urn:opentrain:agent-auth:grant-type:claim";
const SHORT: Kind = Kind::Text { most: 320 };

type AgentCall = Operation<(), fn(&Request<'_>, &mut World) -> Answer>;

const IDENTITY: [Member; 3] = [
    optional("identity_type", SHORT),
    optional("agent_name", SHORT),
    optional("organization_name", SHORT),
];
const CLAIM: [Member; 2] = [optional("claim_token", SHORT), optional("email", SHORT)];

/// Every call below `/api/agent`.
pub(crate) static CALLS: &[AgentCall] = &[
    AgentCall::new("registerAgent", ("POST", "/identity"), (), register)
        .body(Body::OptionalJson(&IDENTITY)),
    AgentCall::new("startClaim", ("POST", "/identity/claim"), (), claim).body(Body::Json(&CLAIM)),
    AgentCall::new("pollClaim", ("POST", "/oauth/token"), (), token)
        .body(Body::Form(&["grant_type", "claim_token"])),
    AgentCall::new("revokeAgentToken", ("POST", "/oauth/revoke"), (), revoke)
        .body(Body::Form(&["token"])),
];

pub(crate) async fn serve(shared: &Shared, call: &Call, line: Line) -> Response {
    let below = call.below(&["api", "agent"]).unwrap_or_default();
    let refuse = |refusal| refuse(shared, call, refusal);
    let Some((operation, ids)) = find(CALLS, call.method.as_str(), &below) else {
        return refuse(Refusal::not_found("path").into_violation());
    };
    let now = (shared.clock)();
    shared.change(|world| world.public.count(operation.id));
    let fault = shared.agent_faults.take(call, &below);
    let line = (line, shared.stop.clone());
    fault::through(fault, line, refuse, || {
        let answer = Request::new(call, operation, ids, now)
            .and_then(|request| shared.change(|world| (operation.handler)(&request, world)));
        answer.unwrap_or_else(refuse)
    })
    .await
}

/// `{error, error_description}`; the code is the refusal's details, or follows from the status.
fn refuse(shared: &Shared, call: &Call, refusal: Refusal) -> Response {
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
    let refused = Refused {
        code: code.to_owned(),
        message: refusal.message,
        details: None,
    };
    let mut answer = (refusal.status, Json(body)).into_response();
    answer.extensions_mut().insert(refused);
    answer
}

fn check_registration(world: &World) -> Result<(), Refusal> {
    match world.public.registration {
        true => Ok(()),
        false => Err(Refusal::forbidden("anonymous registration is not enabled")),
    }
}

fn register(request: &Request<'_>, world: &mut World) -> Answer {
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
    check_registration(world)?;
    let agent = body.text("agent_name").unwrap_or("Agent");
    let organization = body
        .text("organization_name")
        .unwrap_or("Unclaimed organization");
    let (token, claim_token) = world.register(agent, organization, request.now)?;
    let origin = &world.public.origin;
    ok(json!({
        "identity_type": "anonymous",
        "registration_id": format!("reg_{}", world.public.registrations.len()),
        "access_token": world.secret(&token),
        "token_type": "bearer",
        "scopes": TokenScope::UNCLAIMED,
        "claim_token": claim_token,
        "claim_token_expires_at": iso(later(request.now, CLAIM_TOKEN_LIFE)),
        "claim_endpoint": format!("{origin}/api/agent/identity/claim"),
        "token_endpoint": format!("{origin}/api/agent/oauth/token"),
        "grant_type": GRANT_TYPE,
    }))
}

fn claim(request: &Request<'_>, world: &mut World) -> Answer {
    let body = request.body()?;
    check_registration(world)?;
    let missing = |name: &str| oauth("invalid_request", &format!("{name} is missing or bad"));
    let claim_token = body
        .text("claim_token")
        .ok_or_else(|| missing("claim_token"))?;
    let email = body.text("email").filter(|email| is_email(email));
    let email = email.ok_or_else(|| missing("email"))?;
    let (user_code, attempt) = world.start_claim(claim_token, email, request.now)?;
    ok(json!({
        "user_code": user_code,
        "verification_uri": format!("{}?attempt={attempt}", world.claim_url()),
        "expires_in": seconds(ATTEMPT_LIFE),
        "interval": seconds(POLL_INTERVAL),
        "email_sent": true,
    }))
}

fn token(request: &Request<'_>, world: &mut World) -> Answer {
    let form = request.body()?;
    let invalid = |name: &str| oauth("invalid_request", &format!("{name} is required"));
    let grant = form
        .text("grant_type")
        .ok_or_else(|| invalid("grant_type"))?;
    if grant != GRANT_TYPE {
        return Err(oauth(
            "unsupported_grant_type",
            "the grant type is not supported",
        ));
    }
    let claim_token = form
        .text("claim_token")
        .ok_or_else(|| invalid("claim_token"))?;
    let id = world.poll_claim(claim_token, request.now)?;
    ok(json!({
        "access_token": world.secret(&id),
        "token_type": "bearer",
        "scopes": TokenScope::CLAIMED,
    }))
}

fn revoke(request: &Request<'_>, world: &mut World) -> Answer {
    let form = request.body()?;
    let secret = form.text("token").filter(|own| !own.is_empty());
    let secret = secret.ok_or_else(|| oauth("invalid_request", "token is required"))?;
    world.revoke_secret(secret, request.now);
    ok(json!({}))
}
