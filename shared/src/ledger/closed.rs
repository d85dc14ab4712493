//! Contracts that are over: those that move to the trainer's second item, and those that are deleted.
//!
//! A contract is over when each of its hires has ended, or has a removed link and `ON_LINK_REMOVED` is `remove`. The
//! contract is closed when its projects hold no access either.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::{ContractEnd, Environment, Hire, Link, Member, Trainer};
use crate::model::clock::{after, before};
use crate::model::ids::ContractId;

/// Time for which a closed contract is kept.
const KEPT_FOR: Duration = Duration::from_secs(400 * 24 * 3600);

/// When a contract or a hire ended, or lost its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// When the end or the removal happened, as far as is known.
    happened_at: Timestamp,
    /// When that was recorded.
    recorded_at: Timestamp,
    /// It lost a link that is only absent from OpenTrain's list: the link may be seen again.
    may_return: bool,
}

impl Closing {
    /// When the end or the removal happened, as far as is known.
    pub fn happened_at(&self) -> Timestamp {
        self.happened_at
    }

    /// For the end of a contract.
    pub(super) fn by_end(end: &ContractEnd) -> Self {
        Self {
            happened_at: end.stamp.happened_at(),
            recorded_at: end.stamp.merged_at,
            may_return: false,
        }
    }

    /// For the removal of a link.
    pub(super) fn by_link(link: &Link) -> Self {
        Self {
            happened_at: link.at,
            recorded_at: link.at,
            may_return: link.absent,
        }
    }

    /// A contract is over when the last of its hires is.
    fn and(self, other: Self) -> Self {
        Self {
            happened_at: self.happened_at.max(other.happened_at),
            recorded_at: self.recorded_at.max(other.recorded_at),
            may_return: self.may_return || other.may_return,
        }
    }
}

impl Trainer {
    /// The contracts that are over and whose projects hold no access. A contract is closed as a whole: the end that one
    /// connection stated also ends its hires at others.
    fn closed(&self, environment: &Environment) -> BTreeMap<&ContractId, Closing> {
        let mut closed: BTreeMap<&ContractId, Closing> = BTreeMap::new();
        let mut add = |contract, closing| {
            let known = closed.entry(contract).or_insert(closing);
            *known = known.and(closing);
        };
        for (key, end) in &self.ends {
            add(&key.contract, Closing::by_end(end));
        }
        let mut over = Vec::new();
        let mut open = Vec::new();
        for hire in &self.hires {
            match environment.closing_of(self, hire) {
                Some(closing) => {
                    add(&hire.contract, closing);
                    over.push(hire);
                }
                None => open.push(hire),
            }
        }
        let in_use: BTreeSet<_> = open.iter().map(|hire| &hire.project).collect();
        for hire in open {
            closed.remove(&hire.contract);
        }
        for hire in over {
            let access = self.access.get(&hire.project);
            let is_open = access.is_some_and(|it| {
                // Access that another contract needs does not keep this one open. A removal and its looks do.
                let is_held = it.is_held() && in_use.contains(&hire.project);
                !is_held && (it.may_be_in() || it.awaits_look())
            });
            if is_open {
                closed.remove(&hire.contract);
            }
        }
        closed
    }

    /// The contracts that have been closed for 400 days.
    fn outdated(&self, environment: &Environment, now: Timestamp) -> BTreeSet<ContractId> {
        let limit = before(now, KEPT_FOR);
        let closed = self.closed(environment).into_iter();
        let old = closed.filter(|(_, closing)| closing.recorded_at < limit);
        old.map(|(contract, _)| contract.clone()).collect()
    }

    /// Whether [`prune`](Self::prune) would change anything.
    pub(crate) fn is_outdated(&self, environment: &Environment, now: Timestamp) -> bool {
        !self.outdated(environment, now).is_empty()
    }

    /// Deletes contracts that have been closed for 400 days, and with the last one the person's name, country and
    /// profile.
    pub(crate) fn prune(&mut self, environment: &Environment, now: Timestamp) {
        let old = self.outdated(environment, now);
        if old.is_empty() {
            return;
        }
        self.split_off(&old);
        if self.hires.is_empty() && self.ends.is_empty() {
            // The contracts in the second item were over earlier, and the item expires by itself.
            self.has_closed = false;
            self.member = Member {
                accounts: std::mem::take(&mut self.member.accounts),
                through: std::mem::take(&mut self.member.through),
                emails: std::mem::take(&mut self.member.emails),
                as_of: self.member.erased_at(),
                ..Member::default()
            };
        }
    }

    /// Removes the hires and ends of some contracts, and returns them.
    pub(super) fn split_off(&mut self, contracts: &BTreeSet<ContractId>) -> Self {
        let is_in = |hire: &mut Hire| contracts.contains(&hire.contract);
        let ends = std::mem::take(&mut self.ends).into_iter();
        let (taken, kept) = ends.partition(|(key, _)| contracts.contains(&key.contract));
        self.ends = kept;
        Self {
            hires: self.hires.extract_if(.., is_in).collect(),
            ends: taken,
            ..Self::default()
        }
    }

    /// When all of these closed contracts may be deleted. A contract without an end lost its links before `now`, so
    /// `now` counts as its end.
    pub(super) fn kept_until(&self, now: Timestamp) -> Timestamp {
        let has_end = |hire: &Hire| self.ends.keys().any(|key| key.contract == hire.contract);
        let newest = match self.hires.iter().all(has_end) {
            true => self.ends.values().map(|end| end.stamp.merged_at).max(),
            false => None,
        };
        after(newest.unwrap_or(now), KEPT_FOR)
    }

    /// Splits off the oldest closed contracts if there are more than twice `kept`. Returns the document with the newest
    /// `kept`, and the others. A contract whose link may be seen again stays, because no fact would move it back.
    pub(crate) fn split_closed(
        &self,
        kept: usize,
        environment: &Environment,
    ) -> Option<(Self, Self)> {
        // Each closed contract has an end or a hire.
        if self.ends.len() + self.hires.len() <= 2 * kept {
            return None;
        }
        let mut closed: Vec<_> = self.closed(environment).into_iter().collect();
        closed.retain(|(_, closing)| !closing.may_return);
        if closed.len() <= 2 * kept {
            return None;
        }
        closed.sort_by_key(|(_, closing)| closing.happened_at);
        closed.truncate(closed.len() - kept);
        let contracts = closed.into_iter().map(|(contract, _)| contract.clone());
        let contracts = contracts.collect();
        let mut stays = self.clone();
        stays.has_closed = true;
        let goes = stays.split_off(&contracts);
        Some((stays, goes))
    }
}
