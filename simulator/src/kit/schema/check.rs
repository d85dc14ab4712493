//! Checks of JSON bodies.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use super::{AMOUNT_LIMIT, Kind, LONGEST_URL, MOST_WHOLE, Member, Rule};
use crate::kit::{address::check_url, clock::parse_day, fields::whole, refusal::Refusal};

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
    let name = member.name;
    match (member.kind, value) {
        (Kind::Any, _) | (Kind::Flag, Value::Bool(_)) => Ok(()),
        (kind, Value::String(text)) if kind.is_text() => kind
            .check_text(text)
            .map_err(|expected| at(name, &expected)),
        (Kind::Amount, Value::Number(number)) => match number.as_f64() {
            Some(number) if number > 0.0 && number < AMOUNT_LIMIT => Ok(()),
            _ => Err(at(name, "must be positive")),
        },
        (Kind::Between { least, most }, Value::Number(number)) => match number.as_f64() {
            Some(number) if (least.into()..=most.into()).contains(&number) => Ok(()),
            _ => Err(at(name, &format!("must be {least} to {most}"))),
        },
        (Kind::Whole { least, most }, Value::Number(_)) => match whole(value) {
            Some(number) if (least..=most).contains(&number) => Ok(()),
            _ => Err(at(name, &limits(least, most))),
        },
        (Kind::Texts | Kind::Scopes(_), Value::Array(list))
            if list.iter().all(Value::is_string) =>
        {
            Ok(())
        }
        (Kind::Names(known), Value::Array(list)) if list.iter().all(Value::is_string) => {
            check_names(name, known, list)
        }
        (Kind::Object(members, rule), Value::Object(fields)) => {
            check_fields(fields, members)?;
            rule.check(fields)
        }
        (Kind::Objects { members, most }, Value::Array(list)) => {
            check_objects(name, list, members, most)
        }
        (kind, _) => Err(at(name, kind.expected()).into_violation()),
    }
}

fn check_names(name: &str, known: &[&str], list: &[Value]) -> Result<(), Refusal> {
    let mut names = list.iter().filter_map(Value::as_str);
    match !list.is_empty() && names.all(|name| known.contains(&name)) {
        true => Ok(()),
        false => Err(at(name, &format!("must hold some of {}", known.join(", ")))),
    }
}

/// Checks a list of objects. The details of an error have the object's position.
fn check_objects(
    name: &str,
    list: &[Value],
    members: &[Member],
    most: usize,
) -> Result<(), Refusal> {
    if list.is_empty() || list.len() > most {
        return Err(Refusal::bad(format!(
            "{name} must hold 1 to {most} entries"
        )));
    }
    for (place, value) in list.iter().enumerate() {
        let checked = match value {
            Value::Object(fields) => check_fields(fields, members),
            _ => Err(Refusal::violation("expected a JSON object")),
        };
        checked.map_err(|refusal| refusal.with_details(json!({"entry": place})))?;
    }
    Ok(())
}

fn limits(least: u64, most: u64) -> String {
    match most {
        MOST_WHOLE => format!("must be a whole number from {least}"),
        _ => format!("must be a whole number from {least} to {most}"),
    }
}

impl Kind {
    fn is_text(self) -> bool {
        self.expected() == "must be a string"
    }

    /// Error of a value of another type.
    fn expected(self) -> &'static str {
        match self {
            Self::Text { .. }
            | Self::MaybeEmpty { .. }
            | Self::Form(_)
            | Self::OneOf(_)
            | Self::Choice(_)
            | Self::Time
            | Self::Day
            | Self::Hook => "must be a string",
            Self::Amount | Self::Between { .. } | Self::Whole { .. } => "must be a number",
            Self::Flag => "must be true or false",
            Self::Texts | Self::Names(_) | Self::Scopes(_) => "must be a list of strings",
            Self::Objects { .. } => "must be a list",
            Self::Object(..) | Self::Any => "must be an object",
        }
    }

    /// Checks a string. The error states what is expected.
    pub(crate) fn check_text(self, text: &str) -> Result<(), String> {
        let fits = |fits: bool, expected: &str| match fits {
            true => Ok(()),
            false => Err(expected.to_owned()),
        };
        match self {
            Self::Text { .. } if text.is_empty() => Err("must not be empty".to_owned()),
            Self::Text { most } | Self::MaybeEmpty { most } => {
                let short = text.chars().count() <= most;
                fits(short, &format!("is longer than {most}"))
            }
            Self::Form(form) => fits(
                (form.fits)(text) && text.chars().count() <= form.most,
                form.expected,
            ),
            Self::OneOf(names) => fits(
                names.contains(&text),
                &format!("must be one of {}", names.join(", ")),
            ),
            Self::Time => fits(time(text).is_some(), "must be an ISO 8601 time"),
            Self::Day => fits(parse_day(text).is_some(), "must be YYYY-MM-DD"),
            Self::Hook if text.chars().count() > LONGEST_URL => {
                Err(format!("is longer than {LONGEST_URL}"))
            }
            Self::Hook => check_url(text).map_err(str::to_owned),
            _ => Ok(()),
        }
    }
}

impl Rule {
    pub(crate) fn check(self, fields: &Map<String, Value>) -> Result<(), Refusal> {
        let given = |names: &[&str]| {
            names
                .iter()
                .filter(|own| fields.contains_key(**own))
                .count()
        };
        let refusal = |number: &str, names: &[&str]| {
            let message = format!("give {number} of {}", names.join(", "));
            Err(at(names.first().copied().unwrap_or_default(), &message))
        };
        match self {
            Self::NotEmpty if fields.is_empty() => {
                Err(Refusal::bad("the body must have at least one member"))
            }
            Self::ExactlyOne(names) if given(names) != 1 => refusal("exactly one", names),
            Self::AnyOf(names) if given(names) == 0 => refusal("at least one", names),
            _ => Ok(()),
        }
    }
}

/// A 400 about one member.
pub(crate) fn at(field: &str, message: &str) -> Refusal {
    let issue = json!({"path": [field], "message": message});
    let details = json!({"field": field, "issues": [issue]});
    Refusal::bad(format!("{field}: {message}")).with_details(details)
}

impl Checked {
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

    pub(crate) fn whole(&self, name: &str) -> Option<u64> {
        whole(self.0.get(name)?)
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

    /// The objects of a list; none without the list.
    pub(crate) fn objects(&self, name: &str) -> Vec<Self> {
        let list = self.0.get(name).and_then(Value::as_array);
        let objects = list.into_iter().flatten().filter_map(Value::as_object);
        objects.cloned().map(Self).collect()
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
