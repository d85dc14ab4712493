//! Pages of lists.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::Other;
use crate::model::json::{Element, Listing};

/// An element of a list, whose key in the answer is `KEY`.
pub trait Listed: Element + Serialize {
    /// The list's member of the answer.
    const KEY: &'static str;
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    pub items: Listing<T>,
    /// Position of the next page; `None` at the end, and in lists without pages.
    pub next_cursor: Option<String>,
    pub other: Other,
}

impl<'de, T: Listed> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let mut members = BTreeMap::<String, Box<RawValue>>::deserialize(d)?;
        let items = members.remove(T::KEY);
        let items = items.ok_or_else(|| D::Error::missing_field(T::KEY))?;
        let items = serde_json::from_str(items.get())
            .map_err(|_| D::Error::custom(format!("should have a list in `{}`", T::KEY)))?;
        let next = members.remove("nextCursor");
        let rest = members.into_iter();
        let other = rest.filter_map(|(name, raw)| Some((name, read(&raw)?)));
        Ok(Self {
            items,
            next_cursor: next.and_then(|raw| read::<Option<String>>(&raw)).flatten(),
            other: Other(other.collect()),
        })
    }
}

fn read<T: DeserializeOwned>(raw: &RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

/// The answer, and the list `unreadable` if an element could not be read.
impl<T: Listed> Serialize for Page<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut answer = s.serialize_map(None)?;
        answer.serialize_entry(T::KEY, self.items.readable())?;
        answer.serialize_entry("nextCursor", &self.next_cursor)?;
        let unreadable = self.items.unreadable();
        if !unreadable.is_empty() {
            answer.serialize_entry("unreadable", unreadable.named())?;
        }
        for (name, value) in self.other.iter() {
            answer.serialize_entry(name, value)?;
        }
        answer.end()
    }
}
