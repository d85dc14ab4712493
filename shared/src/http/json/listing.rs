//! A list whose elements are read one by one.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{UnreadableElement, UnreadableElements, decode_text, plain, rewrite};
use crate::lenient;

/// Something that lists hold.
pub(crate) trait Element: DeserializeOwned {
    /// What an element is called.
    const KIND: &'static str;
    /// The members that name it, as JSON pointers. An element whose first one is unreadable is named by its position.
    const ID: &'static [&'static str] = &["/id"];
}

/// A list, element by element: those that could be read, and the others by name.
///
/// What is not among the readable elements is absent only if the list [is complete](Self::is_complete).
/// [`find`](Self::find) and [`whole`](Self::whole) ask for that themselves.
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
    /// It is in the list.
    Found(T),
    /// It is not in the list, and every element could be read.
    Absent,
    /// It is not among the readable elements; one of these may be it.
    Unknown(UnreadableElements),
}

impl<T> Sought<T> {
    /// What was found in a list with these unreadable elements.
    pub(crate) fn of(found: Option<T>, unreadable: UnreadableElements) -> Self {
        match found {
            Some(found) => Self::Found(found),
            None if unreadable.is_empty() => Self::Absent,
            None => Self::Unknown(unreadable),
        }
    }

    /// What was found, or a proven absence.
    ///
    /// # Errors
    /// The unreadable elements, when one of them may be what was sought.
    pub fn proven(self) -> Result<Option<T>, UnreadableElements> {
        match self {
            Self::Found(it) => Ok(Some(it)),
            Self::Absent => Ok(None),
            Self::Unknown(unreadable) => Err(unreadable),
        }
    }

    /// What was found. Nothing may be concluded from `None`.
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

    /// The elements that could be read.
    pub fn readable(&self) -> &[T] {
        &self.readable
    }

    /// The elements that could not be read.
    pub fn unreadable(&self) -> &UnreadableElements {
        &self.unreadable
    }

    /// Whether every element could be read: only then does absence mean anything.
    pub fn is_complete(&self) -> bool {
        self.unreadable.is_empty()
    }

    /// How many elements there are, readable or not.
    pub fn len(&self) -> usize {
        self.readable.len() + self.unreadable.len()
    }

    /// Whether there is no element at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Both kinds of elements.
    pub fn into_parts(self) -> (Vec<T>, UnreadableElements) {
        (self.readable, self.unreadable)
    }

    /// All elements.
    ///
    /// # Errors
    /// Those that could not be read.
    pub fn whole(self) -> Result<Vec<T>, UnreadableElements> {
        match self.is_complete() {
            true => Ok(self.readable),
            false => Err(self.unreadable),
        }
    }

    /// The first readable element that `is` the one.
    pub fn find(self, is: impl FnMut(&T) -> bool) -> Sought<T> {
        Sought::of(self.readable.into_iter().find(is), self.unreadable)
    }

    /// The same list of something else.
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

    /// Adds an element that turned out to be unreadable.
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
    // A list would be read as an object's members in their order.
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
