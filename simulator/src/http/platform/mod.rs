//! The Platform API over HTTP, with strict checks of requests.

use axum::response::Response;

use super::{
    envelope,
    openapi::{self, Api, ErrorForm},
    operation::{Operation, Request, find},
    shared::Shared,
};
use crate::kit::{call::Call, fault, reply::Answer, server::Line};
use caller::Caller;
use table::{Access, CALLS, Handler};

mod caller;
mod contracts;
pub(crate) mod endpoint;
mod installs;
mod project_links;
mod report;
mod table;
mod webhook_endpoints;

const API: Api = Api {
    title: "OpenTrain Platform API (sandbox)",
    about: "What an annotation platform calls: links of projects, contracts, participants, budgets, usage and \
            webhook endpoints.",
    base: "/api/partner/v1",
    errors: ErrorForm::Envelope,
};

pub(crate) async fn serve(shared: &Shared, call: &Call, line: Line) -> Response {
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
