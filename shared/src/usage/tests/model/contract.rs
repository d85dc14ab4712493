//! Contracts as OpenTrain has them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::PROJECTS;

use crate::model::clock::day_of;
use crate::usage::tests::rig::CONNECTIONS;

/// The projects of each job of OpenTrain: the link, its connection and the project. Two customers share a project.
pub(super) const JOBS: [&[(&str, &str, &str)]; 3] = [
    &[("plk_0", "c0", "p0"), ("plk_1", "c0", "p1")],
    &[("plk_2", "c0", "p2")],
    &[("plk_3", "c1", "p0")],
];

/// The same jobs through the other connection.
pub(super) const MOVED: [&[(&str, &str, &str)]; 3] = [
    &[("plk_4", "c1", "p0"), ("plk_5", "c1", "p1")],
    &[("plk_6", "c1", "p2")],
    &[("plk_7", "c0", "p0")],
];

/// Work that reaches the tool within this time after the end of a contract belongs to it.
const GRACE: SignedDuration = SignedDuration::from_mins(15);

/// A contract as OpenTrain has it.
#[derive(Debug)]
pub(super) struct Contract {
    pub(super) id: String,
    pub(super) trainer: usize,
    pub(super) job: usize,
    pub(super) first: Date,
    pub(super) told_at: Timestamp,
    /// Time at which its link was created again at the other connection.
    pub(super) moved_at: Option<Timestamp>,
    /// The last day, if it has ended, and the time at which that was stated.
    pub(super) last: Option<(Date, Timestamp)>,
}

/// A contract at a connection.
pub(super) struct Hire<'a> {
    pub(super) contract: &'a Contract,
    pub(super) connection: usize,
    told_at: Timestamp,
}

impl Contract {
    /// The links through which it was hired: link, connection and project.
    pub(super) fn links(&self) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        let moved = self.moved_at.map(|_| MOVED[self.job]);
        JOBS[self.job]
            .iter()
            .chain(moved.into_iter().flatten())
            .copied()
    }

    pub(super) fn hires(&self) -> impl Iterator<Item = Hire<'_>> {
        let at = |jobs: [&[(&str, &str, &str)]; 3]| {
            let name = jobs[self.job][0].1;
            CONNECTIONS.iter().position(|it| *it == name).unwrap()
        };
        let first = Some((at(JOBS), self.told_at));
        let moved = self.moved_at.map(|moved_at| (at(MOVED), moved_at));
        let hires = first.into_iter().chain(moved);
        hires.map(|(connection, told_at)| Hire {
            contract: self,
            connection,
            told_at,
        })
    }

    pub(super) fn is_at(&self, project: usize) -> bool {
        JOBS[self.job].iter().any(|it| it.2 == PROJECTS[project])
    }
}

impl Hire<'_> {
    pub(super) fn first(&self) -> Date {
        self.contract.first.min(day_of(self.told_at))
    }

    pub(super) fn last(&self) -> Date {
        self.contract.last.map_or(Date::MAX, |it| it.0)
    }

    pub(super) fn starts_at(&self) -> Timestamp {
        midnight(self.contract.first).min(self.told_at)
    }

    /// When its work is over, with the grace.
    pub(super) fn over_at(&self) -> Timestamp {
        self.ended_at().map_or(Timestamp::MAX, |over| over + GRACE)
    }

    /// Whether there was any time between its start and its end.
    pub(super) fn has_run(&self) -> bool {
        self.ended_at().is_none_or(|over| self.starts_at() <= over)
    }

    fn ended_at(&self) -> Option<Timestamp> {
        let (last, told) = self.contract.last?;
        match day_of(told) == last {
            true => Some(told),
            false => Some(midnight(last.tomorrow().unwrap())),
        }
    }
}

pub(super) fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).unwrap().timestamp()
}
