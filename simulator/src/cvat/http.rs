//! The API over HTTP, with strict checks of requests.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Floor, Kind, ORGANIZATION, Shared, lists, people};
use crate::kit::{
    call::Call,
    fault,
    fields::Fields,
    refusal::Refusal,
    reply::{Answer, ok},
    server::Line,
};

/// The API version that every call must request.
const MEDIA_TYPE: &str = "application/vnd.cvat+json";

/// Number of polls of an export before it is done.
const WAITS: u32 = 2;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(serve).with_state(shared)
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let call = Call::read(request).await;
    let below = call.below(&["api"]).unwrap_or_default();
    let fault = shared.faults.take(&call, &below);
    let line = (line, shared.stop.clone());
    let refuse = |refusal| refuse(&shared, &call, refusal);
    fault::through(fault, line, refuse, || {
        shared
            .look(|floor| answer(floor, &call, &below))
            .unwrap_or_else(refuse)
    })
    .await
}

fn refuse(shared: &Shared, call: &Call, refusal: Refusal) -> Response {
    if refusal.violation {
        let method = call.method.as_str();
        shared
            .violations
            .record(method, &call.path, &refusal.message);
    }
    (refusal.status, Json(json!({ "detail": refusal.message }))).into_response()
}

fn answer(floor: &mut Floor, call: &Call, below: &[&str]) -> Answer {
    floor.calls += 1;
    if call.bearer()? != floor.token {
        return Err(Refusal::unauthorized("Invalid token."));
    }
    if below == ["events", "download"] {
        return download(floor, call);
    }
    if call.header(header::ACCEPT.as_str()) != Some(MEDIA_TYPE) {
        return Err(Refusal::violation("Accept must be the API's media type"));
    }
    match (call.method.as_str(), below) {
        ("GET", ["server", "about"]) => ok(json!({ "name": "CVAT", "version": "2.80.0" })),
        ("GET", ["users", "self"]) => ok(lists::me(floor)),
        ("GET", ["users", id]) => read_user(floor, call, number(id)?),
        ("GET", ["auth", "access_tokens", "self"]) => read_token(floor),
        ("GET", ["projects", id]) => read_project(floor, number(id)?),
        ("PATCH", [what @ ("jobs" | "tasks" | "projects"), id]) => {
            unassign(floor, call, what, number(id)?)
        }
        ("GET", ["guides", id]) => {
            let text = floor.guides.get(&number(id)?);
            ok(json!({ "markdown": text.ok_or_else(|| Refusal::not_found("guide"))? }))
        }
        ("PATCH", ["guides", id]) => write_guide(floor, call, number(id)?),
        ("POST", ["invitations"]) => people::invite(floor, call),
        ("GET", ["invitations", key]) => people::read_invitation(floor, call, key),
        ("POST", ["invitations", key, "resend"]) => people::resend(floor, key),
        ("DELETE", ["memberships", id]) => people::delete_membership(floor, number(id)?),
        ("POST", ["events", "export"]) => export(floor, call),
        ("GET", ["requests", id]) => read_request(floor, call, id),
        ("GET", [what]) => lists::read(floor, call, what),
        _ => Err(Refusal::not_found("path").into_violation()),
    }
}

fn number(id: &str) -> Result<u64, Refusal> {
    id.parse()
        .map_err(|_| Refusal::violation("an id is a number"))
}

/// Only owners and maintainers may write.
pub(super) fn may_write(floor: &Floor) -> Result<(), Refusal> {
    match !floor.is_read_only && floor.is_staff() {
        true => Ok(()),
        false => Err(forbidden()),
    }
}

/// Shows members, if the request names the organisation. A server administrator sees all users.
fn read_user(floor: &Floor, call: &Call, id: u64) -> Answer {
    let query = call.query(&["org"])?;
    let is_in = query.get("org") == Some(&floor.slug) && floor.shows_member(id);
    match floor.users.contains_key(&id) && (is_in || floor.is_admin) {
        true => ok(lists::user(floor, id)),
        false => Err(forbidden()),
    }
}

fn read_token(floor: &Floor) -> Answer {
    ok(json!({ "id": 1, "name": "bridge", "read_only": floor.is_read_only, "expiry_date": null }))
}

pub(super) fn forbidden() -> Refusal {
    Refusal::forbidden("You do not have permission to perform this action.")
}

fn read_project(floor: &Floor, id: u64) -> Answer {
    let found = floor.things.get(&(Kind::Project, id));
    let found = found.ok_or_else(|| Refusal::not_found("project"))?;
    ok(lists::thing(floor, Kind::Project, id, found))
}

fn unassign(floor: &mut Floor, call: &Call, what: &str, id: u64) -> Answer {
    may_write(floor)?;
    let body = call.json()?;
    let member = if what == "jobs" {
        "assignee"
    } else {
        "assignee_id"
    };
    if body != json!({ member: null }) {
        return Err(Refusal::violation("the bridge assigns nothing"));
    }
    let kind = lists::kind(what).ok_or_else(|| Refusal::not_found("path"))?;
    if floor.broken.contains(&(kind, id)) {
        return Err(Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Server Error",
        ));
    }
    let thing = floor.things.get_mut(&(kind, id));
    thing.ok_or_else(|| Refusal::not_found("thing"))?.assignee = None;
    ok(json!({ "id": id }))
}

fn write_guide(floor: &mut Floor, call: &Call, id: u64) -> Answer {
    may_write(floor)?;
    let body = call.json()?;
    let text = Fields::of(&body, &["markdown"])?.text("markdown")?;
    let guide = floor.guides.get_mut(&id);
    *guide.ok_or_else(|| Refusal::not_found("guide"))? = text.unwrap_or_default().to_owned();
    ok(json!({ "id": id }))
}

fn export(floor: &mut Floor, call: &Call) -> Answer {
    let query = call.query(&["org_id", "project_id", "from", "to"])?;
    call.no_body()?;
    if !floor.has_log {
        return Err(Refusal::not_found("path"));
    }
    let asked = |name: &str| {
        query
            .get(name)
            .ok_or_else(|| Refusal::violation("a filter is missing"))
    };
    let project = query.get("project_id").map(|id| number(id)).transpose()?;
    let is_ours = project.is_none_or(|id| floor.has_project(id));
    if *asked("org_id")? != ORGANIZATION.to_string() || !is_ours {
        return Err(Refusal::violation("the filters name nothing of ours"));
    }
    let csv = floor.csv(project, asked("from")?, asked("to")?);
    let id = format!("action=export&target=events&id={}", floor.draw());
    floor.exports.insert(id.clone(), (csv, WAITS));
    Ok((StatusCode::ACCEPTED, Json(json!({ "rq_id": id }))).into_response())
}

fn read_request(floor: &mut Floor, call: &Call, id: &str) -> Answer {
    call.bare()?;
    let own = call.header(header::HOST.as_str()).unwrap_or_default();
    let host = floor.result_host.as_deref().unwrap_or(own).to_owned();
    let (_, waits) = floor
        .exports
        .get_mut(id)
        .ok_or_else(|| Refusal::not_found("request"))?;
    if *waits > 0 {
        *waits -= 1;
        return ok(
            json!({ "id": id, "status": if *waits > 0 { "queued" } else { "started" }, "result_url": null }),
        );
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("rq_id", id)
        .finish();
    let result = format!("https://{host}/api/events/download?{query}");
    ok(json!({ "id": id, "status": "finished", "result_url": result }) as Value)
}

fn download(floor: &mut Floor, call: &Call) -> Answer {
    // The file is CSV, but the accepted type must be the API's media type or any.
    let accepted = call.header(header::ACCEPT.as_str());
    if !matches!(accepted, None | Some(MEDIA_TYPE | "*/*")) {
        let message = "Could not satisfy the request Accept header.";
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, message));
    }
    let query = call.query(&["rq_id"])?;
    let found = query.get("rq_id").and_then(|id| floor.exports.get(id));
    let (csv, _) = found.ok_or_else(|| Refusal::not_found("request"))?;
    let kind = [(header::CONTENT_TYPE, "text/csv")];
    Ok((kind, csv.clone()).into_response())
}
