//! The Platform API over HTTP, with strict checks of requests.

use std::{sync::Arc, time::Instant};

use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    response::{IntoResponse, Response},
};

use super::{
    Shared, control, envelope, pages,
    public::http::{self as public_api, agent, discovery},
    sandbox,
    world::World,
};
use crate::{call::Call, fault, refusal::Refusal, reply::Answer, server::Line};
pub use endpoint::Endpoint;
use endpoint::Route;

mod contracts;
mod endpoint;
mod openapi;
mod project_links;
mod webhook_endpoints;

/// Matches every path: the handler checks strictly, without a table of routes.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(serve).with_state(shared)
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let began = Instant::now();
    let call = Call::read(request).await;
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let answer = match segments[..] {
        ["control", ..] => control::answer(&shared, &call),
        ["sandbox", ..] => sandbox::serve(&shared, &call).await,
        [".well-known", ..] => discovery::serve(&shared, &call),
        ["api", "agent", ..] => agent::serve(&shared, &call, line).await,
        ["api", "public", ..] => public_api::serve(&shared, &call, line).await,
        ["api", ..] => platform_api(&shared, &call, line).await,
        _ => match pages::serve(&shared, &call).await {
            Some(page) => page,
            None => platform_api(&shared, &call, line).await,
        },
    };
    if let Some(api) = api(&segments) {
        let time = ((shared.clock)(), began.elapsed());
        shared.calls.record((api, &call), &answer, time);
    }
    shared.progress.made();
    answer
}

/// The API of a request, as the calls below `/sandbox` name it.
fn api(segments: &[&str]) -> Option<&'static str> {
    match segments {
        ["api", "agent", ..] => Some("agent"),
        ["api", "public", ..] => Some("public"),
        ["api", "partner", ..] => Some("platform"),
        _ => None,
    }
}

async fn platform_api(shared: &Shared, call: &Call, line: Line) -> Response {
    let below = call.below(&["api", "partner", "v1"]).unwrap_or_default();
    if below == ["openapi.json"] && call.method == "GET" {
        return Json(openapi::document()).into_response();
    }
    let Some(route) = Route::of(call.method.as_str(), &below) else {
        let refusal = Refusal::not_found("path").into_violation();
        return envelope::refuse(shared, call, refusal);
    };
    let endpoint = route.endpoint;
    shared.change(|world| *world.requests.entry(endpoint).or_default() += 1);
    let fault = shared.faults.take(call, &below);
    let line = (line, shared.stop.clone());
    let refuse = |refusal| envelope::refuse(shared, call, refusal);
    fault::through(fault, line, refuse, || {
        answer(shared, call, &route).unwrap_or_else(refuse)
    })
    .await
}

/// Checks the permissions, then answers the request.
fn answer(shared: &Shared, call: &Call, route: &Route) -> Answer {
    let now = (shared.clock)();
    let token = call.bearer()?;
    shared.change(|world| {
        let install = authorize(world, token, route.endpoint)?;
        let caller = Caller { call, install, now };
        let id = route.id.as_str();
        match route.endpoint {
            Endpoint::CurrentInstall => caller.current_install(world),
            Endpoint::CreateLink => caller.create_link(world),
            Endpoint::ListLinks => caller.list_links(world),
            Endpoint::ReadLink => caller.read_link(world, id),
            Endpoint::DeleteLink => caller.delete_link(world, id),
            Endpoint::ListContracts => caller.list_contracts(world),
            Endpoint::Participants => caller.participants(world, id),
            Endpoint::Budget => caller.budget(world, id),
            Endpoint::Usage => caller.usage(world, id),
            Endpoint::CreateWebhook => caller.create_webhook(world),
            Endpoint::ListWebhooks => caller.list_webhooks(world),
            Endpoint::ReadWebhook => caller.read_webhook(world, id),
            Endpoint::UpdateWebhook => caller.update_webhook(world, id),
            Endpoint::DeleteWebhook => caller.delete_webhook(world, id),
            Endpoint::Redeliver => caller.redeliver(world, id),
        }
    })
}

/// A request with a valid token, install, app and scope.
pub(crate) struct Caller<'a> {
    call: &'a Call,
    install: String,
    now: jiff::Timestamp,
}

impl Caller<'_> {
    fn current_install(&self, world: &World) -> Answer {
        self.call.bare()?;
        let install = world.installs.get(&self.install);
        let body = install.map(|own| own.body(world.app_name(&own.app_slug)));
        crate::reply::ok(body.ok_or_else(|| Refusal::not_found("install"))?)
    }
}

/// A revoked token or install is 401; a missing permission is 403.
fn authorize(world: &World, token: &str, endpoint: Endpoint) -> Result<String, Refusal> {
    let install = world.tokens.get(token);
    let install = install.and_then(|id| world.installs.get(id));
    let install = install
        .filter(|own| own.token_live && own.is_active())
        .ok_or_else(|| Refusal::unauthorized("the token is not valid"))?;
    if !world.app_active {
        return Err(Refusal::forbidden("the app is not active"));
    }
    if world.disabled_features.contains(&install.organization) {
        return Err(Refusal::forbidden("the feature is not enabled"));
    }
    if let Some(scope) = endpoint.scope().filter(|scope| !install.allows(*scope)) {
        let message = format!("the token lacks the scope {}", scope.as_str());
        return Err(Refusal::forbidden(message));
    }
    Ok(install.id.clone())
}
