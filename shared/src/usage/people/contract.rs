//! A contract whose days a job covers.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::ledger::{Hired, Owned, Parts, UsageRow};
use crate::model::ids::ProjectId;
use crate::usage::days::{Facts, HireDays};
use crate::usage::report::Skip;

/// One of a person's contracts.
pub(in crate::usage) struct Contract {
    pub(in crate::usage) of: Hired,
    /// Why nothing can be reported, if nothing can.
    pub(in crate::usage) barred: Option<Skip>,
    /// When it was over at every link; none while it runs.
    pub(in crate::usage) over_at: Option<Timestamp>,
    pub(in crate::usage) facts: Facts,
    /// Whether the run is to report it.
    pub(in crate::usage) is_asked: bool,
    /// What was reported could not be read: OpenTrain may hold any day.
    pub(in crate::usage) is_unreadable: bool,
    /// What was reported, through any install.
    pub(in crate::usage) row: Option<UsageRow>,
    pub(in crate::usage) owned: BTreeSet<Owned>,
    pub(in crate::usage) days: HireDays,
}

impl Contract {
    /// What OpenTrain holds of a day, or may hold.
    pub(in crate::usage) fn held(&self, day: Date) -> Option<&Parts> {
        self.row.as_ref()?.held(day)
    }

    /// Whether the run can change what OpenTrain holds of a day.
    pub(in crate::usage) fn can_change(&self, day: Date) -> bool {
        self.is_asked && self.barred.is_none() && self.days.hold(day)
    }

    /// The projects whose days have to be read.
    pub(in crate::usage) fn projects_read(&self) -> BTreeSet<&ProjectId> {
        let days = &self.days;
        let is_read = |it: &&Owned| {
            days.windows().any(|window| {
                it.from.is_none_or(|from| from <= window.to)
                    && it.to.is_none_or(|to| window.from <= to)
            })
        };
        let owned = self.owned.iter().filter(is_read).map(|it| &it.project);
        let rows = self.row.iter();
        let held = rows.flat_map(|row| row.days.iter().chain(&row.sending));
        let held = held.filter(|(day, _)| days.hold(**day));
        let held = held.flat_map(|(_, parts)| parts.keys());
        let known = |it: &&ProjectId| !it.as_str().is_empty();
        owned.chain(held).filter(known).collect()
    }
}
