//! Holds a reconcile up that would take access from many: a wrong answer must not empty the tool.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Fewer than this many may always lose access.
const AT_LEAST: usize = 5;

/// When a reconcile asks before it removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The share of those who have access, in percent, that may lose it unasked
    /// (`RECONCILE_MAX_REMOVALS_PERCENT`).
    pub percent: u8,
}

impl Default for Guard {
    fn default() -> Self {
        Self { percent: 20 }
    }
}

/// How many would have lost access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// Trainers who would lose access to something.
    pub losing: usize,
    /// Trainers who have access to something.
    pub live: usize,
}

impl Guard {
    /// Whether `losing` of `live` trainers are too many.
    pub fn hold(self, losing: usize, live: usize) -> Option<Held> {
        let too_many = losing >= AT_LEAST && losing * 100 > usize::from(self.percent) * live;
        too_many.then_some(Held { losing, live })
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "nothing was written: {} of {} trainers with access would lose it; look at `bridge reconcile --dry-run`, \
             and if that is right, run `bridge reconcile --force`",
            self.losing, self.live
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_counts_from_five_people_on() {
        let guard = Guard::default();
        assert_eq!(guard.hold(4, 4), None);
        assert!(guard.hold(5, 24).is_some());
        assert_eq!(guard.hold(5, 25), None, "a fifth is not more than a fifth");
        assert!(guard.hold(6, 25).is_some());
        assert!(Guard { percent: 0 }.hold(5, 10_000).is_some());
        assert_eq!(Guard { percent: 100 }.hold(50, 50), None);
    }
}
