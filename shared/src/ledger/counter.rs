//! Counters of a tool that does not report days: the last value of each person's counters, and their growth by day.
//!
//! Each (project, person) has one row, which is written only when it changes. The project has a row with the time since
//! which it is watched. A write is conditional on the row's version. A look that was requested before the last counted
//! look is ignored, so that two processes that look at the same time count nothing twice.

mod growth;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use self::growth::{CounterRow, Deleted, Watch, counted, is_overtaken};
use super::pause::TOOL;
use super::row::{join, read};
use super::{Key, Ledger, LedgerError};
use crate::model::clock::day_of;
use crate::model::ids::{MemberId, ProjectId, TrainerId};
use crate::tool::{Account, AdapterState, Counters, Days, Pieces, ToolError, Window};

/// The row of the project itself.
const WATCH: &str = "WATCH";

/// Whether a look has an earlier day than a look before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    No,
    /// For the first time: the look is ignored.
    Once,
    /// Not for the first time: the earlier look's clock was ahead.
    Again,
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

    /// Whether a look has an earlier day than a look before it. If so, one of the two clocks was wrong. The second such
    /// look in a row decides.
    fn behind(&self, seen: &Counters, now: Timestamp) -> Behind {
        let rows = self.rows.values().map(|row| row.seen_at);
        let watch = self.watch.as_ref();
        let newest = rows.chain(watch.map(|it| it.seen_at)).max();
        let is_behind = |newest| now < newest && day_of(seen.asked_at) < day_of(newest);
        match newest.is_some_and(is_behind) {
            false => Behind::No,
            true if watch.is_some_and(|it| it.behind.is_some()) => Behind::Again,
            true => Behind::Once,
        }
    }

    /// The rows that `seen` changes.
    fn changes(&self, seen: &Counters, behind: Behind, now: Timestamp) -> Vec<CounterRow> {
        if behind == Behind::Once {
            return Vec::new();
        }
        // In an incomplete look, a missing person may have counters that could not be read.
        let complete = seen.unreadable.is_empty();
        let labelled = seen.labels.iter().flat_map(BTreeMap::keys);
        let absent = self.rows.keys().chain(labelled).filter(|_| complete);
        let members: BTreeSet<_> = absent.chain(seen.tasks.keys()).collect();
        let deleted = self.deleted(seen);
        let watch = self.watch.as_ref();
        let change = |member: &MemberId| {
            let row = self.rows.get(member).cloned();
            counted(row, watch, member, seen, deleted, now)
        };
        members.into_iter().filter_map(change).collect()
    }

    /// Whether work was deleted since the look before.
    fn deleted(&self, seen: &Counters) -> Deleted {
        let tasks = self.rows.values().map(|row| (&row.member, row.tasks.at));
        let labels = self.rows.values();
        let labels = labels.filter_map(|row| Some((&row.member, row.labels?.at)));
        Deleted::between(self.watch.as_ref(), tasks, labels, seen)
    }
}

/// The reading could not be stored, so it is repeated.
impl From<LedgerError> for ToolError {
    fn from(error: LedgerError) -> Self {
        let reason = error.to_string();
        match error {
            LedgerError::Unreadable { .. } => Self::Operator { reason },
            LedgerError::Table(_) | LedgerError::Contended(_) => Self::Transient {
                reason,
                after: None,
            },
        }
    }
}

#[async_trait]
impl AdapterState for Ledger {
    async fn count(&self, project: &ProjectId, seen: &Counters) -> Result<Days, ToolError> {
        let known = self.counters(project).await?;
        let now = self.clock.now();
        let behind = known.behind(seen, now);
        let changes = known.changes(seen, behind, now);
        let (watch, deleted) = (known.watch.as_ref(), known.deleted(seen));
        for row in &changes {
            let key = key(project, &join("MEMBER", &[row.member.as_str()]));
            let count = |old| counted(old, watch, &row.member, seen, deleted, now);
            self.update(&key, count).await?;
        }
        // This write comes last: after a crash before it, the project is unwatched and unknown counters are start
        // values.
        let watched = self
            .update(&key(project, WATCH), |old: Option<Watch>| {
                let new = watched(old.clone(), seen, behind, now);
                new.filter(|new| old.as_ref() != Some(new))
            })
            .await?;
        if changes.is_empty() && !watched {
            return Ok(known.days());
        }
        Ok(self.counters(project).await?.days())
    }

    async fn preview(&self, project: &ProjectId, seen: &Counters) -> Result<Days, ToolError> {
        let mut known = self.counters(project).await?;
        let now = self.clock.now();
        let behind = known.behind(seen, now);
        for row in known.changes(seen, behind, now) {
            known.rows.insert(row.member.clone(), row);
        }
        Ok(known.days())
    }

    async fn owner(&self, account: &MemberId) -> Result<Option<TrainerId>, ToolError> {
        Ok(self.owner_of(account).await?)
    }

    async fn own(&self, account: &MemberId, trainer: &TrainerId) -> Result<TrainerId, ToolError> {
        Ok(self.put_owner(account, trainer).await?)
    }

    async fn paused_until(&self) -> Result<Option<Timestamp>, ToolError> {
        Ok(self.paused(TOOL).await?)
    }

    async fn pause(&self, until: Timestamp) -> Result<(), ToolError> {
        Ok(self.record_pause(TOOL, until).await?)
    }

    async fn written(
        &self,
        project: &ProjectId,
        window: Window,
    ) -> Result<BTreeMap<(MemberId, Date), Pieces>, ToolError> {
        Ok(self.written_rows(project, window).await?)
    }

    async fn note_written(
        &self,
        project: &ProjectId,
        member: &MemberId,
        day: Date,
        pieces: &Pieces,
    ) -> Result<(), ToolError> {
        Ok(self.put_written(project, member, day, pieces).await?)
    }

    async fn accounts(&self, trainer: &TrainerId) -> Result<Vec<Account>, ToolError> {
        Ok(self.accounts_of(trainer).await?)
    }

    async fn note_account(&self, trainer: &TrainerId, account: &Account) -> Result<(), ToolError> {
        Ok(self.put_account(trainer, account).await?)
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

/// The project's row after a look; `None` if the look is incomplete.
fn watched(old: Option<Watch>, seen: &Counters, behind: Behind, now: Timestamp) -> Option<Watch> {
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
            types: seen.types.clone(),
            behind: None,
        });
    };
    let since = old.behind.unwrap_or(seen.asked_at);
    let old = Watch {
        behind: (behind != Behind::No).then_some(since),
        ..old
    };
    let types = if labels { &seen.types } else { &old.types };
    let same = old.size == seen.size && (old.labels || !labels) && old.types == *types;
    if same || behind == Behind::Once || is_overtaken(old.seen_at, seen, now) {
        return Some(old);
    }
    Some(Watch {
        seen_at: seen.asked_at,
        size: seen.size,
        labels: old.labels || labels,
        types: types.clone(),
        ..old
    })
}

#[cfg(test)]
mod tests;
