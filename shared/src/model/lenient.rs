//! Readers for members of JSON documents. Each accepts all forms in which services write a value.
//!
//! A Rust string can't contain a lone surrogate. The JSON decoder (`model::json`) replaces it with [`LOST`], and each
//! reader decides what that means: free text shows U+FFFD, an id or an e-mail with it is unreadable.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use self::wanted::wanted;
pub(crate) use number::whole_or_default;
pub use number::{count, number, optional_whole, seconds, whole, whole_or_none};

mod number;
mod wanted;

/// Replaces a character that is damaged in the document.
///
/// U+FDD0 is a noncharacter: Unicode reserves it for use inside a program. A document that contains it is read as if it
/// contained a lone surrogate there.
pub const LOST: char = '\u{fdd0}';

/// Free text as it is shown, with U+FFFD for each lost character.
pub fn shown(text: String) -> String {
    match text.contains(LOST) {
        true => text.replace(LOST, "\u{fffd}"),
        false => text,
    }
}

/// An id: text, or a whole number as the text of its digits. Nothing in it is replaced.
pub fn id<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    d.deserialize_any(Id)
}

/// An id; `None` if it is absent or unreadable.
pub fn id_or_none<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    Ok(id(Value::deserialize(d)?).ok())
}

struct Id;

impl Visitor<'_> for Id {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id, which is text or a whole number")
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<String, E> {
        self.visit_string(id.to_owned())
    }

    fn visit_string<E: Error>(self, id: String) -> Result<String, E> {
        match id.contains(LOST) {
            true => Err(E::custom(HOLDS_LOST)),
            false if id.is_empty() => Err(wanted(&self)),
            false => Ok(id),
        }
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<String, E> {
        Ok(id.to_string())
    }

    fn visit_i64<E: Error>(self, id: i64) -> Result<String, E> {
        Ok(id.to_string())
    }

    fn visit_f64<E: Error>(self, id: f64) -> Result<String, E> {
        number::integer(id).map_or_else(|| Err(wanted(&self)), |id| Ok(id.to_string()))
    }
}

/// Reason for refusing an id or an e-mail in which a character was lost.
pub const HOLDS_LOST: &str = "should hold no lone surrogate and no invalid UTF-8";

/// Free text; `None` if it is absent or of another type.
pub fn text<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    Ok(or_default::<D, Option<String>>(d)?.map(shown))
}

/// Free text; empty if it is absent or of another type.
pub fn text_or_empty<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    Ok(text(d)?.unwrap_or_default())
}

/// Text in which nothing is replaced, such as an e-mail or a user name; empty if it is null.
pub fn exact<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    let text: String = default_if_null(d)?;
    match text.contains(LOST) {
        true => Err(D::Error::custom(HOLDS_LOST)),
        false => Ok(text),
    }
}

/// A member for which null means the default.
pub fn default_if_null<'de, D, T>(d: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(d)?.unwrap_or_default())
}

/// A day, or the UTC day of a moment. A moment without a zone is in UTC.
pub fn day<'de, D: Deserializer<'de>>(d: D) -> Result<Date, D::Error> {
    let text = String::deserialize(d)?;
    utc_day(&text).ok_or_else(|| D::Error::custom("should be a day, such as 2026-01-31"))
}

/// A day; `None` if it is absent or unreadable.
pub(crate) fn day_or_none<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Date>, D::Error> {
    Ok(day(Value::deserialize(d)?).ok())
}

/// The UTC day of a moment, or a day.
pub fn utc_day(text: &str) -> Option<Date> {
    let text = text.trim();
    // A moment is tried first: read as a day, it would lose its offset, and its UTC day may be another one.
    match moment_in(text) {
        Some(moment) => Some(moment.to_zoned(TimeZone::UTC).date()),
        None => text.parse().ok(),
    }
}

/// A moment; without a zone it is in UTC.
pub fn moment<'de, D: Deserializer<'de>>(d: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(d)?;
    moment_in(text.trim())
        .ok_or_else(|| D::Error::custom("should be a moment, such as 2026-01-31T12:00:00Z"))
}

/// A moment; `None` if it is absent or unreadable.
pub fn moment_or_none<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(moment(Value::deserialize(d)?).ok())
}

/// A moment, if the text is one; without a zone it is in UTC.
pub fn moment_of(text: &str) -> Option<Timestamp> {
    moment_in(text.trim())
}

fn moment_in(text: &str) -> Option<Timestamp> {
    let naive = || {
        let moment: DateTime = text.parse().ok()?;
        moment.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
    };
    text.parse().ok().or_else(naive)
}

/// A member of any type; its default if it is absent, null or of another type.
pub fn or_default<'de, D, T>(d: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(T::deserialize(Value::deserialize(d)?).unwrap_or_default())
}

/// The readable elements of a list. Only for lists in which a missing element has no effect.
pub fn list<'de, D, T>(d: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let items: Vec<Value> = or_default(d)?;
    Ok(items
        .into_iter()
        .filter_map(|item| T::deserialize(item).ok())
        .collect())
}

#[cfg(test)]
mod tests;
