//! Jobs of the caller.

use serde_json::{Value, json};

use super::{
    caller::Caller,
    drafts,
    page::{Above, limit, page, status},
};
use crate::{
    opentrain::{
        job::Job,
        public::{
            ad::{JobStatus, STATUSES},
            market::jobs::Edit,
        },
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, ok},
};

pub(super) fn mine(caller: &Caller<'_>, world: &mut World) -> Answer {
    let request = &caller.request;
    let status = status(request, &STATUSES)?;
    let limit = limit(request, 25, (100, Above::Lowered))?;
    let newest = world.jobs.iter().rev();
    let own = newest.filter(|job| {
        let ad = world.public.ads.get(&job.id);
        let same = ad.is_some_and(|ad| status.is_none_or(|own| own == ad.status.as_str()));
        same && job.organization == caller.organization()
    });
    let (jobs, next) = page(request, own, |job: &&Job| &job.id, limit)?;
    let jobs: Result<Vec<Value>, Refusal> = jobs
        .into_iter()
        .map(|job| Ok(world.own_job_body(job, world.ad(&job.id)?)))
        .collect();
    ok(json!({"jobs": jobs?, "nextCursor": next}))
}

pub(super) fn publish(caller: &Caller<'_>, world: &mut World) -> Answer {
    let id = caller.id();
    let already = world.publish(caller.organization(), id, caller.now())?;
    let attempt = format!("pub_{id}_{}", caller.now().as_millisecond());
    ok(json!({
        "ok": true,
        "jobId": id,
        "status": JobStatus::Open,
        "alreadyPublished": already,
        "jobUrl": world.job_url(id),
        "publishAttemptId": (!already).then_some(attempt),
        "warnings": [],
        "sideEffects": {"dispatched": !already, "status": "queued"},
    }))
}

pub(super) fn update(caller: &Caller<'_>, world: &mut World) -> Answer {
    let id = caller.id();
    world.own_job(caller.organization(), id)?;
    let fields = drafts::changes(caller)?;
    match world.edit_job(id, fields, caller.now())? {
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

pub(super) fn close(caller: &Caller<'_>, world: &mut World) -> Answer {
    let id = caller.id();
    let already = world.close_job(caller.organization(), id, caller.now())?;
    ok(json!({
        "ok": true,
        "jobId": id,
        "status": JobStatus::Archived,
        "alreadyClosed": already,
    }))
}
