//! The board of open jobs, which needs no token.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    access::{PublicCall, PublicGroup},
    views::job::{PUBLIC_JOB, public_job},
};
use crate::{
    http::{
        operation::{Group, Request},
        page::{CURSOR, page},
        param::{Above, Param},
    },
    kit::{
        clock::iso,
        refusal::Refusal,
        reply::{Answer, ok},
        schema::{Kind, at, time},
        shape::{Reply, Shape, has, or_null},
    },
    market::{
        Market,
        data::ad::{Ad, Change},
        draft::PAYMENT_TYPES,
    },
    model::job::Job,
};

const MOST_CHANGES: usize = 5000;

pub(super) const GROUP: PublicGroup = Group {
    tag: "Job board",
    calls: &[
        PublicCall::open(
            "searchJobs",
            "/jobs",
            "Search open jobs, newest first",
            search,
        )
        .query(&[
            Param::new("q", "Text of the title or the description.", FILTER),
            Param::new("payType", "Unit of payment.", Kind::OneOf(&PAYMENT_TYPES)),
            Param::new("language", "One of the job's languages.", FILTER),
            Param::new("country", "One of the job's countries.", FILTER),
            Param::limit(25, (100, Above::Refused)),
            CURSOR,
        ])
        .answers(&[Reply::ok(FOUND)]),
        PublicCall::open(
            "getJobFacets",
            "/jobs/facets",
            "Count the open jobs by category, language, country and payment",
            facets,
        )
        .answers(&[Reply::ok(FACETS)]),
        PublicCall::open(
            "getJobChanges",
            "/jobs/changes",
            "List the latest change of each job since a time",
            changes,
        )
        .query(&[Param::new("since", "Changes from this time on.", Kind::Time).required()])
        .answers(&[Reply::ok(CHANGES)]),
        PublicCall::open("getJob", "/jobs/{jobId}", "Read an open job", read)
            .longest_id(64)
            .answers(&[
                Reply::ok(PUBLIC_JOB),
                Reply::new(404, "The job is not open.", CLOSED),
            ]),
    ],
};

const FILTER: Kind = Kind::MaybeEmpty { most: 200 };
const FOUND: Shape = Shape::Object(&[
    has("jobs", Shape::List(&PUBLIC_JOB)),
    or_null("nextCursor", Shape::Text),
    has("generatedAt", Shape::Time),
]);
const FACET: Shape = Shape::List(&Shape::Object(&[
    has("value", Shape::Text),
    has("count", Shape::Whole),
]));
const FACETS: Shape = Shape::Object(&[
    has("totalJobs", Shape::Whole),
    has("categories", FACET),
    has("languages", FACET),
    has("countries", FACET),
    has("payTypes", FACET),
    has("generatedAt", Shape::Time),
]);
const CHANGE: Shape = Shape::Object(&[
    has("jobId", Shape::Text),
    has(
        "eventType",
        Shape::OneOf(&["PUBLISHED", "UPDATED", "CLOSED"]),
    ),
    has("occurredAt", Shape::Time),
]);
const CHANGES: Shape = Shape::Object(&[
    has("since", Shape::Time),
    has("until", Shape::Time),
    has("changes", Shape::List(&CHANGE)),
    has("generatedAt", Shape::Time),
]);
const CLOSED: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("status", Shape::OneOf(&["closed"])),
]);

fn search(request: &Request<'_>, market: &mut Market) -> Answer {
    let board = market.board();
    let found = board.into_iter().filter(|(_, ad)| matches(request, ad));
    let (jobs, next) = page(request, found, |(job, _): &(&Job, &Ad)| &job.id)?;
    let jobs: Vec<Value> = jobs
        .into_iter()
        .map(|(job, ad)| json!(public_job(market, job, ad)))
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

fn facets(request: &Request<'_>, market: &mut Market) -> Answer {
    let board = market.board();
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
fn changes(request: &Request<'_>, market: &mut Market) -> Answer {
    let since: Option<Timestamp> = request.query("since").and_then(time);
    let since = since.ok_or_else(|| at("since", "must be an ISO 8601 time"))?;
    let mut latest: BTreeMap<&str, (usize, &Change)> = BTreeMap::new();
    let changes = market.changes.iter().enumerate();
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

fn read(request: &Request<'_>, market: &mut Market) -> Answer {
    let id = request.id();
    let board = market.board();
    let listed = board.into_iter().find(|(job, _)| job.id == id);
    match listed {
        Some((job, ad)) => ok(json!(public_job(market, job, ad))),
        None if market.world.jobs.get(id).is_some() => closed(id),
        None => Err(Refusal::not_found("job")),
    }
}

/// The 404 of a job that is not open has its own body.
fn closed(id: &str) -> Answer {
    use axum::{Json, http::StatusCode, response::IntoResponse};
    let body = json!({"id": id, "status": "closed"});
    Ok((StatusCode::NOT_FOUND, Json(body)).into_response())
}
