//! The JSON call that a form becomes.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Number, Value};

use crate::{
    http::{
        operation::{Body, rows},
        sandbox::table::{CALLS, SandboxCall},
    },
    kit::{
        refusal::Refusal,
        schema::{Kind, Member, at},
    },
};

/// Field with the page that shows the result.
pub(super) const NEXT: &str = "_next";

/// Characters of an id that are percent-encoded in a path.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');

/// The call with this name, unless it only reads.
pub(super) fn operation(name: &str) -> Option<&'static SandboxCall> {
    rows(CALLS).find(|own| own.id == name && own.method != "GET")
}

/// The ids in a path.
fn ids(path: &'static str) -> impl Iterator<Item = &'static str> {
    let parts = path.split('/');
    parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// A JSON call below `/sandbox`.
#[derive(Debug)]
pub(super) struct JsonCall {
    method: &'static str,
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

impl fmt::Display for JsonCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.replace("%7B", "{").replace("%7D", "}");
        write!(formatter, "{} {path}", self.method)?;
        match &self.body {
            Some(body) => write!(formatter, " {body}"),
            None => Ok(()),
        }
    }
}

/// The call that a form's fields become. Ids of the path are fields as well.
pub(super) fn json_call(
    operation: &SandboxCall,
    fields: &[(String, String)],
) -> Result<JsonCall, Refusal> {
    let mut path = format!("/sandbox{}", operation.path);
    for name in ids(operation.path) {
        let value = fields.iter().find(|(own, _)| own == name);
        let value = value.map_or("", |(_, value)| value.trim());
        if value.is_empty() {
            return Err(at(name, "is required"));
        }
        let value = utf8_percent_encode(value, IN_PATH).to_string();
        path = path.replace(&format!("{{{name}}}"), &value);
    }
    let members = match operation.body {
        Body::Json(members) | Body::OptionalJson(members) => members,
        Body::Nothing | Body::Form(_) => &[],
    };
    check_names(operation.path, members, fields)?;
    let body = object(members, fields, "");
    let is_bare = members.is_empty() || (body.is_empty() && is_optional(operation.body));
    Ok(JsonCall {
        method: operation.method,
        path,
        body: (!is_bare).then_some(Value::Object(body)),
    })
}

fn is_optional(body: Body) -> bool {
    matches!(body, Body::OptionalJson(_))
}

/// Refuses a field that the call does not have.
fn check_names(
    path: &'static str,
    members: &[Member],
    fields: &[(String, String)],
) -> Result<(), Refusal> {
    let known = |name: &str| {
        let top = name.split('.').next().unwrap_or_default();
        name == NEXT
            || ids(path).any(|own| own == name)
            || members.iter().any(|own| own.name == top)
    };
    match fields.iter().find(|(name, _)| !known(name)) {
        Some((name, _)) => Err(at(name, "unknown field")),
        None => Ok(()),
    }
}

/// The members of an object; the fields of an object in it begin with its name. Empty fields are left out.
fn object(members: &[Member], fields: &[(String, String)], prefix: &str) -> Map<String, Value> {
    let mut object = Map::new();
    for member in members {
        let name = format!("{prefix}{}", member.name);
        let values = fields.iter().filter(|(own, _)| *own == name);
        let values: Vec<&str> = values.map(|(_, value)| value.trim()).collect();
        let values: Vec<&str> = values.into_iter().filter(|own| !own.is_empty()).collect();
        let value = match member.kind {
            Kind::Object(members, _) => Value::Object(object_or_none(members, fields, &name)),
            Kind::Texts | Kind::Names(_) | Kind::Scopes(_) => values
                .iter()
                .flat_map(|own| own.split_whitespace())
                .collect(),
            Kind::Flag if values.is_empty() && member.required => Value::Bool(false),
            _ => match values.first() {
                Some(text) => scalar(member.kind, text),
                None => continue,
            },
        };
        let is_empty = value.as_object().is_some_and(Map::is_empty)
            || value.as_array().is_some_and(Vec::is_empty);
        if !is_empty || member.required {
            object.insert(member.name.to_owned(), value);
        }
    }
    object
}

fn object_or_none(
    members: &[Member],
    fields: &[(String, String)],
    name: &str,
) -> Map<String, Value> {
    object(members, fields, &format!("{name}."))
}

/// A value that the call checks: text that is no number stays text.
fn scalar(kind: Kind, text: &str) -> Value {
    match kind {
        Kind::Flag => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => other.into(),
        },
        Kind::Amount | Kind::Between { .. } | Kind::Whole { .. } => {
            let whole = text.parse::<u64>().ok().map(Number::from);
            let number = whole.or_else(|| Number::from_f64(text.parse().ok()?));
            number.map_or_else(|| text.into(), Value::Number)
        }
        _ => text.into(),
    }
}

/// An address on this origin. Any other could send a person to a foreign page.
pub(super) fn local_path(text: &str) -> Result<String, Refusal> {
    let is_local = text.starts_with('/') && !text.starts_with("//");
    let is_plain = text
        .bytes()
        .all(|own| own.is_ascii_graphic() && own != b'\\');
    match is_local && is_plain {
        true => Ok(text.to_owned()),
        false => Err(at(NEXT, "must be a path of this sandbox")),
    }
}
