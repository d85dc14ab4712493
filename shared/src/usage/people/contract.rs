//! A contract whose days a job covers.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::ledger::{Hired, Known, Owned, Parts, UsageRow};
use crate::model::ids::{ContractId, ProjectId};
use crate::usage::attribution::HirePeriod;
use crate::usage::days::{Facts, HireDays};
use crate::usage::report::Skip;

/// One of a person's contracts.
pub(in crate::usage) struct Contract {
    pub(in crate::usage) of: Hired,
    /// Reason why nothing can be reported; `None` if it can.
    pub(in crate::usage) barred: Option<Skip>,
    /// Time at which it was over at every link; `None` while it runs.
    pub(in crate::usage) over_at: Option<Timestamp>,
    pub(in crate::usage) facts: Facts,
    /// Whether the run reports it.
    pub(in crate::usage) is_asked: bool,
    /// Whether the record of its reports is unreadable, so that OpenTrain may have any day.
    pub(in crate::usage) is_unreadable: bool,
    /// The record of its reports, through any install.
    pub(in crate::usage) row: Option<UsageRow>,
    /// The stored row, without the joined ones; `None` if it may have changed since it was read.
    pub(in crate::usage) stored: Option<Known<UsageRow>>,
    pub(in crate::usage) owned: BTreeSet<Owned>,
    pub(in crate::usage) days: HireDays,
}

impl Contract {
    /// The work that OpenTrain has or may have for a day.
    pub(in crate::usage) fn held(&self, day: Date) -> Option<&Parts> {
        self.row.as_ref()?.held(day)
    }

    /// Whether the run can change the work that OpenTrain has for a day.
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

/// Time at which a contract was over at every link; `None` while it runs.
pub(super) fn over_at(spells: &[HirePeriod], contract: &ContractId) -> Option<Timestamp> {
    let own = spells.iter().filter(|it| it.contract == *contract);
    let over: Option<Vec<_>> = own.map(|it| it.over_at).collect();
    over?.into_iter().max()
}
