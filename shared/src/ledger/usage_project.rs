//! State of the reporting of one project's work.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::{id_of, join};
use super::{Key, Ledger, LedgerError};
use crate::model::ids::ProjectId;

/// State of the reporting of one project's work. A project that no run has reported may have no row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProjectUsage {
    /// Since when the project's totals can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing: Option<Failing>,
    /// Deletions that an operator has to confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<DeletionHold>,
    /// A measure that the tool can't report at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen: Option<FrozenSince>,
    /// Whether the tool has ever kept totals of the project; `None` if it was never asked, or never answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_totals: Option<bool>,
    /// Whether the tool's last answer was that it has no such project.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// Result of the last run for all people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<UsageRun>,
    /// Time of the newest reading from which the work of all people was reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) read_at: Option<Timestamp>,
    /// The process that reports the project's work now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lease: Option<super::usage_lease::Holder>,
}

/// Result of a usage run for one project and those that are reported with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageRun {
    /// When it began.
    pub started_at: Timestamp,
    /// What was not reported, in one line; none if all was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
}

/// Readings of a project that failed one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Failing {
    /// When the first one failed.
    pub since: Timestamp,
    /// When the last one failed.
    pub at: Timestamp,
    /// How many failed.
    pub times: u32,
    /// What happened and what to do.
    pub reason: String,
}

/// Many reported days are gone from a project at once: they stay reported until an operator confirms the deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeletionHold {
    /// When that was first seen.
    pub since: Timestamp,
    /// Number of person-days.
    pub days: u64,
    /// Number of seconds.
    pub seconds: i64,
}

/// A measure that the tool can't report at present: its last values stay reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FrozenSince {
    /// When that was first seen.
    pub since: Timestamp,
    /// What happened and what to do.
    pub reason: String,
}

impl ProjectUsage {
    /// When the newest reading was taken. A moment later than `now` was noted while a clock was ahead, and does not count.
    pub(super) fn read_by(&self, now: Timestamp) -> Option<Timestamp> {
        self.read_at.filter(|at| *at <= now)
    }

    /// Only its problems; `None` if there are none.
    pub fn trouble(&self) -> Option<Self> {
        let trouble = Self {
            failing: self.failing.clone(),
            held: self.held.clone(),
            frozen: self.frozen.clone(),
            ..Self::default()
        };
        (trouble != Self::default()).then_some(trouble)
    }
}

impl Ledger {
    /// State of the reporting of some projects, in their order.
    pub async fn project_usages(
        &self,
        projects: &[ProjectId],
    ) -> Result<Vec<ProjectUsage>, LedgerError> {
        let keys: Vec<_> = projects.iter().map(project_usage_key).collect();
        let items = self.table.get_many(&keys).await?;
        // A row that cannot be read must not stop the reporting of work.
        let row = |item: &Option<super::Item>| {
            let row = item.as_ref().map(super::row::read).transpose();
            row.inspect_err(|error| tracing::error!(%error, "a row of the ledger is left out"))
                .ok()
                .flatten()
                .unwrap_or_default()
        };
        Ok(items.iter().map(row).collect())
    }

    /// Changes the state of the reporting of a project.
    pub async fn update_project_usage(
        &self,
        project: &ProjectId,
        change: impl Fn(&mut ProjectUsage) + Send + Sync,
    ) -> Result<bool, LedgerError> {
        self.update(&project_usage_key(project), |old: Option<ProjectUsage>| {
            let before = old.unwrap_or_default();
            let mut new = before.clone();
            change(&mut new);
            (new != before).then_some(new)
        })
        .await
    }

    /// State of the reporting of all projects. Reads much of the table: for `bridge status`.
    pub async fn all_project_usages(&self) -> Result<Vec<(ProjectId, ProjectUsage)>, LedgerError> {
        let items = self.table.scan("PROJECT#").await?;
        let own = items.iter().filter(|item| item.key.sort == SORT);
        let row = |item: &super::Item| {
            let id = item.key.partition.trim_start_matches("PROJECT#");
            let id = ProjectId::new(id_of(id));
            let row: ProjectUsage = super::row::read(item)?;
            Ok((id, row))
        };
        own.map(row).collect()
    }
}

const SORT: &str = "USAGE";

pub(super) fn project_usage_key(project: &ProjectId) -> Key {
    Key::new(join("PROJECT", &[project.as_str()]), SORT)
}
