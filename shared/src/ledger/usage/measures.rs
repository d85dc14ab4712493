//! Work of one day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ids::ProjectId;

/// Work of one day. An absent measure was not measured, which is not the same as zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Measures {
    /// Seconds of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// Tasks finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<i64>,
    /// Labels made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<i64>,
}

/// One day's work, by project. The total that OpenTrain holds is the sum.
pub type Parts = BTreeMap<ProjectId, Measures>;

impl Measures {
    /// These measures, with absent ones taken from `stored`: what OpenTrain holds after it has accepted them.
    #[must_use]
    pub fn over(self, stored: Self) -> Self {
        self.with(stored, |new, old| new.or(old))
    }

    /// The sum. A measure that is absent on both sides stays absent.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        self.with(more, |a, b| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        })
    }

    /// The larger of both, measure by measure.
    #[must_use]
    pub fn at_least(self, floor: Self) -> Self {
        self.with(floor, Option::max)
    }

    /// Zero for each measure that is present.
    #[must_use]
    pub fn zeroed(self) -> Self {
        self.with(self, |it, _| it.map(|_| 0))
    }

    /// Whether any measure is present and not zero.
    pub fn is_some_work(self) -> bool {
        let measures = [self.seconds, self.tasks, self.labels];
        measures.into_iter().flatten().any(|it| it != 0)
    }

    /// Whether this is work that `now` shows as none: by its seconds or, where no time was measured, by its counts.
    pub fn is_gone_in(self, now: Self) -> bool {
        match self.seconds.filter(|it| *it != 0) {
            Some(_) => now.seconds.is_none_or(|it| it == 0),
            None => self.is_some_work() && !now.is_some_work(),
        }
    }

    /// Combines both, measure by measure.
    #[must_use]
    pub fn with(self, other: Self, of: impl Fn(Option<i64>, Option<i64>) -> Option<i64>) -> Self {
        Self {
            seconds: of(self.seconds, other.seconds),
            tasks: of(self.tasks, other.tasks),
            labels: of(self.labels, other.labels),
        }
    }
}

/// A day's total over its projects.
pub fn total(parts: &Parts) -> Measures {
    let parts = parts.values().copied();
    parts.fold(Measures::default(), Measures::plus)
}
