//! Working time of one person on one day, each moment counted once.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Maximum time, in milliseconds, by which the measured work begins before the time of a send. That time is the time of
/// the send's first event, but the measurement begins at the event before it. CVAT does not count longer pauses. The
/// lead is also at most the measured time.
const LEAD: i64 = 100_000;

/// Working times, as the tool's clients send them. Sends that overlap, such as those of two tabs, count once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans {
    /// The sum of all sends, in milliseconds.
    sum: i64,
    /// The times that the sends may cover, as start → end, without overlaps.
    covered: BTreeMap<i64, i64>,
}

impl Spans {
    /// Adds a send.
    pub fn add(&mut self, at: Timestamp, milliseconds: i64) {
        self.sum = self.sum.saturating_add(milliseconds);
        let at = at.as_millisecond();
        self.cover(at - LEAD.min(milliseconds), at + milliseconds);
    }

    /// Adds the sends of another project. Returns by how many milliseconds the time grows.
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

    /// Only the lead before the first send may count twice.
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
                // The measured time includes the pause before the first event.
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
