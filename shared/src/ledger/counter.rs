//! Counters of a tool that knows no days: what each person's stood at, and what it grew by on which day.
//!
//! One row for each (project, person), written only when it changes, and one for the project that says
//! since when it is watched. A write is conditional on the row's version, and a look that was asked for
//! earlier than the one that was counted last is left out: two who look at once count nothing twice.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::row::{join, read};
use super::{Account, Key, Ledger, LedgerError};
use crate::ids::{MemberId, ProjectId, TrainerId};
use crate::tool::{Count, Counters, Days, Memory};

/// How many days are remembered: more than any look-back.
const KEPT_DAYS: i64 = 35;

/// The row of the project itself.
const WATCH: &str = "WATCH";

/// Since when a project is watched, and how it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Watch {
    /// Who isn't known has done nothing until then.
    since: Timestamp,
    /// The moment of the last look that changed something here.
    seen_at: Timestamp,
    /// How much there was to do.
    size: i64,
    /// Labels were seen, too.
    labels: bool,
}

/// One person's counters in one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CounterRow {
    /// Whose.
    member: MemberId,
    /// The moment of the last look that changed something here.
    seen_at: Timestamp,
    tasks: Counter,
    /// None until labels were seen.
    labels: Option<Counter>,
    /// What the counters grew by, by the UTC day of the look.
    days: BTreeMap<Date, Count>,
}

/// A counter as it was last seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counter {
    at: i64,
    /// What was taken back of days before: new work makes up for it first, so that what is taken back and
    /// done again counts once.
    #[serde(default)]
    owed: i64,
}

impl Counter {
    fn at(at: i64) -> Self {
        Self { at, owed: 0 }
    }

    /// Moves to `now`; what the day's sum `sum` becomes. Never below zero.
    fn grow(&mut self, now: i64, sum: i64, forgive: bool) -> i64 {
        let growth = now - self.at;
        self.at = now;
        if growth < 0 && forgive {
            return sum;
        }
        let sum = sum + growth - self.owed;
        self.owed = (-sum).max(0);
        sum.max(0)
    }
}

/// The rows of a project.
#[derive(Default)]
struct Known {
    watch: Option<Watch>,
    rows: BTreeMap<MemberId, CounterRow>,
}

impl Known {
    fn days(self) -> Days {
        let row = |(member, row): (MemberId, CounterRow)| (member, row.days);
        self.rows.into_iter().map(row).collect()
    }

    /// The rows that change, as `seen` makes them.
    fn changes(&self, seen: &Counters) -> Vec<CounterRow> {
        // Who is missing from a look that is not complete may be somebody whose counters could not be read.
        let complete = seen.unreadable.is_empty();
        let labelled = seen.labels.iter().flat_map(BTreeMap::keys);
        let absent = self.rows.keys().chain(labelled).filter(|_| complete);
        let members: BTreeSet<_> = absent.chain(seen.tasks.keys()).collect();
        let change = |member: &MemberId| {
            counted(
                self.rows.get(member).cloned(),
                self.watch.as_ref(),
                member,
                seen,
            )
        };
        members.into_iter().filter_map(change).collect()
    }
}

#[async_trait]
impl Memory for Ledger {
    async fn count(&self, project: &ProjectId, seen: &Counters) -> Result<Days, LedgerError> {
        let known = self.counters(project).await?;
        let changes = known.changes(seen);
        let watch = known.watch.as_ref();
        for row in &changes {
            let key = key(project, &join("MEMBER", &[row.member.as_str()]));
            let count = |old| counted(old, watch, &row.member, seen);
            self.update(&key, count).await?;
        }
        // Last: a crash before this leaves the project unwatched, and what is not known yet a start.
        let watched = self
            .update(&key(project, WATCH), |old| watched(old, seen))
            .await?;
        if changes.is_empty() && !watched {
            return Ok(known.days());
        }
        Ok(self.counters(project).await?.days())
    }

    async fn preview(&self, project: &ProjectId, seen: &Counters) -> Result<Days, LedgerError> {
        let mut known = self.counters(project).await?;
        for row in known.changes(seen) {
            known.rows.insert(row.member.clone(), row);
        }
        Ok(known.days())
    }

    async fn owner(&self, account: &MemberId) -> Result<Option<TrainerId>, LedgerError> {
        self.owner_of(account).await
    }

    async fn own(&self, account: &MemberId, trainer: &TrainerId) -> Result<TrainerId, LedgerError> {
        self.put_owner(account, trainer).await
    }

    async fn paused_until(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.tool_pause().await
    }

    async fn pause(&self, until: Timestamp) -> Result<(), LedgerError> {
        self.pause_tool(until).await
    }

    async fn account(&self, trainer: &TrainerId) -> Result<Option<Account>, LedgerError> {
        self.account_of(trainer).await
    }

    async fn note_account(
        &self,
        trainer: &TrainerId,
        account: &Account,
    ) -> Result<(), LedgerError> {
        self.put_account(trainer, account).await
    }
}

impl Ledger {
    async fn counters(&self, project: &ProjectId) -> Result<Known, LedgerError> {
        let mut known = Known::default();
        for item in self.table.query(&partition(project), "").await? {
            if item.key.sort == WATCH {
                known.watch = Some(read(&item)?);
            } else {
                let row: CounterRow = read(&item)?;
                known.rows.insert(row.member.clone(), row);
            }
        }
        Ok(known)
    }
}

fn partition(project: &ProjectId) -> String {
    join("COUNTERS", &[project.as_str()])
}

fn key(project: &ProjectId, sort: &str) -> Key {
    Key::new(partition(project), sort)
}

/// A person's row after a look; nothing when it stays as it is.
fn counted(
    old: Option<CounterRow>,
    watch: Option<&Watch>,
    member: &MemberId,
    seen: &Counters,
) -> Option<CounterRow> {
    if old.as_ref().is_some_and(|old| old.seen_at > seen.asked_at) {
        return None;
    }
    let now =
        |counters: &BTreeMap<MemberId, i64>| counters.get(member).copied().unwrap_or_default();
    let (tasks, labels) = (now(&seen.tasks), seen.labels.as_ref().map(now));
    // Nobody is known before the project is watched: what they have done by then is nobody's day.
    let start = |now, watched: bool| Counter::at(if watched { 0 } else { now });
    let mut row = old.clone().unwrap_or_else(|| CounterRow {
        member: member.clone(),
        seen_at: seen.asked_at,
        tasks: start(tasks, watch.is_some()),
        labels: None,
        days: BTreeMap::new(),
    });
    let forgive = watch.is_some_and(|watch| watch.size > seen.size);
    let today = seen.asked_at.to_zoned(TimeZone::UTC).date();
    let mut sums = row.days.get(&today).copied().unwrap_or_default();
    sums.tasks = row.tasks.grow(tasks, sums.tasks, forgive);
    if let Some(now) = labels {
        let watched = watch.is_some_and(|watch| watch.labels);
        let counter = row.labels.get_or_insert_with(|| start(now, watched));
        sums.labels = Some(counter.grow(now, sums.labels.unwrap_or_default(), forgive));
    }
    if row.days.contains_key(&today) || sums.tasks != 0 || sums.labels.is_some_and(|it| it != 0) {
        row.days.insert(today, sums);
    }
    let keep_from = today.checked_sub(KEPT_DAYS.days()).unwrap_or(Date::MIN);
    row.days.retain(|day, _| *day >= keep_from);
    let idle = old.is_none()
        && row.tasks == Counter::default()
        && row.labels.is_none_or(|it| it == Counter::default());
    if idle || old.as_ref() == Some(&row) {
        return None;
    }
    row.seen_at = seen.asked_at;
    Some(row)
}

/// The project's row after a look; nothing when it stays as it is.
fn watched(old: Option<Watch>, seen: &Counters) -> Option<Watch> {
    if !seen.unreadable.is_empty() {
        return None;
    }
    let labels = seen.labels.is_some();
    let Some(old) = old else {
        return Some(Watch {
            since: seen.asked_at,
            seen_at: seen.asked_at,
            size: seen.size,
            labels,
        });
    };
    let same = old.size == seen.size && (old.labels || !labels);
    (!same && old.seen_at <= seen.asked_at).then_some(Watch {
        seen_at: seen.asked_at,
        size: seen.size,
        labels: old.labels || labels,
        ..old
    })
}

#[cfg(test)]
mod tests;
