//! The Platform API over HTTP, with strict checks of requests.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{self, ConnectInfo, State},
    response::Response,
};
use jiff::Timestamp;

use super::{
    Shared, control, envelope,
    openapi::{self, Api, ErrorForm, llms},
    operation::{Operation, Request, find},
    pages,
    public::http::{self as public_api, agent, discovery},
    sandbox,
};
use crate::{
    kit::{call::Call, fault, refusal::Refusal, reply::Answer, server::Line},
    opentrain::public::state::Market,
};
pub use endpoint::Endpoint;
use table::{Access, CALLS, Handler};

mod contracts;
pub(crate) mod endpoint;
mod project_links;
mod report;
mod table;
mod webhook_endpoints;

/// Matches every path: the handler checks strictly, without a table of routes.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(serve).with_state(shared)
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: extract::Request,
) -> Response {
    let began = Instant::now();
    let call = Call::read(request).await;
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let answer = match segments[..] {
        ["control", ..] => control::answer(&shared, &call),
        ["sandbox", ..] => sandbox::serve(&shared, &call).await,
        ["llms.txt"] => llms::serve(&shared, &call),
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

const API: Api = Api {
    title: "OpenTrain Platform API (sandbox)",
    about: "What an annotation platform calls: links of projects, contracts, participants, budgets, usage and \
            webhook endpoints.",
    base: "/api/partner/v1",
    errors: ErrorForm::Envelope,
};

async fn platform_api(shared: &Shared, call: &Call, line: Line) -> Response {
    let below = call.below(&["api", "partner", "v1"]).unwrap_or_default();
    let refuse = |refusal| envelope::refuse(shared, call, refusal);
    let document = || openapi::document(&API, CALLS);
    if let Some(answer) = openapi::serve(call, &below, document, refuse) {
        return answer;
    }
    let (operation, ids) = match find(CALLS, call.method.as_str(), &below) {
        Ok(found) => found,
        Err(refusal) => return refuse(refusal),
    };
    shared.counts.add(operation.access.endpoint);
    shared.progress.made();
    let fault = shared.faults.take(call, &below);
    let line = (line, shared.stop.clone());
    fault::through(fault, line, refuse, || {
        answer(shared, call, operation, ids).unwrap_or_else(refuse)
    })
    .await
}

/// Checks the permissions, then answers the request.
fn answer(
    shared: &Shared,
    call: &Call,
    operation: &'static Operation<Access, Handler>,
    ids: Vec<&str>,
) -> Answer {
    let now = (shared.clock)();
    let token = call.bearer()?;
    shared.change(|market| {
        let install = market.world.authorize(token, operation.access.scope)?;
        let request = Request::new(call, operation, ids, now)?;
        (operation.handler)(&Caller { request, install }, market)
    })
}

/// A request with a valid token, install, app and scope.
pub(crate) struct Caller<'a> {
    request: Request<'a>,
    install: String,
}

impl Caller<'_> {
    fn id(&self) -> &str {
        self.request.id()
    }

    fn now(&self) -> Timestamp {
        self.request.now
    }
}

fn current_install(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let install = market.world.installs.get(&caller.install);
    let body = install.map(|own| own.body(market.world.app_name(&own.app_slug)));
    crate::kit::reply::ok(body.ok_or_else(|| Refusal::not_found("install"))?)
}
