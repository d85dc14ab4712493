//! Work by project, trainer and day.

use jiff::civil::Date;
use serde::Serialize;

use super::{floor::Floor, member::MemberStatus, project::ToolMisuse};

/// Work of a person on one day. Units that the tool does not measure are omitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// Seconds worked.
    #[serde(rename = "totalSeconds", skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// Tasks completed.
    #[serde(rename = "tasksCompleted", skip_serializing_if = "Option::is_none")]
    pub tasks: Option<u64>,
    /// Labels completed.
    #[serde(rename = "labelsCompleted", skip_serializing_if = "Option::is_none")]
    pub labels: Option<u64>,
}

impl Work {
    /// All three measures.
    pub fn new(seconds: u64, tasks: u64, labels: u64) -> Self {
        Self {
            seconds: Some(seconds),
            tasks: Some(tasks),
            labels: Some(labels),
        }
    }

    /// Time only.
    pub fn of_seconds(seconds: u64) -> Self {
        let seconds = Some(seconds);
        Self {
            seconds,
            ..Self::default()
        }
    }

    fn add(&mut self, more: Self) {
        let sum = |own: Option<u64>, more: Option<u64>| match (own, more) {
            (None, None) => None,
            _ => Some(own.unwrap_or_default() + more.unwrap_or_default()),
        };
        self.seconds = sum(self.seconds, more.seconds);
        self.tasks = sum(self.tasks, more.tasks);
        self.labels = sum(self.labels, more.labels);
    }
}

impl Floor {
    pub(crate) fn record_work(
        &mut self,
        project: &str,
        trainer: &str,
        day: Date,
        work: Work,
    ) -> Result<(), ToolMisuse> {
        let project = self.project_mut(project)?;
        let member = project.members.get(trainer);
        if member.is_none_or(|member| member.status != MemberStatus::Active) {
            return Err(ToolMisuse::WorkWithoutAccess);
        }
        let key = (day, trainer.to_owned());
        project.work.entry(key).or_default().add(work);
        Ok(())
    }
}
