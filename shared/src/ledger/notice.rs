//! The notice on a project: its contracts, and the text that the tool shows.

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
    /// The contracts whose budgets the notice is about, with their places.
    pub concerns: BTreeSet<Place>,
    /// The notice that the tool shows; `None` if no budget needs one.
    pub shown: Option<Notice>,
    /// A call that changes the notice was begun, and its result is not recorded: the notice that the tool shows is
    /// unknown. The flag is written before the call, so that after a crash a later run still clears the notice.
    pub unsure: bool,
    /// The tool has a place for notices.
    pub placed: bool,
    /// Failure of the last attempt, if it failed.
    pub trouble: Option<Trouble>,
    /// Time of the last change.
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
    /// The hired trainer.
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
    /// The notice on a project, if there ever was one, and the expectation for the next write.
    pub async fn notice(
        &self,
        project: &ProjectId,
    ) -> Result<(Option<NoticeRow>, Expect), LedgerError> {
        let Some(stands) = self.table.get(&key(project)).await? else {
            return Ok((None, Expect::Absent));
        };
        Ok((Some(read(&stands)?), Expect::Version(stands.version)))
    }

    /// Writes a notice if no other process has written it since it was read. Returns the expectation for the next
    /// write, or `None` if another process was faster.
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
