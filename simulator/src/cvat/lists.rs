//! Lists in pages, with filters.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Floor, Kind, Member, ORGANIZATION, OWNER, Thing};
use crate::kit::{
    call::Call,
    refusal::Refusal,
    reply::{Answer, ok},
};

/// Small, so that a client that reads only one page is detected.
const PAGE: usize = 2;

pub(super) fn read(floor: &Floor, call: &Call, what: &str) -> Answer {
    let filters: &[&str] = match what {
        "organizations" => &["slug"],
        "memberships" => &["org", "user"],
        "users" => &["org"],
        "jobs" | "tasks" => &["org", "assignee", "project_id"],
        "projects" => &["org", "assignee"],
        _ => return Err(Refusal::not_found("path").into_violation()),
    };
    let known = [&["page", "page_size"], filters].concat();
    let query = call.query(&known)?;
    if filters.contains(&"org") && query.get("org") != Some(&floor.slug) {
        return Err(Refusal::violation("org must be the organisation's slug"));
    }
    let rows = rows(floor, what, &query);
    let page: usize = query
        .get("page")
        .and_then(|it| it.parse().ok())
        .unwrap_or(1);
    let Some(from) = page.checked_sub(1).and_then(|it| it.checked_mul(PAGE)) else {
        return Err(Refusal::not_found("page"));
    };
    if page > 1 && from >= rows.len() {
        return Err(Refusal::not_found("page"));
    }
    let next =
        (from + PAGE < rows.len()).then(|| format!("http://cvat.example/?page={}", page + 1));
    let results: Vec<_> = rows.iter().skip(from).take(PAGE).collect();
    ok(json!({ "count": rows.len(), "next": next, "previous": null, "results": results }))
}

fn rows(floor: &Floor, what: &str, query: &BTreeMap<String, String>) -> Vec<Value> {
    let asked = |name: &str, value: &str| query.get(name).is_none_or(|own| own == value);
    match what {
        "organizations" => {
            let slug = floor.slug.as_str();
            let own = json!({ "id": ORGANIZATION, "slug": slug, "name": "The team" });
            asked("slug", slug).then_some(own).into_iter().collect()
        }
        "memberships" => {
            let members = floor.members.iter();
            let members = members.filter(|(id, _)| floor.shows_member(**id));
            let members = members.filter(|(id, _)| asked("user", &floor.users[id].username));
            members.map(|(id, it)| membership(floor, *id, it)).collect()
        }
        "users" => floor.members.keys().map(|id| user(floor, *id)).collect(),
        _ => {
            let kind = kind(what);
            let things = floor.things.iter().filter(|((of, _), _)| Some(*of) == kind);
            // Other users see only their own assignments, without a hint that there are more.
            let is_shown = |it: &Thing| floor.is_staff() || it.assignee == Some(OWNER);
            let things = things.filter(|(_, it)| is_shown(it));
            let things = things.filter(|(_, it)| {
                let name = it
                    .assignee
                    .map_or("", |id| floor.users[&id].username.as_str());
                asked("assignee", name) && asked("project_id", &it.project.to_string())
            });
            things
                .map(|((kind, id), it)| thing(floor, *kind, *id, it))
                .collect()
        }
    }
}

pub(super) fn kind(what: &str) -> Option<Kind> {
    match what {
        "jobs" => Some(Kind::Job),
        "tasks" => Some(Kind::Task),
        "projects" => Some(Kind::Project),
        _ => None,
    }
}

pub(super) fn user(floor: &Floor, id: u64) -> Value {
    let own = &floor.users[&id];
    let mut user = json!({ "id": id, "username": own.username, "first_name": "", "last_name": "" });
    if floor.is_admin {
        user["email"] = json!(own.email);
        user["is_active"] = json!(own.active);
    }
    user
}

/// The token's owner.
pub(super) fn me(floor: &Floor) -> Value {
    let mut me = user(floor, OWNER);
    me["is_superuser"] = json!(floor.is_admin);
    me["groups"] = json!([if floor.is_admin { "admin" } else { "user" }]);
    me
}

pub(super) fn membership(floor: &Floor, id: u64, member: &Member) -> Value {
    json!({
        "id": member.id, "user": user(floor, id), "organization": ORGANIZATION, "role": member.role,
        "is_active": member.invitation.is_none(),
        "invitation": member.invitation.as_ref().map(|it| &it.key),
    })
}

pub(super) fn thing(floor: &Floor, kind: Kind, id: u64, thing: &Thing) -> Value {
    let assignee = thing.assignee.map(|id| user(floor, id));
    let mut row = json!({ "id": id, "name": thing.name, "assignee": assignee, "organization": thing.organization });
    match kind {
        Kind::Project => row["guide_id"] = json!(thing.guide),
        Kind::Task | Kind::Job => row["project_id"] = json!(thing.project),
    }
    row
}
