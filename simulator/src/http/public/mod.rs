//! The Public API over HTTP, with strict checks of requests.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde_json::json;

use super::{
    envelope, openapi,
    operation::{Request, find},
    shared::Shared,
};
use crate::{
    kit::{call::Call, fault, refusal::Refusal, reply::Answer, server::Line},
    market::{
        Market,
        data::{feature::Feature, scope::grants, token::Actor},
    },
};
use access::{Access, Handler, PublicCall};
use caller::{Caller, lacks};
use table::{API, CALLS};

mod access;
mod accounts;
mod board;
mod caller;
mod contracts;
mod credits;
mod drafts;
mod jobs;
mod messages;
mod proposals;
pub(crate) mod table;
mod team;
mod updates;
pub(crate) mod views;
mod webhooks;

/// Calls without a token within a minute.
const OPEN_CALLS: u32 = 120;

pub(crate) async fn serve(shared: &Shared, call: &Call, line: Line) -> Response {
    let below = call.below(&["api", "public", "v1"]).unwrap_or_default();
    let method = call.method.as_str();
    if method == "OPTIONS" && is_open(&below) {
        return with_open_headers(StatusCode::NO_CONTENT.into_response());
    }
    let refuse = |refusal| envelope::refuse(shared, call, refusal);
    let document = || openapi::document(&API, CALLS);
    if let Some(answer) = openapi::serve(call, &below, document, refuse) {
        return with_open_headers(answer);
    }
    let (operation, ids) = match find(CALLS, method, &below) {
        Ok(found) => found,
        Err(refusal) => return refuse(refusal),
    };
    shared.counts.add_public(operation.id);
    shared.progress.made();
    let fault = shared.public_faults.take(call, &below);
    let line = (line, shared.stop.clone());
    let answer = fault::through(fault, line, refuse, || {
        answer(shared, call, operation, ids).unwrap_or_else(refuse)
    })
    .await;
    match operation.handler {
        Handler::Open(_) => with_open_headers(answer),
        Handler::Token(_) => answer,
    }
}

fn answer(shared: &Shared, call: &Call, operation: &'static PublicCall, ids: Vec<&str>) -> Answer {
    let now = (shared.clock)();
    match operation.handler {
        Handler::Open(handle) => shared.change(|market| {
            count_open_call(market, now)?;
            let request = Request::new(call, operation, ids, now)?;
            handle(&request, market)
        }),
        Handler::Token(handle) => {
            let secret = call.bearer()?;
            shared.change(|market| {
                let actor = market.authenticate(secret, now)?;
                pass(market, &actor, &operation.access)?;
                let request = Request::new(call, operation, ids, now)?;
                handle(&Caller { request, actor }, market)
            })
        }
    }
}

/// The gates, in their order: scope, feature, claim.
fn pass(market: &Market, actor: &Actor, access: &Access) -> Result<(), Refusal> {
    let scopes = access.any_of;
    let granted = scopes.iter().any(|wanted| grants(&actor.scopes, *wanted));
    if !scopes.is_empty() && !granted {
        return Err(lacks(&actor.scopes, scopes));
    }
    if let Some(feature) = access.feature {
        check_feature(market, actor, feature)?;
    }
    if access.claimed && market.employer(&actor.organization)?.claimed.is_none() {
        let details = json!({
            "reason": "account_claim_required",
            "action": "claim_account",
            "claimUrl": market.claim_url(),
        });
        return Err(Refusal::forbidden("the account is not claimed").with_details(details));
    }
    Ok(())
}

fn check_feature(market: &Market, actor: &Actor, feature: Feature) -> Result<(), Refusal> {
    if market.has_feature(feature, &actor.organization) {
        return Ok(());
    }
    let mode = market.rollout(feature).mode();
    let details = json!({"featureKey": feature, "mode": mode});
    Err(Refusal::forbidden("the feature is not enabled").with_details(details))
}

fn is_open(below: &[&str]) -> bool {
    let found = find(CALLS, "GET", below);
    below == ["openapi.json"] || found.is_ok_and(|(own, _)| matches!(own.handler, Handler::Open(_)))
}

fn count_open_call(market: &mut Market, now: Timestamp) -> Result<(), Refusal> {
    let minute = now.as_second().div_euclid(60);
    let (last, count) = &mut market.open_calls;
    if *last != minute {
        (*last, *count) = (minute, 0);
    }
    *count += 1;
    if *count <= OPEN_CALLS {
        return Ok(());
    }
    let seconds = 60 - now.as_second().rem_euclid(60);
    let details = json!({"retryAfterSeconds": seconds});
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too many requests");
    Err(refusal.with_details(details))
}

fn with_open_headers(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    let any = HeaderValue::from_static("*");
    let methods = HeaderValue::from_static("GET, OPTIONS");
    let cache = HeaderValue::from_static("public, s-maxage=300, stale-while-revalidate=3600");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    headers.insert(header::CACHE_CONTROL, cache);
    answer
}
