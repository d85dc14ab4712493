//! What a rehearsal has done, in a file that one process uses at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use shared::connection::replace_file;
use shared::model::ids::{
    ApprovalId, ContractId, JobId, LinkId, MemberId, MilestoneId, ProposalId, TrainerId,
};

use super::step::Step;
use crate::exit::CliError;

/// Maximum size of the file in bytes. A rehearsal's is smaller than two KiB.
const LONGEST: u64 = 64 * 1024;

/// Ids of everything that the rehearsal has made, and the steps that are proven.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    /// OpenTrain's base URL. Ids of another OpenTrain are not touched.
    pub(super) opentrain: String,
    pub(super) organization: String,
    pub(super) project: String,
    /// Of each of the two milestones, in US dollars.
    pub(super) amount: f64,
    /// Makes a repeated draft the same job.
    pub(super) key: String,
    pub(super) done: Vec<Step>,
    /// The rehearsal is being cleaned up, and can't be resumed.
    pub(super) is_cleaned: bool,
    /// The draft was sent, so that a job may exist.
    pub(super) is_drafted: bool,
    /// The hire was requested, so that a contract may exist.
    pub(super) is_hired: bool,
    pub(super) job: Option<JobId>,
    pub(super) link: Option<LinkId>,
    pub(super) proposal: Option<ProposalId>,
    pub(super) trainer: Option<TrainerId>,
    /// The trainer's account in the tool.
    pub(super) member: Option<MemberId>,
    pub(super) contract: Option<ContractId>,
    pub(super) milestone: Option<MilestoneId>,
    /// The request that waits for a human, and the step that made it.
    pub(super) approval: Option<(Step, ApprovalId)>,
}

impl State {
    /// The request of this step that waits for a human.
    pub(super) fn pending(&self, step: Step) -> Option<ApprovalId> {
        let own = self.approval.as_ref().filter(|(of, _)| *of == step);
        own.map(|(_, id)| id.clone())
    }
}

/// The file, and the lock on it. The lock ends with the process.
pub(super) struct StateFile {
    path: PathBuf,
    _lock: File,
}

impl StateFile {
    /// Fails if another rehearsal uses the file.
    pub(super) fn lock(path: &Path) -> Result<Self, CliError> {
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path)
            .with_context(|| format!("{} can't be written", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(CliError::Usage(format!(
                "another rehearsal uses {}: wait for its end, or name another file with --state",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(CliError::Failed(error.into())),
        }
    }

    pub(super) fn read(&self) -> Result<Option<State>, CliError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unreadable(&error)),
        };
        let mut text = Vec::new();
        let read = file.take(LONGEST).read_to_end(&mut text);
        read.map_err(|error| self.unreadable(&error))?;
        let state = serde_json::from_slice(&text);
        state.map(Some).map_err(|error| self.unreadable(&error))
    }

    /// After a crash the file has the old or the new content.
    pub(super) fn write(&self, state: &State) -> anyhow::Result<()> {
        let text = serde_json::to_vec_pretty(state)?;
        let written = replace_file(&self.path, &text);
        written.with_context(|| format!("{} can't be written", self.path.display()))
    }

    pub(super) fn delete(&self) -> anyhow::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} can't be deleted", self.path.display()))
            }
            _ => Ok(()),
        }
    }

    fn unreadable(&self, error: &dyn std::error::Error) -> CliError {
        CliError::Usage(format!(
            "{} can't be read: {error}. A rehearsal may have left a job, a link and a contract: end them with `bridge \
             employer`, `bridge unlink`, then delete the file",
            self.path.display()
        ))
    }
}
