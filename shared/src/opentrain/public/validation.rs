//! What a job lacks before it can be published.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Other;
use crate::model::lenient;

/// Whether a job can be published.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub publish_ready: bool,
    #[serde(default, deserialize_with = "lenient::list")]
    pub missing_fields: Vec<MissingField>,
    #[serde(flatten)]
    pub other: Other,
}

/// A field that a draft lacks. OpenTrain may list only its name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "Given")]
pub struct MissingField {
    pub field: String,
    pub label: Option<String>,
    /// The question to a human.
    pub prompt: Option<String>,
    /// `text`, `number`, `enum` and others.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub enum_values: Vec<String>,
    pub update_keys: Vec<String>,
    pub example: Value,
    pub hint: Option<String>,
    #[serde(flatten)]
    pub other: Other,
}

impl MissingField {
    /// The update key that sets the field.
    pub fn key(&self) -> &str {
        self.update_keys.first().unwrap_or(&self.field)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Name(String),
    Whole(Whole),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Whole {
    field: String,
    #[serde(default, deserialize_with = "lenient::text")]
    label: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    prompt: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    enum_values: Vec<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    update_keys: Vec<String>,
    #[serde(default)]
    example: Value,
    #[serde(default, deserialize_with = "lenient::text")]
    hint: Option<String>,
    #[serde(flatten)]
    other: Other,
}

impl From<Given> for MissingField {
    fn from(given: Given) -> Self {
        match given {
            Given::Name(field) => Self {
                field,
                ..Self::default()
            },
            Given::Whole(own) => Self {
                field: own.field,
                label: own.label,
                prompt: own.prompt,
                kind: own.kind,
                enum_values: own.enum_values,
                update_keys: own.update_keys,
                example: own.example,
                hint: own.hint,
                other: own.other,
            },
        }
    }
}
