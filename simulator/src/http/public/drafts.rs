//! Drafts of jobs.

use serde_json::{Map, Value, json};

use super::{
    access::{PublicCall, PublicGroup},
    caller::Caller,
};
use crate::{
    http::{
        bodies::DRAFT,
        operation::{Body, Group},
    },
    kit::{
        refusal::Refusal,
        reply::{Answer, created, ok},
        schema::{Checked, Rule, at},
        shape::{Refused, Reply, Shape, TEXTS, has},
    },
    market::{
        Market,
        data::{
            ad::{JobStatus, STATUSES},
            feature::{Feature, Rollout},
            scope::TokenScope,
        },
        draft::{KEYS, MISSING_FIELDS, VALIDATION, enums, validate},
        import::{self, FORMATS, Import},
    },
};

const WRITE: &[TokenScope] = &[TokenScope::JobsWrite];

pub(super) const GROUP: PublicGroup = Group {
    tag: "Job drafts",
    calls: &[
        PublicCall::token(
            "getDraftCapabilities",
            ("GET", "/job-drafts/capabilities"),
            "Read the enabled features, the import formats and the update keys",
            capabilities,
        )
        .feature(Feature::JobDrafting)
        .answers(&[Reply::ok(CAPABILITIES)]),
        PublicCall::token(
            "createDraft",
            ("POST", "/job-drafts"),
            "Make a draft from a description; a known idempotencyKey returns its draft",
            create,
        )
        .scope(WRITE)
        .feature(Feature::JobDrafting)
        .body(Body::Json(&DRAFT))
        .rule(Rule::ExactlyOne(&["rawJobDescription", "source", "format"]))
        .answers(&[Reply::created(CREATED), Reply::ok(CREATED)]),
        PublicCall::token(
            "updateDraft",
            ("PATCH", "/job-drafts/{jobId}"),
            "Change fields of a draft",
            update,
        )
        .scope(WRITE)
        .feature(Feature::JobDrafting)
        .body(Body::Json(&KEYS))
        .rule(Rule::NotEmpty)
        .answers(&[Reply::ok(UPDATED)])
        .refuses(&[Refused::conflict(&[])]),
    ],
};

const CAPABILITIES: Shape = Shape::Object(&[
    has("featureKey", Shape::OneOf(&Feature::NAMES)),
    has("namespace", Shape::OneOf(&["job-drafts"])),
    has("rolloutMode", Shape::OneOf(&Rollout::MODES)),
    has("actorIsAdmin", Shape::Flag),
    has("capabilities", FLAGS),
    has("draft", OPTIONS),
    has("authBootstrap", Shape::OneOf(&["token", "session"])),
    has("enabled", Shape::Flag),
]);
const FLAGS: Shape = Shape::Object(&[
    has("draftImport", Shape::Flag),
    has("draftCreate", Shape::Flag),
    has("draftUpdate", Shape::Flag),
    has("draftUrlRead", Shape::Flag),
    has("publish", Shape::Flag),
    has("hiring", Shape::Flag),
    has("messagingWrites", Shape::Flag),
    has("team", Shape::Flag),
    has("paymentsWrite", Shape::Flag),
    has("credits", Shape::Flag),
    has("webhooks", Shape::Flag),
]);
const OPTIONS: Shape = Shape::Object(&[
    has("importFormats", TEXTS),
    has("updateKeys", TEXTS),
    has("enums", ENUMS),
]);
const ENUMS: Shape = Shape::Object(&[
    has("dataVolumeUnit", TEXTS),
    has("experienceLevel", TEXTS),
    has("paymentType", TEXTS),
]);
const UNMAPPED: Shape = Shape::Object(&[has("path", Shape::Text), has("reason", Shape::Text)]);
const IMPORT: Shape = Shape::Object(&[
    has("rawSourcePreserved", Shape::Flag),
    has("autoPublished", Shape::Flag),
]);
const PARSER: Shape = Shape::Object(&[
    has("format", Shape::OneOf(&FORMATS)),
    has("name", Shape::Text),
]);
const CREATED: Shape = Shape::Object(&[
    has("ok", Shape::Flag),
    has("jobId", Shape::Text),
    has("status", Shape::OneOf(&STATUSES)),
    has("draftUrl", Shape::Url),
    has("reviewUrl", Shape::Url),
    has("missingFields", MISSING_FIELDS),
    has("validation", VALIDATION),
    has("normalizedFields", Shape::Members(&KEYS)),
    has("warnings", TEXTS),
    has("unmappedFields", Shape::List(&UNMAPPED)),
    has("lowConfidenceFields", TEXTS),
    has("import", IMPORT),
    has("parser", PARSER),
]);
const UPDATED: Shape = Shape::Object(&[
    has("ok", Shape::Flag),
    has("jobId", Shape::Text),
    has("status", Shape::OneOf(&["DRAFT"])),
    has("draftUrl", Shape::Url),
    has("validation", VALIDATION),
]);

fn capabilities(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let feature = Feature::JobDrafting;
    let mut capabilities = Map::new();
    for feature in Feature::ALL {
        let enabled = market.has_feature(feature, caller.organization());
        for key in feature.capabilities() {
            capabilities.insert((*key).to_owned(), enabled.into());
        }
    }
    let keys: Vec<&str> = KEYS.iter().map(|own| own.name).collect();
    ok(json!({
        "featureKey": feature,
        "namespace": "job-drafts",
        "rolloutMode": market.rollout(feature).mode(),
        "actorIsAdmin": false,
        "capabilities": capabilities,
        "draft": {"importFormats": FORMATS, "updateKeys": keys, "enums": enums()},
        "authBootstrap": "token",
        "enabled": true,
    }))
}

fn create(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let body = caller.request.body()?;
    let source = body.object("source").unwrap_or_default();
    let key = body
        .text("idempotencyKey")
        .or(source.text("idempotencyKey"));
    let mut import = read_import(&body, &source)?;
    let organization = caller.organization();
    if let Some(id) = key.and_then(|key| market.draft_with_key(organization, key)) {
        return ok(draft_body(market, id, &import)?);
    }
    let fields = std::mem::take(&mut import.fields);
    let id = market.create_draft(organization, fields, key, caller.now());
    created(draft_body(market, &id, &import)?)
}

/// Reads the description, which has one of three forms.
fn read_import(body: &Checked, source: &Checked) -> Result<Import, Refusal> {
    if let Some(text) = body.text("rawJobDescription") {
        return import::text(text);
    }
    if body.fields().contains_key("source") {
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

fn draft_body(market: &Market, id: &str, import: &Import) -> Result<Value, Refusal> {
    let ad = market.ad(id)?;
    let validation = validate(ad);
    let url = draft_url(market, id);
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

fn draft_url(market: &Market, id: &str) -> String {
    format!("{}/jobs/drafts?jobId={id}", market.world.origin)
}

fn update(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let id = caller.id();
    market.own_job(caller.organization(), id)?;
    let validation = market.update_draft(id, caller.request.body()?.into_fields(), caller.now())?;
    ok(json!({
        "ok": true,
        "jobId": id,
        "status": JobStatus::Draft,
        "draftUrl": draft_url(market, id),
        "validation": validation,
    }))
}
