//! Endpoint 1.

use super::caller::Caller;
use crate::{
    kit::{
        refusal::Refusal,
        reply::{Answer, ok},
    },
    market::Market,
};

pub(super) fn current(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let install = market.world.installs.get(&caller.install);
    let body = install.map(|own| own.body(market.world.app_name(&own.app_slug)));
    ok(body.ok_or_else(|| Refusal::not_found("install"))?)
}
