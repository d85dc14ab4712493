//! When a fact was stated, by whom, and which of two facts is the newer.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ConnectionName;
use crate::model::event::EventId;
use crate::model::ids::InstallId;

/// Source of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// An event stated it.
    #[serde(rename = "e")]
    Event {
        /// The event.
        #[serde(rename = "i")]
        id: EventId,
        /// When it happened, by OpenTrain's clock.
        #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
        created_at: Option<Timestamp>,
    },
    /// The API returned it.
    #[serde(rename = "a")]
    Api {
        /// The moment before the request, by our clock.
        #[serde(rename = "q")]
        asked_at: Timestamp,
    },
    /// An operator stated it.
    #[serde(rename = "o")]
    Operator {
        /// When, by our clock.
        #[serde(rename = "a")]
        at: Timestamp,
    },
}

impl Source {
    /// When our side asked for it or stated it; none for an event.
    fn ours(&self) -> Option<Timestamp> {
        match self {
            Self::Event { .. } => None,
            Self::Api { asked_at: at } | Self::Operator { at } => Some(*at),
        }
    }
}

/// A fact's source, the install it came through, and when it was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Source of the fact.
    pub source: Source,
    /// The connection that it came through.
    pub connection: ConnectionName,
    /// The install behind the connection at that time. Event ids are ordered within one install only.
    pub install: Option<InstallId>,
    /// When it was merged, by our clock.
    pub merged_at: Timestamp,
}

impl Stamp {
    /// The order of two facts in time; `None` when it is not known.
    ///
    /// - Events of one install are ordered by id, events of two installs by `createdAt`. Where it is not known whether
    ///   the install is the same, both must agree.
    /// - API answers are ordered by the moment before the request. An operator's statement counts as an answer.
    /// - An answer is newer than an event that was merged before the request, and older than an event that
    ///   happened after it. In between the order is not known.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (&self.source, &other.source) {
            (
                Source::Event {
                    id: a,
                    created_at: at,
                },
                Source::Event {
                    id: b,
                    created_at: other_at,
                },
            ) => {
                let by_id = a.cmp(b);
                let by_time = at.zip(*other_at).map(|(a, b)| a.cmp(&b));
                match self.is_of_same_install(other) {
                    Some(true) => Some(by_id),
                    Some(false) => by_time.filter(|order| order.is_ne()),
                    None => by_time
                        .filter(|order| order.is_eq() || *order == by_id)
                        .map(|_| by_id),
                }
            }
            (Source::Event { created_at, .. }, ours) => {
                event_against_answer(self.merged_at, *created_at, ours.ours()?)
            }
            (ours, Source::Event { created_at, .. }) => {
                event_against_answer(other.merged_at, *created_at, ours.ours()?)
                    .map(Ordering::reverse)
            }
            (ours, theirs) => Some(ours.ours()?.cmp(&theirs.ours()?)),
        }
    }

    /// Whether this fact is known to be newer than `other`.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self.order(other) == Some(Ordering::Greater)
    }

    /// Whether this end replaces another end of the contract. If their order is not known, the later end is kept: a
    /// start between the two must not be newer than the kept end.
    pub fn replaces_end(&self, known: &Self) -> bool {
        match self.order(known) {
            Some(order) => order.is_gt(),
            None => self.happened_at() > known.happened_at(),
        }
    }

    /// The event that stated the fact.
    pub fn event(&self) -> Option<&EventId> {
        match &self.source {
            Source::Event { id, .. } => Some(id),
            Source::Api { .. } | Source::Operator { .. } => None,
        }
    }

    /// When the fact became true, as far as is known: an event's `createdAt`, else when it was merged.
    pub fn happened_at(&self) -> Timestamp {
        match self.source {
            Source::Event { created_at, .. } => created_at.unwrap_or(self.merged_at),
            Source::Api { .. } | Source::Operator { .. } => self.merged_at,
        }
    }

    /// The stamp with no moment later than `now`: a clock that was wrong once must not decide for years.
    #[must_use]
    pub fn not_after(&self, now: Timestamp) -> Self {
        let source = match &self.source {
            Source::Event { id, created_at } => Source::Event {
                id: id.clone(),
                created_at: created_at.map(|at| at.min(now)),
            },
            Source::Api { asked_at } => Source::Api {
                asked_at: (*asked_at).min(now),
            },
            Source::Operator { at } => Source::Operator { at: (*at).min(now) },
        };
        Self {
            source,
            merged_at: self.merged_at.min(now),
            ..self.clone()
        }
    }

    /// Whether both facts came through one install; none where one of the installs is not known.
    fn is_of_same_install(&self, other: &Self) -> Option<bool> {
        match (&self.install, &other.install) {
            (Some(a), Some(b)) => Some(a == b),
            _ if self.connection != other.connection => Some(false),
            (None, None) => Some(true),
            _ => None,
        }
    }
}

fn event_against_answer(
    merged_at: Timestamp,
    created_at: Option<Timestamp>,
    asked_at: Timestamp,
) -> Option<Ordering> {
    if merged_at < asked_at {
        return Some(Ordering::Less);
    }
    created_at
        .is_some_and(|at| at > asked_at)
        .then_some(Ordering::Greater)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn event(id: &str, install: Option<&str>, created: Option<i64>, merged: i64) -> Stamp {
        Stamp {
            source: Source::Event {
                id: id.into(),
                created_at: created.map(at),
            },
            connection: ConnectionName::default(),
            install: install.map(InstallId::from),
            merged_at: at(merged),
        }
    }

    fn answer(asked: i64) -> Stamp {
        Stamp {
            source: Source::Api {
                asked_at: at(asked),
            },
            ..event("0", None, None, asked + 1)
        }
    }

    #[test]
    fn events_of_one_install_are_ordered_by_id() {
        let (old, new) = (
            event("99", Some("ins_1"), Some(9), 1),
            event("100", Some("ins_1"), Some(1), 1),
        );
        assert!(new.is_newer_than(&old) && !old.is_newer_than(&new));
    }

    #[test]
    fn ids_of_two_installs_are_never_compared() {
        let (a, b) = (
            event("99", Some("ins_1"), Some(2), 1),
            event("100", Some("ins_2"), Some(1), 1),
        );
        assert!(a.is_newer_than(&b));
        let unknown = event("100", Some("ins_2"), None, 1);
        assert_eq!(a.order(&unknown), None);
        let equal = event("100", Some("ins_2"), Some(2), 1);
        assert_eq!(a.order(&equal), None);
    }

    #[test]
    fn where_an_install_is_not_known_ids_count_only_if_the_times_agree() {
        let known = |id, created| event(id, Some("ins_2"), created, 1);
        let unknown = |id, created| event(id, None, created, 1);
        assert!(known("9", Some(2)).is_newer_than(&unknown("8", Some(1))));
        assert!(known("9", Some(2)).is_newer_than(&unknown("8", Some(2))));
        assert_eq!(known("7", Some(2)).order(&unknown("900", Some(1))), None);
        assert_eq!(known("7", Some(2)).order(&unknown("900", None)), None);
    }

    #[test]
    fn an_answer_and_an_event_are_ordered_only_where_clocks_can_tell() {
        assert!(answer(10).is_newer_than(&event("1", None, Some(5), 9)));
        assert!(event("1", None, Some(11), 12).is_newer_than(&answer(10)));
        assert_eq!(answer(10).order(&event("1", None, Some(5), 12)), None);
        assert_eq!(event("1", None, None, 12).order(&answer(10)), None);
    }

    #[test]
    fn a_moment_in_the_future_counts_as_now() {
        let wrong = event("1", None, Some(900), 900).not_after(at(20));
        assert_eq!(wrong.happened_at(), at(20));
        assert_eq!(wrong.merged_at, at(20));
    }
}
