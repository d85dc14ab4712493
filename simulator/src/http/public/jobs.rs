//! Jobs of the caller.

use serde_json::{Value, json};

use super::{
    access::{PublicCall, PublicGroup},
    caller::Caller,
    views::job::{OWN_JOB, own_job_body},
};
use crate::{
    http::{
        operation::{Body, Group},
        page::{CURSOR, LIMIT, page},
        param::Param,
    },
    kit::{
        refusal::Refusal,
        reply::{Answer, ok},
        schema::Rule,
        shape::{Refused, Reply, Shape, TEXTS, has, or_null},
    },
    market::{
        Market,
        data::{
            ad::{JobStatus, STATUSES},
            feature::Feature,
            scope::TokenScope,
        },
        draft::KEYS,
        jobs::Edit,
    },
    model::job::Job,
};

const READ: &[TokenScope] = &[TokenScope::JobsRead];
const WRITE: &[TokenScope] = &[TokenScope::JobsWrite];

pub(super) const GROUP: PublicGroup = Group {
    tag: "Jobs",
    calls: &[
        PublicCall::token(
            "listMyJobs",
            ("GET", "/jobs/mine"),
            "List the organization's jobs, newest first",
            mine,
        )
        .scope(READ)
        .query(&[Param::status(&STATUSES), LIMIT, CURSOR])
        .answers(&[Reply::ok(MINE)]),
        PublicCall::token(
            "publishJob",
            ("POST", "/jobs/{jobId}/publish"),
            "Publish a draft; a published job stays as it is",
            publish,
        )
        .scope(WRITE)
        .feature(Feature::JobPublishing)
        .answers(&[Reply::ok(PUBLISHED)])
        .refuses(&[
            Refused::forbidden(&["moderation_blocked"]),
            Refused::too_many(),
        ]),
        PublicCall::token(
            "updateJob",
            ("PATCH", "/jobs/{jobId}"),
            "Change fields of an open job",
            update,
        )
        .scope(WRITE)
        .feature(Feature::JobPublishing)
        .body(Body::Json(&KEYS))
        .rule(Rule::NotEmpty)
        .answers(&[Reply::ok(UPDATED)])
        .refuses(&[Refused::conflict(&["moderation_blocked"])]),
        PublicCall::token(
            "closeJob",
            ("POST", "/jobs/{jobId}/close"),
            "Close a job; its contracts continue",
            close,
        )
        .scope(WRITE)
        .feature(Feature::JobPublishing)
        .answers(&[Reply::ok(CLOSED)]),
    ],
};

const MINE: Shape = Shape::Object(&[
    has("jobs", Shape::List(&OWN_JOB)),
    or_null("nextCursor", Shape::Text),
]);
const PUBLISHED: Shape = Shape::Object(&[
    has("ok", Shape::Flag),
    has("jobId", Shape::Text),
    has("status", Shape::OneOf(&["OPEN"])),
    has("alreadyPublished", Shape::Flag),
    has("jobUrl", Shape::Url),
    or_null("publishAttemptId", Shape::Text),
    has("warnings", TEXTS),
    has("sideEffects", SIDE_EFFECTS),
]);
const SIDE_EFFECTS: Shape = Shape::Object(&[
    has("dispatched", Shape::Flag),
    has("status", Shape::OneOf(&["queued"])),
]);
const UPDATED: Shape = Shape::Object(&[
    has("ok", Shape::Flag),
    has("jobId", Shape::Text),
    has("status", Shape::OneOf(&["OPEN"])),
    has("moderation", MODERATION),
]);
const MODERATION: Shape = Shape::Object(&[
    has("decision", Shape::OneOf(&["ALLOW"])),
    has("reasons", TEXTS),
]);
const CLOSED: Shape = Shape::Object(&[
    has("ok", Shape::Flag),
    has("jobId", Shape::Text),
    has("status", Shape::OneOf(&["ARCHIVED"])),
    has("alreadyClosed", Shape::Flag),
]);

fn mine(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let request = &caller.request;
    let status = request.query("status");
    let newest = market.world.jobs.iter().rev();
    let own = newest.filter(|job| {
        let ad = market.ads.get(&job.id);
        let same = ad.is_some_and(|ad| status.is_none_or(|own| own == ad.status.as_str()));
        same && job.organization == caller.organization()
    });
    let (jobs, next) = page(request, own, |job: &&Job| &job.id)?;
    let jobs: Result<Vec<Value>, Refusal> = jobs
        .into_iter()
        .map(|job| Ok(own_job_body(market, job, market.ad(&job.id)?)))
        .collect();
    ok(json!({"jobs": jobs?, "nextCursor": next}))
}

fn publish(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let id = caller.id();
    let already = market.publish(caller.organization(), id, caller.now())?;
    let attempt = format!("pub_{id}_{}", caller.now().as_millisecond());
    ok(json!({
        "ok": true,
        "jobId": id,
        "status": JobStatus::Open,
        "alreadyPublished": already,
        "jobUrl": market.job_url(id),
        "publishAttemptId": (!already).then_some(attempt),
        "warnings": [],
        "sideEffects": {"dispatched": !already, "status": "queued"},
    }))
}

fn update(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let id = caller.id();
    market.own_job(caller.organization(), id)?;
    let fields = caller.request.body()?.into_fields();
    match market.edit_job(id, fields, caller.now())? {
        Edit::Applied => ok(json!({
            "ok": true,
            "jobId": id,
            "status": JobStatus::Open,
            "moderation": {"decision": "ALLOW", "reasons": []},
        })),
        Edit::Unpublished(reasons) => {
            let details = json!({
                "jobId": id,
                "reason": "moderation_blocked",
                "reasons": reasons,
                "status": JobStatus::Draft,
            });
            let refusal = Refusal::conflict("moderation unpublished the job");
            Err(refusal.with_details(details))
        }
    }
}

fn close(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let id = caller.id();
    let already = market.close_job(caller.organization(), id, caller.now())?;
    ok(json!({
        "ok": true,
        "jobId": id,
        "status": JobStatus::Archived,
        "alreadyClosed": already,
    }))
}
