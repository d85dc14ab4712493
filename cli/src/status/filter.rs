//! The rows that `bridge status` shows.

use clap::Args;
use shared::model::ids::{ProjectId, TrainerId};

use super::row::Row;

/// Which access is shown.
#[derive(Debug, Clone, Default, Args)]
pub struct Filter {
    /// Show only what failed or waits for an operator.
    #[arg(long)]
    pub failed: bool,
    /// Only this trainer.
    #[arg(long, value_name = "ID")]
    pub trainer: Option<String>,
    /// Only this project in the tool.
    #[arg(long, value_name = "ID")]
    pub project: Option<String>,
}

impl Filter {
    pub(crate) fn trainer(&self) -> Option<TrainerId> {
        self.trainer.as_deref().map(TrainerId::from)
    }

    pub(super) fn project(&self) -> Option<ProjectId> {
        self.project.as_deref().map(ProjectId::from)
    }

    /// Whether the report is about a part of the access, and not about the bridge.
    pub(super) fn is_partial(&self) -> bool {
        self.trainer.is_some() || self.project.is_some()
    }

    pub(super) fn holds(&self, row: &Row) -> bool {
        let is_project = self.project().is_none_or(|it| it == row.project);
        is_project && (!self.failed || row.state.needs_operator())
    }
}
