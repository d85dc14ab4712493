//! Documents below `/.well-known`, by which an agent finds the registration.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    http::{envelope, shared::Shared},
    kit::{call::Call, refusal::Refusal},
    market::data::scope::TokenScope,
};

pub(crate) fn serve(shared: &Shared, call: &Call) -> Response {
    let below = call.below(&[".well-known"]).unwrap_or_default();
    let origin = shared.look(|market| market.world.origin.clone());
    let body = match (call.method.as_str(), below.as_slice()) {
        ("GET", ["oauth-protected-resource"]) => json!({
            "resource": format!("{origin}/api/public/v1"),
            "authorization_servers": [origin],
            "scopes_supported": TokenScope::ALL,
            "bearer_methods_supported": ["header"],
        }),
        ("GET", ["oauth-authorization-server"]) => json!({
            "issuer": origin,
            "token_endpoint": format!("{origin}/api/agent/oauth/token"),
            "revocation_endpoint": format!("{origin}/api/agent/oauth/revoke"),
            "scopes_supported": TokenScope::ALL,
            "agent_auth": {
                "register_uri": format!("{origin}/api/agent/identity"),
                "claim_uri": format!("{origin}/api/agent/identity/claim"),
                "identity_types_supported": ["anonymous"],
            },
        }),
        _ => {
            let refusal = Refusal::not_found("path").into_violation();
            return envelope::refuse(shared, call, refusal);
        }
    };
    Json(body).into_response()
}
