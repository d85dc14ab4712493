//! Faults of the APIs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    http::{operation::Request, shared::Shared},
    kit::{
        fault::{Fault, On, What},
        refusal::Refusal,
        reply::{Answer, ok},
        schema::{Checked, at},
    },
};

/// Adds a fault for the next `times` calls that match; for all of them without `times`.
pub(super) fn add(request: &Request<'_>, shared: &Shared) -> Answer {
    let body = request.body()?;
    let on = match (body.text("method"), body.text("path")) {
        (None, None) => On::any(),
        (Some(method), None) => On::method(method),
        (Some(method), Some(path)) => On::call(method, path),
        (None, Some(_)) => return Err(at("method", "is required with a path")),
    };
    let what = what(&body)?;
    let fault = match number(&body, "times") {
        Some(times) => Fault::times(times, on, what),
        None => Fault::lasting(on, what),
    };
    let faults = match body.text("api").unwrap_or("platform") {
        "platform" => &shared.faults,
        "public" => &shared.public_faults,
        _ => &shared.agent_faults,
    };
    faults.add(fault);
    ok(json!({"ok": true}))
}

fn what(body: &Checked) -> Result<What, Refusal> {
    match body.get("kind") {
        "status" => {
            let code = number(body, "status").and_then(|own| u16::try_from(own).ok());
            let code = code.filter(|code| (400..=599).contains(code));
            let code = code.ok_or_else(|| at("status", "must be 400 to 599"))?;
            let retry_after = number(body, "retryAfterSeconds");
            Ok(What::Status { code, retry_after })
        }
        "delay" => {
            let seconds = number(body, "delaySeconds");
            let seconds = seconds.ok_or_else(|| at("delaySeconds", "is required"))?;
            Ok(What::Delay(Duration::from_secs(seconds.into())))
        }
        "drop" => Ok(What::DropConnectionAfterWrite),
        _ => Ok(What::Garbage),
    }
}

fn number(body: &Checked, name: &str) -> Option<u32> {
    body.number(name).map(|own| own as u32)
}

/// The faults in force, with the API of each.
pub(crate) fn in_force(shared: &Shared) -> Vec<(&'static str, Fault)> {
    let lists = [
        ("platform", &shared.faults),
        ("public", &shared.public_faults),
        ("agent", &shared.agent_faults),
    ];
    let all = lists.into_iter();
    let all =
        all.flat_map(|(api, faults)| faults.in_force().into_iter().map(move |own| (api, own)));
    all.collect()
}

pub(super) fn list(_: &Request<'_>, shared: &Shared) -> Answer {
    let faults = in_force(shared).into_iter();
    let faults: Vec<Value> = faults.map(|(api, own)| fault_body(api, &own)).collect();
    ok(json!({"faults": faults}))
}

fn fault_body(api: &str, own: &Fault) -> Value {
    let (method, path) = own.on.parts();
    let (status, retry_after, delay) = match own.what {
        What::Status { code, retry_after } => (Some(code), retry_after, None),
        What::Delay(time) => (None, None, Some(time.as_secs())),
        _ => (None, None, None),
    };
    json!({
        "api": api,
        "kind": own.what.name(),
        "method": method,
        "path": path,
        "times": own.times,
        "status": status,
        "retryAfterSeconds": retry_after,
        "delaySeconds": delay,
    })
}

pub(super) fn clear(_: &Request<'_>, shared: &Shared) -> Answer {
    for faults in [&shared.faults, &shared.public_faults, &shared.agent_faults] {
        faults.clear();
    }
    ok(json!({"ok": true}))
}
