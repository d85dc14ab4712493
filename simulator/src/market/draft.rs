//! Update keys of a draft, and what is missing until it can be published.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::data::ad::{Ad, price_key};
use crate::kit::{
    schema::{COUNT, Kind, Member, TEXT, optional},
    shape::{Shape, TEXTS, has, or_null},
};

pub(crate) const PAYMENT_TYPES: [&str; 3] = ["PAY_PER_LABEL", "PAY_PER_HOUR", "FIXED_PRICE"];
const EXPERIENCE_LEVELS: [&str; 4] = [
    "EXPERT",
    "ENTRY_LEVEL",
    "INTERMEDIATE",
    "ANY_EXPERIENCE_LEVEL",
];
const VOLUME_UNITS: [&str; 4] = [
    "HOURS_OF_RECORDING_AUDIO_VIDEO",
    "NUMBER_OF_FILES",
    "NUMBER_OF_WORDS",
    "UNKNOWN_NOT_SPECIFIED",
];
/// Longest title, and the longest of the other short texts.
pub(crate) const MOST_SHORT: usize = 300;
const SHORT: Kind = Kind::Text { most: MOST_SHORT };

/// Every key that a draft and an open job accept.
pub(crate) const KEYS: [Member; 26] = [
    optional("jobTitle", SHORT),
    optional("jobDescription", TEXT),
    optional("labelingOverview", TEXT),
    optional("datasetDescription", TEXT),
    optional("dataType", SHORT),
    optional("subjectMatter", SHORT),
    optional("dataVolume", Kind::Amount),
    optional("dataVolumeUnit", Kind::OneOf(&VOLUME_UNITS)),
    optional("labelingSoftware", SHORT),
    optional("headcount", COUNT),
    optional("experienceLevel", Kind::OneOf(&EXPERIENCE_LEVELS)),
    optional("paymentType", Kind::OneOf(&PAYMENT_TYPES)),
    optional("pricePerHour", Kind::Amount),
    optional("pricePerLabel", Kind::Amount),
    optional("fixedPrice", Kind::Amount),
    optional("countries", Kind::Texts),
    optional("languages", Kind::Texts),
    optional("labelTypes", Kind::Texts),
    optional("aiInterviewRequirements", TEXT),
    optional("budgetRange", SHORT),
    optional("workloadDesc", TEXT),
    optional("timeRequirement", SHORT),
    optional("projectDuration", SHORT),
    optional("freelancerType", SHORT),
    optional("projectScope", SHORT),
    optional("visibility", SHORT),
];

/// Keys without which a job is not published, besides its price, with a label and a prompt.
const NEEDED: [(&str, &str, &str); 5] = [
    ("jobTitle", "Job title", "What is the title of the job?"),
    (
        "jobDescription",
        "Job description",
        "What should the trainers do?",
    ),
    ("dataType", "Data type", "What kind of data is labeled?"),
    (
        "experienceLevel",
        "Experience level",
        "How experienced should the trainers be?",
    ),
    (
        "paymentType",
        "Payment type",
        "How do you pay: by hour, by label or a fixed price?",
    ),
];

/// Whether a job can be published.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Validation {
    pub(crate) publish_ready: bool,
    issue_count: usize,
    missing_field_count: usize,
    pub(crate) missing_fields: Vec<MissingField>,
    issues: Vec<Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MissingField {
    pub(crate) field: &'static str,
    label: &'static str,
    message: String,
    code: &'static str,
    pub(crate) prompt: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    enum_values: Option<&'static [&'static str]>,
    update_keys: [&'static str; 1],
    example: Option<Value>,
    hint: Option<String>,
}

const MISSING_FIELD: Shape = Shape::Named(
    "MissingField",
    &[&[
        has("field", Shape::Text),
        has("label", Shape::Text),
        has("message", Shape::Text),
        has("code", Shape::Text),
        has("prompt", Shape::Text),
        has("type", Shape::OneOf(&["enum", "number", "text"])),
        or_null("enumValues", TEXTS),
        has("updateKeys", TEXTS),
        or_null("example", Shape::Any),
        or_null("hint", Shape::Text),
    ]],
);
pub(crate) const MISSING_FIELDS: Shape = Shape::List(&MISSING_FIELD);
const ISSUE: Shape = Shape::Object(&[
    has("field", Shape::Text),
    has("code", Shape::Text),
    has("message", Shape::Text),
]);
pub(crate) const VALIDATION: Shape = Shape::Named(
    "Validation",
    &[&[
        has("publishReady", Shape::Flag),
        has("issueCount", Shape::Whole),
        has("missingFieldCount", Shape::Whole),
        has("missingFields", MISSING_FIELDS),
        has("issues", Shape::List(&ISSUE)),
    ]],
);

pub(crate) fn validate(ad: &Ad) -> Validation {
    let needed = NEEDED.into_iter();
    let price = ad.payment_type().map(price_key);
    let price = price.map(|key| (key, "Price", "What do you pay?"));
    let missing = needed
        .chain(price)
        .filter(|(key, ..)| !ad.fields.contains_key(*key));
    let missing_fields: Vec<MissingField> = missing.map(missing_field).collect();
    let issue =
        |own: &MissingField| json!({"field": own.field, "code": own.code, "message": own.message});
    Validation {
        publish_ready: missing_fields.is_empty(),
        issue_count: missing_fields.len(),
        missing_field_count: missing_fields.len(),
        issues: missing_fields.iter().map(issue).collect(),
        missing_fields,
    }
}

fn missing_field(
    (field, label, prompt): (&'static str, &'static str, &'static str),
) -> MissingField {
    let kind = KEYS
        .iter()
        .find(|own| own.name == field)
        .map(|own| own.kind);
    let (kind, enum_values) = match kind {
        Some(Kind::OneOf(names)) => ("enum", Some(names)),
        Some(Kind::Amount | Kind::Whole { .. }) => ("number", None),
        _ => ("text", None),
    };
    MissingField {
        field,
        label,
        message: format!("{label} is required"),
        code: "missing_required_field",
        prompt,
        kind,
        enum_values,
        update_keys: [field],
        example: None,
        hint: None,
    }
}

/// The enums of the update keys, by key.
pub(crate) fn enums() -> Map<String, Value> {
    let enums = KEYS.iter().filter_map(|own| match own.kind {
        Kind::OneOf(names) => Some((own.name.to_owned(), json!(names))),
        _ => None,
    });
    enums.collect()
}
