//! The order of events.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::lenient;

use crate::model::text::Escaped;

/// An event's id. Ids grow monotonically and are safe to order by; their format is not documented
/// (docs/opentrain-api.md, Events).
///
/// Ids of digits are ordered by value, regardless of their length. Other ids are ordered as text, after those of
/// digits. Leading zeros do not make a different id.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "String")]
pub struct EventId(String);

impl EventId {
    /// Creates an id from its received text.
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        if !is_number(&id) {
            return Self(id);
        }
        match id.trim_start_matches('0') {
            "" => Self("0".into()),
            digits => Self(digits.into()),
        }
    }

    /// The id without leading zeros.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Numbers before text. Numbers are ordered by length, then digit by digit.
    fn rank(&self) -> (bool, usize, Cow<'_, str>) {
        let number = is_number(&self.0);
        (
            !number,
            if number { self.0.len() } else { 0 },
            Cow::Borrowed(&self.0),
        )
    }
}

fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())
}

impl Ord for EventId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for EventId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for EventId {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for EventId {}

impl<'de> Deserialize<'de> for EventId {
    /// Refuses a negative number: as text it would be newer than every number.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = lenient::id(deserializer)?;
        match id.strip_prefix('-').is_some_and(is_number) {
            true => Err(D::Error::custom("should not be negative")),
            false => Ok(Self::new(id)),
        }
    }
}

impl From<String> for EventId {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

impl From<&str> for EventId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> Self {
        id.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.0).fmt(f)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::EventId;
    use proptest::prelude::*;

    #[test]
    fn digits_are_ordered_by_value() {
        assert!(EventId::from("99") < EventId::from("100"));
        assert!(EventId::from("18446744073709551616") > EventId::from("18446744073709551615"));
        assert_eq!(EventId::from("0042"), EventId::from("42"));
        assert_eq!(EventId::from("000"), EventId::from("0"));
    }

    #[test]
    fn text_is_ordered_as_text_and_after_digits() {
        assert!(EventId::from("01J9A") < EventId::from("01J9B"));
        assert!(EventId::from("999") < EventId::from("1e"));
    }

    proptest! {
        #[test]
        fn numbers_sort_as_numbers(a: u128, b: u128) {
            let ids = (EventId::new(a.to_string()), EventId::new(b.to_string()));
            prop_assert_eq!(ids.0.cmp(&ids.1), a.cmp(&b));
        }

        #[test]
        fn the_order_is_total(mut ids in proptest::collection::vec("[0-9a-c]{0,4}", 3)) {
            let mut sorted: Vec<_> = ids.drain(..).map(EventId::new).collect();
            sorted.sort();
            prop_assert!(sorted[0] <= sorted[1] && sorted[1] <= sorted[2] && sorted[0] <= sorted[2]);
        }
    }
}
