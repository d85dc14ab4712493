//! One entry of the audit record, flat, as it is printed and exported.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use shared::ledger::audit::{AuditEvent, Entry, Recorded, StatedBy, Subject};
use shared::model::ConnectionName;
use shared::model::ids::{ContractId, ProjectId, TrainerId};
use shared::tool::Proof;

/// The fields are the JSON output and the columns of the CSV, in this order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    /// When the change took effect.
    pub at: Timestamp,
    /// When the row was written.
    pub recorded_at: Timestamp,
    pub event: &'static str,
    pub code: &'static str,
    pub trainer: Option<TrainerId>,
    pub project: Option<ProjectId>,
    pub connection: Option<ConnectionName>,
    pub contract: Option<ContractId>,
    /// How the cause became known.
    pub cause: Option<StatedBy>,
    pub cause_event: Option<String>,
    pub cause_at: Option<Timestamp>,
    /// What was read back after a removal.
    pub read_back: Option<Proof>,
    pub proven_at: Option<Timestamp>,
    /// From the cause to the proof.
    pub delay_seconds: Option<i64>,
    pub trouble: Option<String>,
    /// The operator; none for the bridge itself.
    pub actor: Option<String>,
    pub target: Option<String>,
    /// Number of the row in its chain.
    pub row: u64,
    /// SHA-256 of the row.
    pub sha256: String,
    /// Version of the bridge that wrote the row.
    pub version: String,
    #[serde(skip)]
    pub kind: AuditEvent,
}

impl Line {
    /// The entries of a row.
    pub(crate) fn of(recorded: &Recorded) -> impl Iterator<Item = Self> + '_ {
        let line = |entry: &Entry| {
            let subject = match &recorded.subject {
                Subject::Trainer(id) => Some(id.clone()),
                Subject::Operators => None,
            };
            let (cause, proof) = (entry.cause.as_ref(), entry.proof.as_ref());
            Self {
                at: entry.at,
                recorded_at: recorded.row.at,
                event: entry.event.name(),
                code: entry.event.code(),
                trainer: entry.trainer.clone().or(subject),
                project: entry.project.clone(),
                connection: cause.map(|it| it.connection.clone()),
                contract: cause.map(|it| it.contract.clone()),
                cause: cause.map(|it| it.by),
                cause_event: cause.and_then(|it| Some(it.event.as_ref()?.as_str().to_owned())),
                cause_at: cause.map(|it| it.at),
                read_back: proof.and_then(|it| it.read_back),
                proven_at: proof.map(|it| it.at),
                delay_seconds: proof.and_then(|it| it.delay_seconds),
                trouble: entry.trouble.as_ref().map(|it| it.reason.clone()),
                actor: entry.actor.as_ref().map(ToString::to_string),
                target: entry.target.clone(),
                row: recorded.head.seq,
                sha256: recorded.head.hash.clone(),
                version: recorded.row.version.clone(),
                kind: entry.event,
            }
        };
        recorded.row.entries.iter().map(line)
    }
}

/// Rows as CSV (RFC 4180) with a header. A text that a spreadsheet would take for a formula begins with an apostrophe.
pub(crate) fn csv<T: Serialize>(rows: &[T], columns: &[&str]) -> anyhow::Result<String> {
    let mut text = columns.join(",") + "\r\n";
    for row in rows {
        let row = serde_json::to_value(row)?;
        let fields: Vec<_> = columns.iter().map(|column| field(&row[*column])).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    Ok(text)
}

fn field(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// The columns of [`Line`].
pub(crate) const COLUMNS: &[&str] = &[
    "at",
    "recordedAt",
    "event",
    "code",
    "trainer",
    "project",
    "connection",
    "contract",
    "cause",
    "causeEvent",
    "causeAt",
    "readBack",
    "provenAt",
    "delaySeconds",
    "trouble",
    "actor",
    "target",
    "row",
    "sha256",
    "version",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_and_no_formula() {
        let row = serde_json::json!({"a": "x,\"y\"", "b": "=1+1", "c": 7, "d": null});
        let text = csv(&[row], &["a", "b", "c", "d"]).unwrap();
        assert_eq!(text, "a,b,c,d\r\n\"x,\"\"y\"\"\",'=1+1,7,\r\n");
    }
}
