//! Projects and their data.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{floor::Floor, member::Member, notice::Notice, work::Work};
use crate::kit::refusal::Refusal;

/// A call of the library that the tool would not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolMisuse {
    /// Unknown id.
    #[error("unknown {0}")]
    Unknown(&'static str),
    /// A person without access can't have worked.
    #[error("work by a person without access")]
    WorkWithoutAccess,
    /// No invitation to accept.
    #[error("the member was not invited")]
    NotInvited,
}

pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) name: String,
    /// By trainer.
    pub(crate) members: BTreeMap<String, Member>,
    /// By day and trainer, in the order of the usage pages.
    pub(crate) work: BTreeMap<(Date, String), Work>,
    pub(crate) notice: Option<Notice>,
}

impl Floor {
    pub(crate) fn create_project(&mut self, id: &str, name: &str) {
        let project = Project {
            id: id.to_owned(),
            name: name.to_owned(),
            members: BTreeMap::new(),
            work: BTreeMap::new(),
            notice: None,
        };
        self.projects.insert(id.to_owned(), project);
    }

    pub(crate) fn project(&self, id: &str) -> Result<&Project, ToolMisuse> {
        let project = self.projects.get(id);
        project.ok_or(ToolMisuse::Unknown("project"))
    }

    pub(crate) fn project_mut(&mut self, id: &str) -> Result<&mut Project, ToolMisuse> {
        let project = self.projects.get_mut(id);
        project.ok_or(ToolMisuse::Unknown("project"))
    }
}

impl From<ToolMisuse> for Refusal {
    fn from(misuse: ToolMisuse) -> Self {
        match misuse {
            ToolMisuse::Unknown(what) => Self::not_found(what),
            _ => Self::conflict(misuse.to_string()),
        }
    }
}
