//! Fields of a draft: their values as text, by the type that OpenTrain names.

use anyhow::bail;
use serde_json::{Map, Number, Value};
use shared::opentrain::OpenTrainError;
use shared::opentrain::public::{DraftForm, MissingField};

use crate::exit::CliError;
use crate::paint::{BAD, paint};
use crate::screen::plain;

/// Keys with numbers. OpenTrain names the type of a missing field only.
const NUMBERS: [&str; 5] = [
    "dataVolume",
    "headcount",
    "pricePerHour",
    "pricePerLabel",
    "fixedPrice",
];

/// Keys with lists.
const LISTS: [&str; 3] = ["countries", "languages", "labelTypes"];

/// Type of a field.
#[derive(Debug, PartialEq)]
pub(super) enum Kind<'a> {
    Text,
    Number,
    Flag,
    List,
    OneOf(&'a [String]),
}

impl<'a> Kind<'a> {
    pub(super) fn of(key: &str, form: &'a DraftForm, missing: Option<&'a MissingField>) -> Self {
        let values = missing.map(|it| it.enum_values.as_slice());
        let values = values.filter(|values| !values.is_empty());
        let known = form.enums.get(key).map(Vec::as_slice);
        if let Some(values) = values.or(known) {
            return Self::OneOf(values);
        }
        match missing.and_then(|it| it.kind.as_deref()) {
            Some("number" | "integer") => Self::Number,
            Some("boolean") => Self::Flag,
            Some("list" | "array") => Self::List,
            _ if NUMBERS.contains(&key) => Self::Number,
            _ if LISTS.contains(&key) => Self::List,
            _ => Self::Text,
        }
    }

    /// What a value looks like.
    pub(super) fn hint(&self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Number => "number".into(),
            Self::Flag => "true or false".into(),
            Self::List => "list: a,b".into(),
            Self::OneOf(values) => values.join(", "),
        }
    }

    /// Parses `text` as a value of this type.
    pub(super) fn parse(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        match self {
            _ if text.is_empty() => Err("must not be empty".into()),
            Self::Text => Ok(text.into()),
            Self::Number => {
                number(text).ok_or_else(|| "must be a number, such as 20 or 12.50".into())
            }
            Self::Flag => text
                .parse::<bool>()
                .map(Value::Bool)
                .map_err(|_| "must be true or false".into()),
            Self::List => {
                list(text).ok_or_else(|| "must be a list, such as a,b or [\"a\", \"b\"]".into())
            }
            Self::OneOf(values) => {
                let wanted = spelled(text);
                let value = values.iter().find(|value| spelled(value) == wanted);
                let value = value.map(|value| Value::from(value.as_str()));
                value.ok_or_else(|| format!("must be one of {}", values.join(", ")))
            }
        }
    }
}

fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    let number = text.parse::<f64>().ok().and_then(Number::from_f64);
    number.map(Value::Number)
}

fn list(text: &str) -> Option<Value> {
    if text.starts_with('[') {
        return serde_json::from_str::<Vec<Value>>(text)
            .ok()
            .map(Value::Array);
    }
    let items = text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty());
    Some(items.map(Value::from).collect())
}

/// `Pay per hour` and `pay-per-hour` are `PAY_PER_HOUR`.
fn spelled(text: &str) -> String {
    text.trim().to_uppercase().replace([' ', '-'], "_")
}

/// The values of `--set KEY=VALUE`. An unknown key and a wrong value are usage errors.
pub(super) fn changes(
    given: &[(String, String)],
    form: &DraftForm,
) -> Result<Map<String, Value>, CliError> {
    let mut changes = Map::new();
    for (key, text) in given {
        if !form.update_keys.is_empty() && !form.update_keys.contains(key) {
            let known = form.update_keys.join(", ");
            let key = plain(key);
            return Err(CliError::Usage(format!(
                "--set {key}: a draft has no such field. It has: {known}"
            )));
        }
        let value = Kind::of(key, form, None).parse(text);
        let value = value.map_err(|why| CliError::Usage(format!("--set {key}: {why}")))?;
        changes.insert(key.clone(), value);
    }
    Ok(changes)
}

/// A value that OpenTrain refuses.
pub(super) struct Refused {
    pub(super) key: String,
    /// OpenTrain's reason, safe to show.
    pub(super) why: String,
}

impl Refused {
    /// The sent field that OpenTrain refuses; `None` if the error names none of the sent fields.
    pub(super) fn of(error: &OpenTrainError, sent: &Map<String, Value>) -> Option<Self> {
        let OpenTrainError::Api {
            status: 400 | 422,
            message,
            details,
            ..
        } = error
        else {
            return None;
        };
        let in_issue = details.issues.iter().find_map(|issue| issue.path.first());
        let only = sent.keys().next().filter(|_| sent.len() == 1);
        let mut named = [details.field.as_ref(), in_issue, only]
            .into_iter()
            .flatten();
        let key = named.find(|key| sent.contains_key(*key))?.clone();
        let issue = details
            .issues
            .iter()
            .find_map(|issue| issue.message.as_ref());
        let why = match message.is_empty() {
            true => issue.map_or("no reason is given", String::as_str),
            false => message,
        };
        let why = plain(why);
        Some(Self { key, why })
    }
}

/// Sends fields of `--set`. If OpenTrain refuses a value, the error names its flag; with `asks`, it prints the reason
/// and sends the other fields.
pub(super) async fn send<T>(
    mut fields: Map<String, Value>,
    asks: bool,
    call: impl AsyncFn(&Map<String, Value>) -> Result<T, OpenTrainError>,
) -> anyhow::Result<T> {
    loop {
        let error = match call(&fields).await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let Some(Refused { key, why }) = Refused::of(&error, &fields) else {
            return Err(error.into());
        };
        let value = fields.remove(&key).unwrap_or_default();
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let flag = format!("--set {}={}", plain(&key), plain(value));
        if !asks {
            bail!("OpenTrain refuses {flag} ({why}): repeat the command with another value");
        }
        anstream::println!(
            "{} {why}",
            paint(BAD, &format!("OpenTrain refuses {flag}:"))
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form() -> DraftForm {
        let enums = json!({ "paymentType": ["PAY_PER_HOUR", "FIXED_PRICE"] });
        let form = json!({ "updateKeys": ["paymentType", "headcount", "languages", "jobTitle"], "enums": enums });
        serde_json::from_value(form).unwrap()
    }

    fn set(text: &str) -> Result<Value, String> {
        let (key, value) = text.split_once('=').unwrap();
        let changes = changes(&[(key.into(), value.into())], &form());
        changes
            .map(|it| it[key].clone())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_has_the_type_of_its_field() {
        assert_eq!(set("headcount=5"), Ok(json!(5)));
        assert_eq!(
            set("languages=English, German"),
            Ok(json!(["English", "German"]))
        );
        assert_eq!(set("languages=[\"a,b\"]"), Ok(json!(["a,b"])));
        assert_eq!(set("paymentType=pay per hour"), Ok(json!("PAY_PER_HOUR")));
        assert_eq!(set("jobTitle=5"), Ok(json!("5")));
    }

    #[test]
    fn a_wrong_value_and_an_unknown_key_are_refused() {
        for (given, told) in [
            ("headcount=five", "--set headcount: must be a number"),
            ("headcount=NaN", "must be a number"),
            (
                "paymentType=barter",
                "must be one of PAY_PER_HOUR, FIXED_PRICE",
            ),
            ("jobTitle= ", "must not be empty"),
            ("title=x", "no such field. It has: paymentType, headcount"),
        ] {
            let error = set(given).unwrap_err();
            assert!(error.contains(told), "{given}: {error}");
        }
    }

    #[test]
    fn a_missing_field_names_its_own_type() {
        let form = DraftForm::default();
        let missing = |field: Value| serde_json::from_value::<MissingField>(field).unwrap();
        let level = missing(json!({ "field": "level", "type": "enum", "enumValues": ["A", "B"] }));
        assert_eq!(
            Kind::of("level", &form, Some(&level)).parse("b"),
            Ok(json!("B"))
        );
        let price = missing(json!({ "field": "price", "type": "number" }));
        assert_eq!(Kind::of("price", &form, Some(&price)), Kind::Number);
    }
}
