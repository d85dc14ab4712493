//! What people have written themselves: a review by another account changes neither their time nor their labels.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;

use super::super::page::Annotation;
use shared::model::clock::after;
use shared::tool::{NotOwn, Piece, Pieces};

/// An annotation that another account has written within this time of its creation was made by that account.
const AT_ONCE: Duration = Duration::from_secs(2);

/// From this many pieces of a day on, pieces that are not the person's work are no longer remembered. An item of DynamoDB
/// holds 400 KiB, and an import may have any number of annotations.
const MOST_PIECES: usize = 5_000;

/// What people have written themselves, and what is not their work, by person and day. What a reading lacks stays
/// remembered.
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

    /// What is remembered of an annotation.
    pub(super) fn known(&self, annotation: &Annotation, of: (u64, Date)) -> Option<Piece> {
        self.known.get(&of)?.get(annotation.id.as_ref()?).copied()
    }

    /// Whether the day has reached the limit: pieces that are not the person's work are no longer remembered.
    pub(super) fn is_full(&self, of: (u64, Date)) -> bool {
        let kept = self.now.get(&of).or_else(|| self.known.get(&of));
        kept.is_some_and(|it| it.len() >= MOST_PIECES)
    }

    /// Remembers that an annotation in the person's name is not their work: a review by another account does not make it
    /// so.
    pub(super) fn leave_out(&mut self, annotation: &Annotation, of: (u64, Date), why: NotOwn) {
        if self.is_full(of) {
            return;
        }
        let piece = Piece {
            milliseconds: None,
            labels: 0,
            not_own: Some(why),
        };
        self.remember(annotation, of, piece);
    }

    fn remember(&mut self, annotation: &Annotation, of: (u64, Date), piece: Piece) {
        let Some(id) = annotation.id.clone() else {
            return;
        };
        let known = self.known.get(&of);
        let pieces = self.now.entry(of);
        let pieces = pieces.or_insert_with(|| known.cloned().unwrap_or_default());
        pieces.insert(id, piece);
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
        let last = self.known(annotation, of).filter(|_| is_reviewed);
        let piece = last.unwrap_or(now);
        self.remember(annotation, of, piece);
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
