//! Known members of an error's `details` in the Public API.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::public::Validation;
use crate::model::lenient;

/// Members of an error's `details`. Others may quote the request and are not read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Details {
    /// Scopes, of which the call needs one.
    #[serde(deserialize_with = "lenient::list")]
    pub required_scopes: Vec<String>,
    #[serde(deserialize_with = "lenient::list")]
    pub granted_scopes: Vec<String>,
    /// The feature that is off for the account.
    #[serde(deserialize_with = "lenient::text")]
    pub feature_key: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub reason: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    pub reasons: Vec<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub policy: Option<String>,
    /// The page on which a human adds a card.
    #[serde(deserialize_with = "lenient::text")]
    pub billing_url: Option<String>,
    /// The field of the request that is wrong.
    #[serde(deserialize_with = "lenient::text")]
    pub field: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    pub issues: Vec<Issue>,
    #[serde(deserialize_with = "lenient::list")]
    pub supported_statuses: Vec<String>,
    #[serde(deserialize_with = "lenient::list")]
    pub unknown_scopes: Vec<String>,
    #[serde(deserialize_with = "lenient::list")]
    pub supported_scopes: Vec<String>,
    /// What a job lacks before it can be published.
    #[serde(deserialize_with = "lenient::or_default")]
    pub validation: Option<Validation>,
    #[serde(deserialize_with = "lenient::text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub required_status: Option<String>,
    /// Maximum number of calls in `window_hours`.
    #[serde(deserialize_with = "lenient::whole_or_none")]
    pub limit: Option<u64>,
    #[serde(deserialize_with = "lenient::whole_or_none")]
    pub window_hours: Option<u64>,
    #[serde(deserialize_with = "lenient::whole_or_none")]
    retry_after_seconds: Option<u64>,
}

/// One problem that OpenTrain's validator found.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Issue {
    #[serde(deserialize_with = "lenient::list")]
    pub path: Vec<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub message: Option<String>,
}

impl Details {
    /// `plain` makes a text safe to show.
    pub(super) fn read(mut details: Value, plain: &impl Fn(&str) -> String) -> Self {
        make_plain(&mut details, plain);
        serde_json::from_value(details).unwrap_or_default()
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.retry_after_seconds.map(Duration::from_secs)
    }
}

fn make_plain(value: &mut Value, plain: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = plain(text),
        Value::Array(list) => list.iter_mut().for_each(|it| make_plain(it, plain)),
        Value::Object(members) => members.values_mut().for_each(|it| make_plain(it, plain)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
