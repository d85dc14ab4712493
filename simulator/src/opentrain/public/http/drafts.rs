//! Drafts of jobs.

use serde_json::{Map, Value, json};

use super::caller::Caller;
use crate::{
    opentrain::{
        public::{
            ad::JobStatus,
            draft::{KEYS, enums, validate},
            feature::Feature,
            import::{self, FORMATS, Import},
            schema::{Checked, at},
        },
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, created, ok},
};

pub(super) fn capabilities(caller: &Caller<'_>, world: &mut World) -> Answer {
    let feature = Feature::JobDrafting;
    let mut capabilities = Map::new();
    for feature in Feature::ALL {
        let enabled = world.public.has_feature(feature, caller.organization());
        for key in feature.capabilities() {
            capabilities.insert((*key).to_owned(), enabled.into());
        }
    }
    let keys: Vec<&str> = KEYS.iter().map(|own| own.name).collect();
    ok(json!({
        "featureKey": feature,
        "namespace": "job-drafts",
        "rolloutMode": world.public.rollout(feature).mode(),
        "actorIsAdmin": false,
        "capabilities": capabilities,
        "draft": {"importFormats": FORMATS, "updateKeys": keys, "enums": enums()},
        "authBootstrap": "token",
        "enabled": true,
    }))
}

pub(super) fn create(caller: &Caller<'_>, world: &mut World) -> Answer {
    let body = caller.request.body()?;
    let source = body.object("source").unwrap_or_default();
    let key = body
        .text("idempotencyKey")
        .or(source.text("idempotencyKey"));
    let mut import = read_import(&body, &source)?;
    let organization = caller.organization();
    if let Some(id) = key.and_then(|key| world.draft_with_key(organization, key)) {
        return ok(draft_body(world, id, &import)?);
    }
    let fields = std::mem::take(&mut import.fields);
    let id = world.create_draft(organization, fields, key, caller.now());
    created(draft_body(world, &id, &import)?)
}

/// Exactly one form of description.
fn read_import(body: &Checked, source: &Checked) -> Result<Import, Refusal> {
    let has = |name: &str| body.fields().contains_key(name);
    let forms = ["rawJobDescription", "source", "format"];
    if forms.iter().filter(|name| has(name)).count() != 1 {
        let message = "give exactly one of rawJobDescription, source and format";
        return Err(at("rawJobDescription", message));
    }
    if let Some(text) = body.text("rawJobDescription") {
        return import::text(text);
    }
    if has("source") {
        return import::text(source.get("text"));
    }
    let object = |name: &str| body.object(name).map(Checked::into_fields);
    let format = body.get("format");
    match format {
        "opentrain_canonical" => match object("job") {
            Some(job) => import::canonical(&job),
            None => Err(at("job", "must be an object")),
        },
        "schema_org_job_posting" => match object("jsonLd") {
            Some(posting) => import::schema_org(&posting),
            None => Err(at("jsonLd", "must be an object")),
        },
        "text" => match body.fields().get("job").and_then(Value::as_str) {
            Some(text) => import::text(text),
            None => Err(at("job", "must be a string")),
        },
        _ => {
            let format = FORMATS.into_iter().find(|own| *own == format);
            let xml = body.text("xml").ok_or_else(|| at("xml", "is required"))?;
            import::xml(format.unwrap_or_default(), xml)
        }
    }
}

fn draft_body(world: &World, id: &str, import: &Import) -> Result<Value, Refusal> {
    let ad = world.ad(id)?;
    let validation = validate(ad);
    let url = draft_url(world, id);
    Ok(json!({
        "ok": true,
        "jobId": id,
        "status": ad.status,
        "draftUrl": url,
        "reviewUrl": url,
        "missingFields": validation.missing_fields,
        "validation": validation,
        "normalizedFields": ad.fields,
        "warnings": [],
        "unmappedFields": import.unmapped,
        "lowConfidenceFields": import.guessed,
        "import": {"rawSourcePreserved": true, "autoPublished": false},
        "parser": {"format": import.format, "name": "sandbox"},
    }))
}

fn draft_url(world: &World, id: &str) -> String {
    format!("{}/jobs/drafts?jobId={id}", world.public.origin)
}

pub(super) fn update(caller: &Caller<'_>, world: &mut World) -> Answer {
    let id = caller.id();
    world.own_job(caller.organization(), id)?;
    let validation = world.update_draft(id, changes(caller)?, caller.now())?;
    ok(json!({
        "ok": true,
        "jobId": id,
        "status": JobStatus::Draft,
        "draftUrl": draft_url(world, id),
        "validation": validation,
    }))
}

/// At least one update key.
pub(super) fn changes(caller: &Caller<'_>) -> Result<Map<String, Value>, Refusal> {
    let body = caller.request.body()?;
    match body.is_empty() {
        true => Err(Refusal::bad("the body must have at least one update key")),
        false => Ok(body.into_fields()),
    }
}
