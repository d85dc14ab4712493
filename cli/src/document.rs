//! What all JSON output of the operator's commands has in common: docs/json.md.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

/// Version of the JSON output. It increases if a member changes or is removed. New members do not change it.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// The result of a command, as it is printed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document<T> {
    /// 1. It grows if a member changes or goes; new members do not change it.
    schema_version: u32,
    #[serde(flatten)]
    result: T,
}

impl<T> Document<T> {
    pub(crate) fn of(result: T) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            result,
        }
    }
}

/// An object of OpenTrain's Platform API, as docs/opentrain-api.md describes it. The bridge may add members.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Foreign(Value);

impl Foreign {
    pub(crate) fn of(object: &impl Serialize) -> Self {
        Self(serde_json::to_value(object).unwrap_or_default())
    }

    /// The object with another member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0[name] = value.into();
        self
    }
}

impl JsonSchema for Foreign {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Foreign".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "An object as OpenTrain's Platform API returns it: docs/opentrain-api.md. The bridge may add members.",
        })
    }
}
