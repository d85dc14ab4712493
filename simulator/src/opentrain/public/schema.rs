//! Members of JSON bodies as data: one description checks them, and can be published.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use crate::{clock::parse_day, refusal::Refusal};

/// Type and limits of a member.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A string of 1 to `most` characters.
    Text { most: usize },
    /// A positive number.
    Amount,
    /// A whole number from 1.
    Count,
    /// `true` or `false`.
    Flag,
    /// A list of strings.
    Texts,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A point in time, or a day.
    Time,
    /// An object with these members.
    Object(&'static [Member]),
    /// Any JSON value.
    Any,
}

/// A member of a JSON object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
}

pub(crate) const fn required(name: &'static str, kind: Kind) -> Member {
    Member {
        name,
        kind,
        required: true,
    }
}

pub(crate) const fn optional(name: &'static str, kind: Kind) -> Member {
    Member {
        name,
        kind,
        required: false,
    }
}

/// A description, or a string without a documented limit.
pub(crate) const TEXT: Kind = Kind::Text { most: 60_000 };

/// An object that fulfils its description.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checked(Map<String, Value>);

/// Refuses a value that is not an object with these members.
///
/// An unknown member, `null` and a wrong type violate the contract. A missing member and a value out of range are
/// ordinary errors.
pub(crate) fn check(value: Value, members: &[Member]) -> Result<Checked, Refusal> {
    let Value::Object(fields) = value else {
        return Err(Refusal::violation("expected a JSON object"));
    };
    check_fields(&fields, members)?;
    Ok(Checked(fields))
}

pub(crate) fn check_fields(fields: &Map<String, Value>, members: &[Member]) -> Result<(), Refusal> {
    for (name, value) in fields {
        let member = members.iter().find(|own| own.name == name);
        let Some(member) = member else {
            return Err(at(name, "unknown field").into_violation());
        };
        check_value(member, value)?;
    }
    let missing = |own: &&Member| own.required && !fields.contains_key(own.name);
    match members.iter().find(missing) {
        Some(member) => Err(at(member.name, "is required")),
        None => Ok(()),
    }
}

fn check_value(member: &Member, value: &Value) -> Result<(), Refusal> {
    let wrong = |expected: &str| Err(at(member.name, expected).into_violation());
    let bad = |expected: &str| Err(at(member.name, expected));
    match (member.kind, value) {
        (Kind::Text { most }, Value::String(text)) => match text.chars().count() {
            0 => bad("must not be empty"),
            length if length > most => bad(&format!("is longer than {most}")),
            _ => Ok(()),
        },
        (Kind::Text { .. }, _) => wrong("must be a string"),
        (Kind::Amount, Value::Number(number)) => match number.as_f64() {
            Some(number) if number > 0.0 && number < 1e12 => Ok(()),
            _ => bad("must be positive"),
        },
        (Kind::Count, Value::Number(number)) => match number.as_u64() {
            Some(1..) => Ok(()),
            _ => bad("must be a whole number from 1"),
        },
        (Kind::Amount | Kind::Count, _) => wrong("must be a number"),
        (Kind::Flag, Value::Bool(_)) => Ok(()),
        (Kind::Flag, _) => wrong("must be true or false"),
        (Kind::Texts, Value::Array(list)) if list.iter().all(Value::is_string) => Ok(()),
        (Kind::Texts, _) => wrong("must be a list of strings"),
        (Kind::OneOf(names), Value::String(text)) if names.contains(&text.as_str()) => Ok(()),
        (Kind::OneOf(names), Value::String(_)) => {
            bad(&format!("must be one of {}", names.join(", ")))
        }
        (Kind::OneOf(_), _) => wrong("must be a string"),
        (Kind::Time, Value::String(text)) if time(text).is_some() => Ok(()),
        (Kind::Time, Value::String(_)) => bad("must be an ISO 8601 time"),
        (Kind::Time, _) => wrong("must be a string"),
        (Kind::Object(members), Value::Object(fields)) => check_fields(fields, members),
        (Kind::Object(_), _) => wrong("must be an object"),
        (Kind::Any, _) => Ok(()),
    }
}

/// A 400 about one member.
pub(crate) fn at(field: &str, message: &str) -> Refusal {
    let issue = json!({"path": [field], "message": message});
    let details = json!({"field": field, "issues": [issue]});
    Refusal::bad(format!("{field}: {message}")).with_details(details)
}

impl Checked {
    /// Fields that were checked elsewhere.
    pub(crate) fn of(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(crate) fn into_fields(self) -> Map<String, Value> {
        self.0
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A required string.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.as_f64()
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    pub(crate) fn texts(&self, name: &str) -> Option<Vec<&str>> {
        let list = self.0.get(name)?.as_array()?;
        Some(list.iter().filter_map(Value::as_str).collect())
    }

    pub(crate) fn object(&self, name: &str) -> Option<Self> {
        self.0.get(name)?.as_object().cloned().map(Self)
    }
}

/// A point in time, or the start of a day in UTC.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let day = || {
        let day = parse_day(text)?.to_zoned(TimeZone::UTC).ok()?;
        Some(day.timestamp())
    };
    text.parse().ok().or_else(day)
}
