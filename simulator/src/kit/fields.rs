//! Strict reading of a JSON object, field by field.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// Largest whole number up to which a float is exact.
const MOST_EXACT: f64 = 9_007_199_254_740_991.0;

/// An object with known fields only.
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// Refuses a value that is not an object, or has an undocumented field.
    pub(crate) fn of(value: &'a Value, known: &[&str]) -> Result<Self, Refusal> {
        let Value::Object(fields) = value else {
            return Err(Refusal::violation("expected a JSON object"));
        };
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Refusal::violation(format!("unknown field {name}"))),
            None => Ok(Self(fields)),
        }
    }

    /// A string. `null` is refused: an optional field must be omitted.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        self.typed(name, "a string", Value::as_str)
    }

    pub(crate) fn required(&self, name: &str) -> Result<&'a str, Refusal> {
        match self.text(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(Refusal::bad(format!("{name} is required"))),
        }
    }

    /// A whole number from 0. Other numbers are an ordinary 400.
    pub(crate) fn count(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(number) = self.number(name)? else {
            return Ok(None);
        };
        whole(number)
            .map(Some)
            .ok_or_else(|| Refusal::bad(format!("{name} must be a whole number from 0")))
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<&'a Value>, Refusal> {
        self.typed(name, "a number", |value| value.is_number().then_some(value))
    }

    pub(crate) fn list(&self, name: &str) -> Result<Option<&'a Vec<Value>>, Refusal> {
        self.typed(name, "a list", Value::as_array)
    }

    /// A list of strings.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<&'a str>>, Refusal> {
        let Some(list) = self.list(name)? else {
            return Ok(None);
        };
        let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
        texts
            .map(Some)
            .ok_or_else(|| Refusal::violation(format!("{name} must hold strings")))
    }

    fn typed<T>(
        &self,
        name: &str,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        read(value)
            .map(Some)
            .ok_or_else(|| Refusal::violation(format!("{name} must be {kind}")))
    }
}

/// A whole number from 0. `3.0` is accepted, because JSON does not distinguish it from `3`.
pub(crate) fn whole(value: &Value) -> Option<u64> {
    let float = || {
        let number = value.as_f64()?;
        let whole = number.fract() == 0.0 && (0.0..=MOST_EXACT).contains(&number);
        whole.then_some(number as u64)
    };
    value.as_u64().or_else(float)
}
