//! The board of open jobs, which needs no token.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::page::{Above, limit, page};
use crate::{
    clock::iso,
    opentrain::{
        job::Job,
        operation::Request,
        public::{
            ad::{Ad, Change},
            draft::PAYMENT_TYPES,
            schema::{at, time},
        },
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, ok},
};

const LONGEST_ID: usize = 64;
const MOST_CHANGES: usize = 5000;

pub(super) fn search(request: &Request<'_>, world: &mut World) -> Answer {
    let limit = limit(request, 25, (100, Above::Refused))?;
    let pay = request.query("payType");
    if pay.is_some_and(|pay| !PAYMENT_TYPES.contains(&pay)) {
        return Err(at("payType", "is not known"));
    }
    let board = world.board();
    let found = board.into_iter().filter(|(_, ad)| matches(request, ad));
    let (jobs, next) = page(request, found, |(job, _): &(&Job, &Ad)| &job.id, limit)?;
    let jobs: Vec<Value> = jobs
        .into_iter()
        .map(|(job, ad)| json!(world.public_job(job, ad)))
        .collect();
    ok(json!({"jobs": jobs, "nextCursor": next, "generatedAt": iso(request.now)}))
}

fn matches(request: &Request<'_>, ad: &Ad) -> bool {
    let has = |name: &str, key: &str| {
        let wanted = request.query(name);
        wanted.is_none_or(|own| ad.texts(key).iter().any(|it| it.eq_ignore_ascii_case(own)))
    };
    let text = |key: &str| ad.text(key).unwrap_or_default().to_lowercase();
    let found = request.query("q").is_none_or(|q| {
        let q = q.to_lowercase();
        text("jobTitle").contains(&q) || text("jobDescription").contains(&q)
    });
    let pay = request.query("payType");
    let paid = pay.is_none_or(|pay| ad.text("paymentType") == Some(pay));
    found && paid && has("language", "languages") && has("country", "countries")
}

pub(super) fn facets(request: &Request<'_>, world: &mut World) -> Answer {
    let board = world.board();
    let ads = || board.iter().map(|(_, ad)| *ad);
    let one = |key: &'static str| count(ads().filter_map(move |ad| ad.text(key)));
    let many = |key: &'static str| count(ads().flat_map(move |ad| ad.texts(key)));
    ok(json!({
        "totalJobs": board.len(),
        "categories": one("subjectMatter"),
        "languages": many("languages"),
        "countries": many("countries"),
        "payTypes": one("paymentType"),
        "generatedAt": iso(request.now),
    }))
}

fn count<'a>(values: impl Iterator<Item = &'a str>) -> Vec<Value> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let counts = counts.into_iter();
    counts
        .map(|(value, count)| json!({"value": value, "count": count}))
        .collect()
}

/// The latest change of each job since a time, oldest first.
pub(super) fn changes(request: &Request<'_>, world: &mut World) -> Answer {
    let since: Option<Timestamp> = request.query("since").and_then(time);
    let since = since.ok_or_else(|| at("since", "must be an ISO 8601 time"))?;
    let mut latest: BTreeMap<&str, (usize, &Change)> = BTreeMap::new();
    let changes = world.public.changes.iter().enumerate();
    for (number, change) in changes.filter(|(_, change)| change.at >= since) {
        latest.insert(&change.job, (number, change));
    }
    let mut latest: Vec<(usize, &Change)> = latest.into_values().collect();
    latest.sort_by_key(|(number, _)| *number);
    latest.truncate(MOST_CHANGES);
    let changes: Vec<Value> = latest
        .into_iter()
        .map(|(_, own)| json!({"jobId": own.job, "eventType": own.kind, "occurredAt": iso(own.at)}))
        .collect();
    ok(json!({
        "since": iso(since),
        "until": iso(request.now),
        "changes": changes,
        "generatedAt": iso(request.now),
    }))
}

pub(super) fn read(request: &Request<'_>, world: &mut World) -> Answer {
    let id = request.id();
    if id.chars().count() > LONGEST_ID {
        return Err(at("id", "is longer than 64"));
    }
    let board = world.board();
    let listed = board.into_iter().find(|(job, _)| job.id == id);
    match listed {
        Some((job, ad)) => ok(json!(world.public_job(job, ad))),
        None if world.jobs.get(id).is_some() => closed(id),
        None => Err(Refusal::not_found("job")),
    }
}

/// A job that is not listed has a body of its own.
fn closed(id: &str) -> Answer {
    use axum::{Json, http::StatusCode, response::IntoResponse};
    let body = json!({"id": id, "status": "closed"});
    Ok((StatusCode::NOT_FOUND, Json(body)).into_response())
}
