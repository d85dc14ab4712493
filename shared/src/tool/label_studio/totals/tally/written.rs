//! What people have written themselves: a review by another account changes neither their time nor their labels.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;

use super::super::page::Annotation;
use crate::clock::after;
use crate::tool::{Piece, Pieces};

/// An annotation that another account has written within this time of its creation was made by that account.
const AT_ONCE: Duration = Duration::from_secs(2);

/// What people have written themselves, by person and day.
#[derive(Debug, Default)]
pub(in super::super) struct Written {
    known: BTreeMap<(u64, Date), Pieces>,
    now: BTreeMap<(u64, Date), Pieces>,
}

impl Written {
    /// What is remembered.
    pub(in super::super) fn of(known: BTreeMap<(u64, Date), Pieces>) -> Self {
        Self {
            known,
            now: BTreeMap::new(),
        }
    }

    /// Whether the person is known to have written the annotation.
    pub(super) fn knows(&self, annotation: &Annotation, of: (u64, Date)) -> bool {
        self.last(annotation, of).is_some()
    }

    fn last(&self, annotation: &Annotation, of: (u64, Date)) -> Option<Piece> {
        self.known.get(&of)?.get(annotation.id.as_ref()?).copied()
    }

    /// What counts of an annotation: what it is now, or what the person had last written when another account has
    /// reviewed it.
    pub(super) fn keep(
        &mut self,
        annotation: &Annotation,
        of: (u64, Date),
        is_reviewed: bool,
        now: Piece,
    ) -> Piece {
        let last = self.last(annotation, of).filter(|_| is_reviewed);
        let piece = last.unwrap_or(now);
        if let Some(id) = &annotation.id {
            let pieces = self.now.entry(of).or_default();
            pieces.insert(id.clone(), piece);
        }
        piece
    }

    /// The days that are new or have changed.
    pub(in super::super) fn changes(&self) -> impl Iterator<Item = (u64, Date, &Pieces)> {
        let is_new = |of: &(u64, Date), pieces: &Pieces| self.known.get(of) != Some(pieces);
        let changed = self.now.iter().filter(move |(of, it)| is_new(of, it));
        changed.map(|((who, day), pieces)| (*who, *day, pieces))
    }
}

/// Whether another account made the annotation in the person's name, and did not only review it.
pub(super) fn is_foreign(annotation: &Annotation) -> bool {
    let at_once = after(annotation.created_at, AT_ONCE);
    annotation.updated_at.is_some_and(|at| at <= at_once)
}
