//! What a rehearsal has done, in a file.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use shared::model::ids::{
    ApprovalId, ContractId, JobId, LinkId, MilestoneId, ProposalId, TrainerId,
};

use super::step::Step;
use crate::exit::Failed;

/// Ids of everything that the rehearsal has made, and the steps that are proven.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    pub(super) project: String,
    /// Makes a repeated draft the same job.
    pub(super) key: String,
    pub(super) done: Vec<Step>,
    pub(super) job: Option<JobId>,
    pub(super) link: Option<LinkId>,
    pub(super) proposal: Option<ProposalId>,
    pub(super) trainer: Option<TrainerId>,
    pub(super) contract: Option<ContractId>,
    pub(super) milestone: Option<MilestoneId>,
    /// The request that waits for a human.
    pub(super) approval: Option<ApprovalId>,
}

impl State {
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Failed> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(path, &error)),
        };
        let state = serde_json::from_slice(&text);
        state.map(Some).map_err(|error| unreadable(path, &error))
    }

    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        fs::write(path, text).with_context(|| format!("{} can't be written", path.display()))
    }

    pub(super) fn delete(path: &Path) -> anyhow::Result<()> {
        fs::remove_file(path).with_context(|| format!("{} can't be deleted", path.display()))
    }
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> Failed {
    Failed::Misused(format!(
        "{} can't be read: {error}. Name another file with --state",
        path.display()
    ))
}
