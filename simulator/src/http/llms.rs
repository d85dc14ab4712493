//! `llms.txt`: where an agent finds the calls, a token and the limits of the sandbox.

use axum::response::{IntoResponse, Response};

use super::{envelope, shared::Shared};
use crate::kit::{call::Call, refusal::Refusal};

pub(crate) fn serve(shared: &Shared, call: &Call) -> Response {
    match call.method.as_str() {
        "GET" => shared
            .look(|market| text(&market.world.origin))
            .into_response(),
        _ => envelope::refuse(shared, call, Refusal::not_allowed(&["GET"])),
    }
}

fn text(origin: &str) -> String {
    format!(
        "# OpenTrain sandbox

> A stateful, strict stand-in for OpenTrain on this machine: its Platform API, its Public API, the identity of
> agents, and the people who confirm, pay and apply. No data leaves the machine, and no money moves.

## Calls

- [Public API]({origin}/api/public/v1/openapi.json): jobs, proposals, hires, contracts, messages and money of an
  employer
- [Agent identity]({origin}/api/agent/openapi.json): registration, claim and tokens of an agent
- [Platform API]({origin}/api/partner/v1/openapi.json): links, contracts, budgets, usage and webhooks of an
  annotation platform
- [The human's part]({origin}/sandbox/openapi.json): everything that a person does in OpenTrain's app

## Get a token

- [Register]({origin}/api/agent/openapi.json): `POST {origin}/api/agent/identity` with `{{}}` gives a token of the
  Public API for an unclaimed account
- [As a human]({origin}/sandbox/openapi.json): `POST {origin}/sandbox/tokens` gives a token of the Public API with
  any scopes, `POST {origin}/sandbox/installs` one of the Platform API

## Time and faults

- [Clock]({origin}/sandbox/clock): `POST` with `{{\"advance\": \"PT30M\"}}` advances the time, and answers with the
  deliveries that became due
- [Faults]({origin}/sandbox/openapi.json): `POST {origin}/sandbox/faults` makes the next calls fail, hang or break
- [Reset]({origin}/sandbox/openapi.json): `POST {origin}/sandbox/reset` returns to the state after the start

## Limits

- [Limits]({origin}/sandbox/limits): differences from the real OpenTrain, with their sources
"
    )
}
