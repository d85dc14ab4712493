//! Data that an adapter stores between two calls.
//!
//! Some tools only have counters: tasks and labels of a person in total. The work of a day is then the difference of
//! two readings, so the first reading is stored.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Account, NotOwn, ToolError, Window};
use crate::model::ids::{MemberId, ProjectId, TrainerId};
use crate::model::json::UnreadableElements;

/// Storage of an adapter.
#[async_trait]
pub trait AdapterState: Send + Sync {
    /// Records a reading of a project's counters, and returns the work of each day that is still stored.
    ///
    /// The growth since the previous reading belongs to the UTC day of this one. The first reading of a project is the
    /// start of counting, and counts as no work.
    async fn count(&self, project: &ProjectId, seen: &Counters) -> Result<Days, ToolError>;

    /// The result of [`count`](Self::count), without storing anything.
    async fn preview(&self, project: &ProjectId, seen: &Counters) -> Result<Days, ToolError>;

    /// The trainer who has or had the account through the bridge.
    async fn owner(&self, account: &MemberId) -> Result<Option<TrainerId>, ToolError>;

    /// Records the account as the trainer's unless it is another trainer's already. Returns its owner.
    async fn own(&self, account: &MemberId, trainer: &TrainerId) -> Result<TrainerId, ToolError>;

    /// Time until which the tool's calls are paused, from any process.
    async fn paused_until(&self) -> Result<Option<Timestamp>, ToolError>;

    /// Records a pause of the tool's calls for all processes.
    async fn pause(&self, until: Timestamp) -> Result<(), ToolError>;

    /// Work that people have written themselves in a project, by person and day of the window.
    async fn written(
        &self,
        project: &ProjectId,
        window: Window,
    ) -> Result<BTreeMap<(MemberId, Date), Pieces>, ToolError>;

    /// Records work that a person has written themselves on a day.
    async fn note_written(
        &self,
        project: &ProjectId,
        member: &MemberId,
        day: Date,
        pieces: &Pieces,
    ) -> Result<(), ToolError>;

    /// The accounts that the bridge created or was about to create for the person in the tool, by address.
    async fn accounts(&self, trainer: &TrainerId) -> Result<Vec<Account>, ToolError>;

    /// Records the state of that account.
    async fn note_account(&self, trainer: &TrainerId, account: &Account) -> Result<(), ToolError>;
}

/// A piece of work, in the last version of its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Piece {
    /// Its duration, if it was measured.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<i64>,
    /// Number of labels in it.
    #[serde(rename = "l", default)]
    pub labels: i64,
    /// Reason why it does not count as its author's work.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub not_own: Option<NotOwn>,
}

/// Pieces of work, by the tool's id.
pub type Pieces = BTreeMap<String, Piece>;

/// A project's counters at one moment. If all of them are readable, a missing person has done nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counters {
    /// The time before the request to the tool.
    pub asked_at: Timestamp,
    /// Number of tasks in the project. When it shrinks, work was deleted as well.
    pub size: i64,
    /// Finished tasks.
    pub tasks: BTreeMap<MemberId, i64>,
    /// Labels; `None` if the tool can't count them, now or ever.
    pub labels: Option<BTreeMap<MemberId, i64>>,
    /// The types of labels; empty if labels can't be counted.
    pub types: BTreeSet<String>,
    /// Whether the tool counts labels but can't report them.
    pub frozen: bool,
    /// Unreadable parts of the answer. With any of them, an absence from the counters proves nothing.
    pub unreadable: UnreadableElements,
}

/// Work of one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Count {
    /// Finished tasks.
    pub tasks: i64,
    /// Labels, if the tool can count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<i64>,
    /// Tasks that were reopened, by the person or by another.
    #[serde(default, skip_serializing_if = "crate::model::is_default")]
    pub fell: i64,
}

/// Work by person and UTC day.
pub type Days = BTreeMap<MemberId, BTreeMap<Date, Count>>;

/// No storage, for commands that read the tool without a ledger: every reading is the first one.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoState;

#[async_trait]
impl AdapterState for NoState {
    async fn count(&self, _: &ProjectId, _: &Counters) -> Result<Days, ToolError> {
        Ok(Days::new())
    }

    async fn preview(&self, _: &ProjectId, _: &Counters) -> Result<Days, ToolError> {
        Ok(Days::new())
    }

    async fn owner(&self, _: &MemberId) -> Result<Option<TrainerId>, ToolError> {
        Ok(None)
    }

    async fn own(&self, _: &MemberId, trainer: &TrainerId) -> Result<TrainerId, ToolError> {
        Ok(trainer.clone())
    }

    async fn paused_until(&self) -> Result<Option<Timestamp>, ToolError> {
        Ok(None)
    }

    async fn pause(&self, _: Timestamp) -> Result<(), ToolError> {
        Ok(())
    }

    async fn written(
        &self,
        _: &ProjectId,
        _: Window,
    ) -> Result<BTreeMap<(MemberId, Date), Pieces>, ToolError> {
        Ok(BTreeMap::new())
    }

    async fn note_written(
        &self,
        _: &ProjectId,
        _: &MemberId,
        _: Date,
        _: &Pieces,
    ) -> Result<(), ToolError> {
        Ok(())
    }

    async fn accounts(&self, _: &TrainerId) -> Result<Vec<Account>, ToolError> {
        Ok(Vec::new())
    }

    async fn note_account(&self, _: &TrainerId, _: &Account) -> Result<(), ToolError> {
        Ok(())
    }
}
