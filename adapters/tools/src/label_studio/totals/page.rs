//! The used members of a page of tasks.

use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use shared::model::json::{Element, Listing};
use shared::model::lenient;

/// A page of tasks.
#[derive(Deserialize)]
pub(super) struct Page {
    /// Number of tasks that match the filters, on all pages.
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) total: u64,
    pub(super) tasks: Listing<Task>,
    /// Size of the answer in bytes.
    #[serde(skip)]
    pub(super) bytes: u64,
}

impl Element for Task {
    const KIND: &'static str = "task";
}

impl Element for Annotation {
    const KIND: &'static str = "annotation";
}

impl Element for Region {
    const KIND: &'static str = "region";
}

/// A task.
#[derive(Deserialize)]
pub(super) struct Task {
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) id: u64,
    #[serde(default, deserialize_with = "lenient::moment_or_none")]
    pub(super) updated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    pub(super) annotations: Listing<Annotation>,
}

/// A piece of work. The server sets `created_at`; the annotator's browser could forge the rest.
#[derive(Deserialize)]
pub(super) struct Annotation {
    #[serde(default, deserialize_with = "lenient::id_or_none")]
    pub(super) id: Option<String>,
    pub(super) completed_by: Option<Who>,
    #[serde(default)]
    pub(super) updated_by: WrittenBy,
    #[serde(deserialize_with = "lenient::moment")]
    pub(super) created_at: Timestamp,
    #[serde(default, deserialize_with = "lenient::moment_or_none")]
    pub(super) updated_at: Option<Timestamp>,
    /// The prediction that it was made from.
    #[serde(default, deserialize_with = "lenient::id_or_none")]
    pub(super) parent_prediction: Option<String>,
    #[serde(default)]
    pub(super) lead_time: LeadTime,
    /// Whether the task was skipped.
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    pub(super) was_cancelled: bool,
    /// Whether this is a reference answer, with which others are compared.
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    pub(super) ground_truth: bool,
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    pub(super) result: Listing<Region>,
}

/// The last editor of an annotation.
#[derive(Default)]
pub(super) enum WrittenBy {
    /// The answer does not contain it.
    #[default]
    Untold,
    /// No account: it was imported, or made from a prediction.
    None,
    Account(u64),
}

impl<'de> Deserialize<'de> for WrittenBy {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(d)?;
        let id = lenient::whole::<_, u64>(value.get("id").unwrap_or(&value));
        Ok(match id.ok() {
            Some(id) => Self::Account(id),
            None if value.is_null() => Self::None,
            None => Self::Untold,
        })
    }
}

/// Duration of an annotation.
#[derive(Default)]
pub(super) enum LeadTime {
    /// Not measured.
    #[default]
    None,
    Seconds(f64),
    /// Not a number.
    Unreadable,
}

impl<'de> Deserialize<'de> for LeadTime {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(d)?;
        Ok(match lenient::number(&value) {
            Ok(Some(seconds)) => Self::Seconds(seconds),
            _ if value.is_null() => Self::None,
            _ => Self::Unreadable,
        })
    }
}

/// A label. Several parts of one label have the same id.
#[derive(Deserialize)]
pub(super) struct Region {
    #[serde(default, deserialize_with = "lenient::id_or_none")]
    pub(super) id: Option<String>,
}

/// An account's id, sent as the id or as the whole account.
pub(super) struct Who(pub(super) u64);

impl<'de> Deserialize<'de> for Who {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let account = Value::deserialize(d)?;
        let id = account.get("id").unwrap_or(&account);
        lenient::whole(id).map(Self).map_err(D::Error::custom)
    }
}
