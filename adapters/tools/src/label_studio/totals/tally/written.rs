//! Stored pieces of work in their authors' last versions, so that a review by another account changes neither the
//! author's time nor labels.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;

use super::super::page::Annotation;
use shared::model::clock::after;
use shared::tool::{NotOwn, Piece, Pieces};

/// If another account has changed an annotation within this time of its creation, that account created it.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Number of pieces of a day from which pieces that are not the person's work are no longer stored. An item of DynamoDB
/// has room for 400 KiB, and an import may have any number of annotations.
const MOST_PIECES: usize = 5_000;

/// Pieces of work, and pieces that are not the person's work, by person and day. Pieces that a reading lacks stay
/// stored.
#[derive(Debug, Default)]
pub(in super::super) struct Written {
    known: BTreeMap<(u64, Date), Pieces>,
    now: BTreeMap<(u64, Date), Pieces>,
}

impl Written {
    /// Creates it from the stored pieces.
    pub(in super::super) fn of(known: BTreeMap<(u64, Date), Pieces>) -> Self {
        Self {
            known,
            now: BTreeMap::new(),
        }
    }

    /// The stored piece of an annotation.
    pub(super) fn known(&self, annotation: &Annotation, of: (u64, Date)) -> Option<Piece> {
        self.known.get(&of)?.get(annotation.id.as_ref()?).copied()
    }

    /// Whether the day has reached the limit, so that pieces that are not the person's work are no longer stored.
    pub(super) fn is_full(&self, of: (u64, Date)) -> bool {
        let kept = self.now.get(&of).or_else(|| self.known.get(&of));
        kept.is_some_and(|it| it.len() >= MOST_PIECES)
    }

    /// Stores that an annotation in the person's name is not that person's work. A later review by another account does
    /// not change that.
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

    /// The piece that counts for an annotation: its current version, or the person's last version if another account
    /// has reviewed it.
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

/// Whether another account created the annotation in the person's name, instead of only reviewing it.
pub(super) fn is_foreign(annotation: &Annotation) -> bool {
    let at_once = after(annotation.created_at, AT_ONCE);
    annotation.updated_at.is_some_and(|at| at <= at_once)
}
