//! The members contract over HTTP, with strict checks of requests.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    control,
    floor::{Floor, Shared},
    route::{BASE, Route, ToolCall},
};
use crate::kit::{
    call::Call,
    fault::{self, What},
    refusal::Refusal,
    reply::{Answer, ok},
    server::Line,
};

mod members;
mod notice;
mod usage;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(serve).with_state(shared)
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let call = Call::read(request).await;
    let answer = match call.segments.first().map(String::as_str) {
        Some("control") => control::answer(&shared, &call),
        _ => members_contract(&shared, &call, line).await,
    };
    shared.progress.made();
    answer
}

async fn members_contract(shared: &Shared, call: &Call, line: Line) -> Response {
    let below = call.below(&BASE).unwrap_or_default();
    let Some(route) = Route::of(call.method.as_str(), &below) else {
        return refuse(shared, call, Refusal::not_found("path").into_violation());
    };
    check_headers(shared, call);
    shared.look(|floor| *floor.requests.entry(route.call).or_default() += 1);
    let fault = match shared.look(Floor::is_over_limit) {
        true => Some(What::rate_limited(1)),
        false => shared.faults.take(call, &below),
    };
    let line = (line, shared.stop.clone());
    let refuse = |refusal| refuse(shared, call, refusal);
    fault::through(fault, line, refuse, || {
        let answer = shared.look(|floor| answer(floor, call, &route));
        shared.progress.made();
        answer.unwrap_or_else(refuse)
    })
    .await
}

/// Checks the headers that every request has in addition to its token. The contract defines no error for a missing
/// header, so the violation is recorded and the request continues.
fn check_headers(shared: &Shared, call: &Call) {
    let lack = |why| {
        let method = call.method.as_str();
        shared.violations.record(method, &call.path, why);
    };
    if call.header("accept") != Some("application/json") {
        lack("Accept must be application/json");
    }
    let agent = call.header("user-agent").unwrap_or_default();
    let version = agent.strip_prefix("opentrain-bridge/");
    if version.is_none_or(str::is_empty) {
        lack("User-Agent must be opentrain-bridge/<version>");
    }
}

fn answer(floor: &mut Floor, call: &Call, route: &Route<'_>) -> Answer {
    if call.bearer()? != floor.token {
        return Err(Refusal::unauthorized("the token is not valid"));
    }
    if floor.unsupported.contains(&route.call) {
        let status = StatusCode::NOT_IMPLEMENTED;
        return Err(Refusal::new(status, "not supported"));
    }
    let (project, trainer) = (route.project, route.trainer);
    match route.call {
        ToolCall::ReadProject => read_project(floor, call, project),
        ToolCall::PutMember => members::put(floor, call, project, trainer),
        ToolCall::ReadMember => members::read(floor, call, project, trainer),
        ToolCall::DeleteMember => members::delete(floor, call, project, trainer),
        ToolCall::Usage => usage::read(floor, call, project),
        ToolCall::PutNotice => notice::put(floor, call, project),
        ToolCall::DeleteNotice => notice::delete(floor, call, project),
    }
}

fn read_project(floor: &Floor, call: &Call, project: &str) -> Answer {
    call.bare()?;
    let project = floor.project(project)?;
    ok(json!({"id": project.id, "name": project.name}))
}

fn refuse(shared: &Shared, call: &Call, refusal: Refusal) -> Response {
    if refusal.violation {
        let method = call.method.as_str();
        let why = &refusal.message;
        shared.violations.record(method, &call.path, why);
    }
    let body = json!({"error": refusal.message});
    (refusal.status, Json(body)).into_response()
}
