//! What an adapter has to remember between two calls.
//!
//! Some tools only count: so many tasks and labels by this person, ever. What was done on a day is then
//! the difference of two looks, and somebody has to keep the first one.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{DayTotal, NotOwn, Window, Worker};
use crate::http::{Listing, UnreadableElements};
use crate::ids::{MemberId, ProjectId, TrainerId};
use crate::ledger::{Account, LedgerError};

/// Where an adapter keeps what it has to remember.
#[async_trait]
pub trait Memory: Send + Sync {
    /// Takes a look at a project's counters in, and says what was done on each day that is still
    /// remembered.
    ///
    /// The growth since the look before belongs to the UTC day of this one. The first look at a project is
    /// where counting starts, and nobody's work.
    async fn count(&self, project: &ProjectId, seen: &Counters) -> Result<Days, LedgerError>;

    /// What [`count`](Self::count) would say; nothing is kept.
    async fn preview(&self, project: &ProjectId, seen: &Counters) -> Result<Days, LedgerError>;

    /// The trainer whose account it is, if it ever was one's through the bridge.
    async fn owner(&self, account: &MemberId) -> Result<Option<TrainerId>, LedgerError>;

    /// Records the account as the trainer's unless it is another trainer's already. Returns whose it is.
    async fn own(&self, account: &MemberId, trainer: &TrainerId) -> Result<TrainerId, LedgerError>;

    /// Until when the tool's calls are paused, as any process has recorded it.
    async fn paused_until(&self) -> Result<Option<Timestamp>, LedgerError>;

    /// Records a pause of the tool's calls for all processes.
    async fn pause(&self, until: Timestamp) -> Result<(), LedgerError>;

    /// What people have written themselves in a project, by person and day of the window.
    async fn written(
        &self,
        project: &ProjectId,
        window: Window,
    ) -> Result<BTreeMap<(MemberId, Date), Pieces>, LedgerError>;

    /// Notes what a person has written themselves on a day.
    async fn note_written(
        &self,
        project: &ProjectId,
        member: &MemberId,
        day: Date,
        pieces: &Pieces,
    ) -> Result<(), LedgerError>;

    /// The accounts that the bridge made for the person in the tool, or was about to make, by address.
    async fn accounts(&self, trainer: &TrainerId) -> Result<Vec<Account>, LedgerError>;

    /// Notes how that account stands.
    async fn note_account(&self, trainer: &TrainerId, account: &Account)
    -> Result<(), LedgerError>;
}

/// A piece of work, as its maker wrote it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Piece {
    /// How long it took, where that was measured.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<i64>,
    /// Labels in it.
    #[serde(rename = "l", default)]
    pub labels: i64,
    /// Why it is not its person's work: nothing of it counts.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub not_own: Option<NotOwn>,
}

/// Pieces of work, by the tool's id.
pub type Pieces = BTreeMap<String, Piece>;

/// A project's counters, as a tool shows them at one moment. Who isn't in them has done nothing, if all could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counters {
    /// The moment before the tool was asked.
    pub asked_at: Timestamp,
    /// How much there is to do in the project. When it shrinks, work was deleted along with it.
    pub size: i64,
    /// Tasks finished.
    pub tasks: BTreeMap<MemberId, i64>,
    /// Labels made; nothing when the tool can't say, now or ever.
    pub labels: Option<BTreeMap<MemberId, i64>>,
    /// The types of labels that there are; none where labels can't be told.
    pub types: BTreeSet<String>,
    /// The tool can't tell labels, though it counts them.
    pub frozen: bool,
    /// What the tool said and could not be read. With any of it, who isn't in the counters is not known.
    pub unreadable: UnreadableElements,
}

/// What was done on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Count {
    /// Tasks finished.
    pub tasks: i64,
    /// Labels made, where the tool could say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<i64>,
    /// Tasks that were taken back, by the person or by another.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fell: i64,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(count: &i64) -> bool {
    *count == 0
}

/// What was done, by person and UTC day.
pub type Days = BTreeMap<MemberId, BTreeMap<Date, Count>>;

/// The days as totals of a window; counters know no seconds.
pub(super) fn totals(
    days: Days,
    unreadable: UnreadableElements,
    window: Window,
) -> Listing<DayTotal> {
    let asked = |day: &Date| window.from <= *day && *day <= window.to;
    let row = |member: &MemberId, day: Date, count: Count| DayTotal {
        worker: Worker::Member(member.clone()),
        work_date: day,
        total_seconds: None,
        tasks_completed: Some(count.tasks),
        labels_completed: count.labels,
        disputed: u64::try_from(count.fell).unwrap_or_default(),
        in_part: false,
    };
    let mut totals = Vec::new();
    for (member, days) in days {
        let days = days.into_iter().filter(|(day, _)| asked(day));
        totals.extend(days.map(|(day, count)| row(&member, day, count)));
    }
    Listing::new(totals, unreadable)
}

/// No memory, for commands that look at the tool and have no ledger: nobody was ever counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMemory;

#[async_trait]
impl Memory for NoMemory {
    async fn count(&self, _: &ProjectId, _: &Counters) -> Result<Days, LedgerError> {
        Ok(Days::new())
    }

    async fn preview(&self, _: &ProjectId, _: &Counters) -> Result<Days, LedgerError> {
        Ok(Days::new())
    }

    async fn owner(&self, _: &MemberId) -> Result<Option<TrainerId>, LedgerError> {
        Ok(None)
    }

    async fn own(&self, _: &MemberId, trainer: &TrainerId) -> Result<TrainerId, LedgerError> {
        Ok(trainer.clone())
    }

    async fn paused_until(&self) -> Result<Option<Timestamp>, LedgerError> {
        Ok(None)
    }

    async fn pause(&self, _: Timestamp) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn written(
        &self,
        _: &ProjectId,
        _: Window,
    ) -> Result<BTreeMap<(MemberId, Date), Pieces>, LedgerError> {
        Ok(BTreeMap::new())
    }

    async fn note_written(
        &self,
        _: &ProjectId,
        _: &MemberId,
        _: Date,
        _: &Pieces,
    ) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn accounts(&self, _: &TrainerId) -> Result<Vec<Account>, LedgerError> {
        Ok(Vec::new())
    }

    async fn note_account(&self, _: &TrainerId, _: &Account) -> Result<(), LedgerError> {
        Ok(())
    }
}
