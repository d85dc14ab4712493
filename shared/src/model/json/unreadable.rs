//! Unreadable elements of a list.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Maximum number of unreadable elements that are named per list. The rest are counted.
const NAMED: usize = 20;

/// An unreadable element.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnreadableElement {
    /// Kind and id, such as `contract ctr_1`. Without a readable id the position, such as `contract at position 3`.
    pub name: String,
    /// The invalid member and the expected type, free of personal data.
    pub reason: String,
    /// The readable values of the members that identify an element of its kind.
    #[serde(skip)]
    pub ids: Vec<Option<String>>,
}

impl UnreadableElement {
    /// An element that no member identifies.
    pub fn of(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            reason: reason.into(),
            ids: Vec::new(),
        }
    }
}

/// The unreadable elements of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnreadableElements {
    named: Vec<UnreadableElement>,
    more: usize,
}

impl UnreadableElements {
    /// The named elements: the first ones.
    pub fn named(&self) -> &[UnreadableElement] {
        &self.named
    }

    /// All elements, if all are named.
    pub fn all_named(&self) -> Option<&[UnreadableElement]> {
        (self.more == 0).then_some(self.named.as_slice())
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.named.len() + self.more
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// One line per named element, and one for the rest.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        let more = (self.more > 0).then(|| format!("and {} more", self.more));
        self.named.iter().map(ToString::to_string).chain(more)
    }

    /// The same elements, named as parts of `whole`.
    pub fn within(&self, whole: &str) -> Self {
        let named = self.named.iter().map(|it| UnreadableElement {
            name: format!("{} {whole}", it.name),
            reason: it.reason.clone(),
            ids: it.ids.clone(),
        });
        Self {
            named: named.collect(),
            more: self.more,
        }
    }

    /// Adds an element once, even if its page is read twice.
    pub fn add(&mut self, element: UnreadableElement) {
        if self.named.contains(&element) {
            return;
        }
        match self.named.len() < NAMED {
            true => self.named.push(element),
            false => self.more += 1,
        }
    }

    pub fn extend(&mut self, others: Self) {
        others.named.into_iter().for_each(|it| self.add(it));
        self.more += others.more;
    }
}

impl std::error::Error for UnreadableElements {}

impl fmt::Display for UnreadableElements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.lines().collect();
        f.write_str(&lines.join("; "))
    }
}

impl fmt::Display for UnreadableElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}
