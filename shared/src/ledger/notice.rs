//! The notice on a project: what it is about, and what the tool was made to show.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::{item, join, read};
use super::{Expect, Hire, Key, Ledger, LedgerError, Put};
use crate::model::ConnectionName;
use crate::model::failure::Trouble;
use crate::model::ids::{ContractId, LinkId, ProjectId, TrainerId};
use crate::tool::Notice;

/// The notice on one project, over all connections that have a contract there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoticeRow {
    /// The project in the tool.
    pub project: ProjectId,
    /// The contracts whose budgets it speaks of, where they are worked on.
    pub concerns: BTreeSet<Place>,
    /// What the tool shows; nothing when all is fine.
    pub shown: Option<Notice>,
    /// The tool was asked to show something else, or is about to be: what it shows isn't known. Written
    /// before the tool is called, so that a crash in between never leaves a notice that nobody clears.
    pub unsure: bool,
    /// The tool has a place for notices.
    pub placed: bool,
    /// What stood in the way the last time, if anything did.
    pub trouble: Option<Trouble>,
    /// Since when.
    pub at: Timestamp,
}

/// One contract, at one link, of one trainer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The install that the contract belongs to.
    pub connection: ConnectionName,
    /// The contract.
    pub contract: ContractId,
    /// The link that ties the contract's job to the project.
    pub link: LinkId,
    /// Who was hired.
    pub trainer: TrainerId,
}

impl Place {
    /// Whether it is the place of this hire.
    pub fn is_of(&self, hire: &Hire) -> bool {
        (&self.connection, &self.contract, &self.link, &self.trainer)
            == (&hire.connection, &hire.contract, &hire.link, &hire.trainer)
    }
}

impl Ledger {
    /// The notice on a project, if there ever was one, and what a write of it has to expect.
    pub async fn notice(
        &self,
        project: &ProjectId,
    ) -> Result<(Option<NoticeRow>, Expect), LedgerError> {
        let Some(stands) = self.table.get(&key(project)).await? else {
            return Ok((None, Expect::Absent));
        };
        Ok((Some(read(&stands)?), Expect::Version(stands.version)))
    }

    /// Writes a notice down, if nobody else did since it was read; what the next write has to expect, or
    /// nothing when somebody was faster.
    pub async fn put_notice(
        &self,
        row: &NoticeRow,
        expect: Expect,
    ) -> Result<Option<Expect>, LedgerError> {
        let put = self.table.put(item(key(&row.project), row, None), expect);
        Ok(match put.await? {
            Put::Stored(version) => Some(Expect::Version(version)),
            Put::Conflict(_) => None,
        })
    }
}

fn key(project: &ProjectId) -> Key {
    Key::new(join("PROJECT", &[project.as_str()]), "NOTICE")
}
