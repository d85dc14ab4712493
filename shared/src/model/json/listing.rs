//! A list whose elements are decoded one by one.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{UnreadableElement, UnreadableElements, decode_text, plain, rewrite};
use crate::model::lenient;

/// A type that lists contain.
pub trait Element: DeserializeOwned {
    /// Name of the kind, for messages.
    const KIND: &'static str;
    /// JSON pointers to the members that identify an element. An element whose first one is unreadable is named by its
    /// position.
    const ID: &'static [&'static str] = &["/id"];
}

/// A list, decoded element by element: the readable elements, and the names of the unreadable ones.
///
/// An element is only proven absent if the list [is complete](Self::is_complete). [`find`](Self::find) and
/// [`whole`](Self::whole) check that themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Listing<T> {
    readable: Vec<T>,
    unreadable: UnreadableElements,
}

/// Result of looking for an element.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Sought<T> {
    /// The element is in the list.
    Found(T),
    /// The element is not in the list, and every element is readable.
    Absent,
    /// The element is not among the readable elements; it may be one of these.
    Unknown(UnreadableElements),
}

impl<T> Sought<T> {
    /// The result of searching a list with these unreadable elements.
    pub fn of(found: Option<T>, unreadable: UnreadableElements) -> Self {
        match found {
            Some(found) => Self::Found(found),
            None if unreadable.is_empty() => Self::Absent,
            None => Self::Unknown(unreadable),
        }
    }

    /// The element, or a proven absence.
    ///
    /// # Errors
    /// The unreadable elements, if one of them may be the element.
    pub fn proven(self) -> Result<Option<T>, UnreadableElements> {
        match self {
            Self::Found(it) => Ok(Some(it)),
            Self::Absent => Ok(None),
            Self::Unknown(unreadable) => Err(unreadable),
        }
    }

    /// The element. `None` proves nothing.
    pub fn found(self) -> Option<T> {
        match self {
            Self::Found(it) => Some(it),
            Self::Absent | Self::Unknown(_) => None,
        }
    }
}

impl<T> Listing<T> {
    /// A list of these elements.
    pub fn new(readable: Vec<T>, unreadable: UnreadableElements) -> Self {
        Self {
            readable,
            unreadable,
        }
    }

    /// The readable elements.
    pub fn readable(&self) -> &[T] {
        &self.readable
    }

    /// The unreadable elements.
    pub fn unreadable(&self) -> &UnreadableElements {
        &self.unreadable
    }

    /// Whether every element is readable. Only then is an absence proven.
    pub fn is_complete(&self) -> bool {
        self.unreadable.is_empty()
    }

    /// Number of elements, readable or not.
    pub fn len(&self) -> usize {
        self.readable.len() + self.unreadable.len()
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The readable and the unreadable elements.
    pub fn into_parts(self) -> (Vec<T>, UnreadableElements) {
        (self.readable, self.unreadable)
    }

    /// All elements.
    ///
    /// # Errors
    /// The unreadable elements, if there are any.
    pub fn whole(self) -> Result<Vec<T>, UnreadableElements> {
        match self.is_complete() {
            true => Ok(self.readable),
            false => Err(self.unreadable),
        }
    }

    /// Finds the first readable element for which `is` returns true.
    pub fn find(self, is: impl FnMut(&T) -> bool) -> Sought<T> {
        Sought::of(self.readable.into_iter().find(is), self.unreadable)
    }

    /// Converts each readable element.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Listing<U> {
        Listing {
            readable: self.readable.into_iter().map(each).collect(),
            unreadable: self.unreadable,
        }
    }

    /// Adds the next part of the list.
    pub fn extend(&mut self, part: Self) {
        self.readable.extend(part.readable);
        self.unreadable.extend(part.unreadable);
    }

    /// Adds an element that is found to be unreadable later.
    pub fn add_unreadable(&mut self, element: UnreadableElement) {
        self.unreadable.add(element);
    }
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T> From<Vec<T>> for Listing<T> {
    fn from(readable: Vec<T>) -> Self {
        Self {
            readable,
            unreadable: UnreadableElements::default(),
        }
    }
}

impl<'de, T: Element> Deserialize<'de> for Listing<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T>(PhantomData<T>);

        impl<'de, T: Element> Visitor<'de> for Elements<T> {
            type Value = Listing<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Listing<T>, A::Error> {
                let mut listing = Listing::default();
                let mut position = 0;
                while let Some(raw) = elements.next_element::<Box<RawValue>>()? {
                    position += 1;
                    match element(raw.get(), position) {
                        Ok(element) => listing.readable.push(element),
                        Err(unreadable) => listing.unreadable.add(unreadable),
                    }
                }
                Ok(listing)
            }
        }

        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

fn element<T: Element>(raw: &str, position: usize) -> Result<T, UnreadableElement> {
    // serde would read a list as the members of an object in their order.
    let is_object = raw.starts_with('{');
    if is_object && let Ok(element) = serde_json::from_str(raw) {
        return Ok(element);
    }
    let text = rewrite(raw.as_bytes());
    let element = match is_object {
        true => decode_text(&text),
        false => Err("it should be an object".to_owned()),
    };
    element.map_err(|reason| {
        let ids = ids::<T>(&text);
        UnreadableElement {
            name: name::<T>(&ids, position),
            reason,
            ids,
        }
    })
}

fn ids<T: Element>(text: &str) -> Vec<Option<String>> {
    let element: Value = serde_json::from_str(text).unwrap_or_default();
    let member = |pointer: &&str| lenient::id(element.pointer(pointer)?).ok();
    T::ID.iter().map(member).collect()
}

fn name<T: Element>(ids: &[Option<String>], position: usize) -> String {
    match ids.split_first() {
        Some((Some(first), more)) => {
            let more = more.iter().flatten();
            let id: Vec<_> = [first]
                .into_iter()
                .chain(more)
                .map(String::as_str)
                .collect();
            format!("{} {}", T::KIND, plain(&id.join(" "), &[]))
        }
        _ => format!("{} at position {position}", T::KIND),
    }
}
