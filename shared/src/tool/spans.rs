//! Working time of one person on one day, each moment counted once.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// A send carries the time of its first event. What it measures began at the event before, up to this much earlier, but
/// not earlier than what it measures is long: CVAT counts no longer pauses.
const LEAD: i64 = 100_000;

/// Sends of working time. Two that overlap, of two tabs or made up, count once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans {
    /// The sum of all sends, in milliseconds.
    sum: i64,
    /// The time that they can have covered: beginning → end, apart from each other.
    covered: BTreeMap<i64, i64>,
}

impl Spans {
    /// Adds a send.
    pub fn add(&mut self, at: Timestamp, milliseconds: i64) {
        self.sum = self.sum.saturating_add(milliseconds);
        let at = at.as_millisecond();
        self.cover(at - LEAD.min(milliseconds), at + milliseconds);
    }

    /// Adds sends of other projects. Returns the milliseconds that these add.
    pub fn join(&mut self, others: &Self) -> i64 {
        let before = self.milliseconds();
        self.sum = self.sum.saturating_add(others.sum);
        for (from, to) in &others.covered {
            self.cover(*from, *to);
        }
        self.milliseconds() - before
    }

    fn cover(&mut self, mut from: i64, mut to: i64) {
        while let Some((&start, &end)) = self.covered.range(..=to).next_back() {
            if end < from {
                break;
            }
            self.covered.remove(&start);
            (from, to) = (from.min(start), to.max(end));
        }
        self.covered.insert(from, to);
    }

    /// The time that was worked, in milliseconds.
    pub fn milliseconds(&self) -> i64 {
        let covered = self.covered.iter().map(|(from, to)| to - from);
        self.sum.min(covered.sum())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Only the time before the first of them may count twice.
    #[test]
    fn two_tabs_of_two_projects_count_once() {
        let hour = |from: i64| {
            let mut spans = Spans::default();
            for minute in from..from + 60 {
                let at = Timestamp::from_second(minute * 60).unwrap();
                spans.add(at, 60_000);
            }
            spans
        };
        let mut all = hour(0);
        assert_eq!(all.join(&hour(0)), 60_000, "the same hour");
        assert_eq!(all.join(&hour(120)), 3_660_000, "another one");
        assert_eq!(all.milliseconds(), 7_320_000);
    }

    proptest! {
        /// Work without overlaps is counted in full, in any order of its sends.
        #[test]
        fn honest_work_loses_nothing(
            pieces in prop::collection::vec((0i64..100_000, 1i64..90_000), 1..40),
            turn in 0usize..40,
        ) {
            let mut sends = Vec::new();
            let mut end = 0;
            for (pause, work) in pieces {
                // The pause before its first event is a part of what a send measures.
                sends.push((end + pause, pause + work));
                end += pause + work;
            }
            let turn = turn % sends.len();
            sends.rotate_left(turn);
            let mut spans = Spans::default();
            for (at, milliseconds) in &sends {
                spans.add(Timestamp::from_millisecond(*at).unwrap(), *milliseconds);
            }
            prop_assert_eq!(spans.milliseconds(), end);
        }
    }
}
