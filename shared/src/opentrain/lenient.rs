//! Reading members that may be odd: an odd one counts as absent, it never fails the whole answer.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An optional member of any kind; the default when it is absent, null or of another kind.
pub(super) fn or_default<'de, D, T>(d: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(T::deserialize(Value::deserialize(d)?).unwrap_or_default())
}

/// A number, or a decimal in quotes: exact decimals are often sent as text.
pub(super) fn number<'de, D: Deserializer<'de>>(d: D) -> Result<Option<f64>, D::Error> {
    let number = match Value::deserialize(d)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(number.filter(|n: &f64| n.is_finite()))
}

/// A day; of a moment, its UTC day.
pub(super) fn date<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Date>, D::Error> {
    let text: Option<String> = or_default(d)?;
    // The moment first: read as a day, it would lose its offset and with it, at times, a day.
    Ok(text
        .as_deref()
        .and_then(|text| utc_day(text).or_else(|| text.parse().ok())))
}

fn utc_day(text: &str) -> Option<Date> {
    let moment: Timestamp = text.parse().ok()?;
    Some(moment.to_zoned(TimeZone::UTC).date())
}

/// A list; members of it that are odd are left out.
pub(super) fn list<'de, D, T>(d: D) -> Result<Vec<T>, D::Error>
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
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_may_stand_in_quotes() {
        let read = |value| number(value).unwrap();
        assert_eq!(read(json!(1.5)), Some(1.5));
        assert_eq!(read(json!("12.50")), Some(12.5));
        for odd in [json!("NaN"), json!("a lot"), json!(null), json!([1])] {
            assert_eq!(read(odd), None);
        }
    }

    #[test]
    fn a_day_is_read_from_a_moment_too() {
        let read = |value| date(value).unwrap().map(|day| day.to_string());
        assert_eq!(read(json!("2026-02-03")).as_deref(), Some("2026-02-03"));
        assert_eq!(
            read(json!("2026-02-03T23:30:00-02:00")).as_deref(),
            Some("2026-02-04")
        );
        assert_eq!(
            read(json!("2026-02-03T00:00:00.000Z")).as_deref(),
            Some("2026-02-03")
        );
        assert_eq!(read(json!("soon")), None);
        assert_eq!(read(json!(20260203)), None);
    }
}
