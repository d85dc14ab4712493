//! Numbers.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::wanted::wanted;

/// First whole number that a double may have been rounded to.
const INEXACT: f64 = 9_007_199_254_740_992.0;

/// A whole number, written as 600, 600.0, 6e2 or in quotes.
pub fn whole<'de, D, T>(d: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i128>,
{
    let number = d.deserialize_any(Number {
        fractions: Fractions::Refused,
    })?;
    T::try_from(number).map_err(|_| D::Error::custom("should be a number within bounds"))
}

/// A whole number that may be absent or null.
pub fn optional_whole<'de, D, T>(d: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i128>,
{
    let value = Value::deserialize(d)?;
    match value.is_null() {
        true => Ok(None),
        false => whole(value).map(Some).map_err(D::Error::custom),
    }
}

/// A whole number; the default if it is absent, null or unreadable.
pub(crate) fn whole_or_default<'de, D, T>(d: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i128> + Default,
{
    Ok(whole(Value::deserialize(d)?).unwrap_or_default())
}

/// A whole number; `None` if it is absent, null or unreadable.
pub fn whole_or_none<'de, D, T>(d: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i128>,
{
    Ok(whole(Value::deserialize(d)?).ok())
}

/// A count that may be absent or null; its fraction is cut off.
pub fn count<'de, D: Deserializer<'de>>(d: D) -> Result<Option<i64>, D::Error> {
    let Some(number) = cut(d)? else {
        return Ok(None);
    };
    let number = i64::try_from(number);
    number
        .map(Some)
        .map_err(|_| D::Error::custom("should be a number below 2^63"))
}

/// Seconds that may be absent or null; their fraction is cut off. A value beyond 64 bits becomes the largest, so it is
/// still recognised as too large.
pub fn seconds<'de, D: Deserializer<'de>>(d: D) -> Result<Option<i64>, D::Error> {
    let bounded = |number: i128| number.clamp(i64::MIN.into(), i64::MAX.into());
    Ok(cut(d)?.and_then(|number| i64::try_from(bounded(number)).ok()))
}

fn cut<'de, D: Deserializer<'de>>(d: D) -> Result<Option<i128>, D::Error> {
    struct Maybe;
    impl<'de> Visitor<'de> for Maybe {
        type Value = Option<i128>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number")
        }

        fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
            let number = Number {
                fractions: Fractions::Cut,
            };
            d.deserialize_any(number).map(Some)
        }
    }
    d.deserialize_option(Maybe)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fractions {
    Cut,
    Refused,
}

/// Reads a number, or a number in quotes.
struct Number {
    fractions: Fractions,
}

impl Number {
    fn of_float<E: Error>(&self, number: f64) -> Result<i128, E> {
        let number = match self.fractions {
            Fractions::Refused => integer(number).map(i128::from),
            Fractions::Cut => cut_off(number),
        };
        number.ok_or_else(|| wanted(self))
    }
}

impl Visitor<'_> for Number {
    type Value = i128;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fractions {
            Fractions::Cut => "a number",
            Fractions::Refused => "a whole number",
        })
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i128, E> {
        Ok(number.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i128, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<i128, E> {
        self.of_float(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i128, E> {
        let text = text.trim();
        match text.parse() {
            Ok(number) => Ok(number),
            Err(_) => self.of_float(text.parse().map_err(|_| wanted::<E>(&self))?),
        }
    }
}

/// The whole part of a double, at most the largest `i128`.
fn cut_off(number: f64) -> Option<i128> {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the fraction is to be cut, and a cast of what is too large gives the bound"
    )]
    let whole = number.is_finite().then_some(number as i128);
    whole
}

/// A double as a whole number, if it has no fraction and is exact.
pub(super) fn integer(number: f64) -> Option<i64> {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "below 2^53 the cast is exact"
    )]
    let whole = (number.fract() == 0.0 && number.abs() < INEXACT).then_some(number as i64);
    whole
}

/// A number with its fraction, or a decimal in quotes: exact decimals are often sent as text.
pub fn number<'de, D: Deserializer<'de>>(d: D) -> Result<Option<f64>, D::Error> {
    let number = match Value::deserialize(d)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(number.filter(|n: &f64| n.is_finite()))
}
