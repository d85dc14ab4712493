//! Options of a run.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::report::UsageError;
use crate::ledger::Hired;
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, LinkId, ProjectId, TrainerId};
use crate::tool::Window;

/// Options of a run. The default covers all new and open work, as the schedule does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Options {
    /// The first UTC day, instead of the look-back and open days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last UTC day, instead of today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// One connection instead of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionName>,
    /// One contract instead of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractId>,
    /// The contracts at one link instead of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// One trainer instead of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trainer: Option<TrainerId>,
    /// The operator confirms that reported days of this project were deleted on purpose: they become zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_deletions: Option<ProjectId>,
    /// Also send entries that were accepted before and have not changed.
    pub all: bool,
    /// Write nothing, neither at OpenTrain nor in the ledger; return what would be sent.
    pub dry_run: bool,
    /// Also read projects that have failed several times, without waiting.
    pub by_hand: bool,
}

impl Options {
    /// The requested days; `None` if the look-back and the open days decide.
    pub(super) fn window(&self, today: Date) -> Result<Option<Window>, UsageError> {
        let named = self.from.into_iter().chain(self.to);
        if let Some(day) = named.max().filter(|day| *day > today) {
            return Err(UsageError::FutureDay(day, today));
        }
        let window = match (self.from, self.to) {
            (None, None) => return Ok(None),
            (from, to) => Window {
                from: from.or(to).unwrap_or(today),
                to: to.unwrap_or(today),
            },
        };
        match window.from <= window.to {
            true => Ok(Some(window)),
            false => Err(UsageError::NoDays(window.from, window.to)),
        }
    }

    /// Whether the options cover a hire.
    pub(super) fn asks_for(&self, of: &Hired) -> bool {
        self.asks_through(&of.connection) && self.means(&of.contract, &of.worker)
    }

    /// Whether the options name this contract or this trainer.
    pub(super) fn means(&self, contract: &ContractId, trainer: &TrainerId) -> bool {
        self.contract.as_ref().is_none_or(|it| it == contract)
            && self.trainer.as_ref().is_none_or(|it| it == trainer)
    }

    /// Whether the options name a contract or a trainer.
    pub(super) fn is_by_name(&self) -> bool {
        self.contract.is_some() || self.trainer.is_some()
    }

    /// The named contract or trainer, if it was not found.
    pub(super) fn unknown(&self) -> Option<String> {
        let contract = self.contract.iter().map(|it| format!("contract {it}"));
        let trainer = self.trainer.iter().map(|it| format!("trainer {it}"));
        let names: Vec<_> = contract.chain(trainer).collect();
        (!names.is_empty()).then(|| {
            let names = names.join(" of ");
            format!("unknown {names}: `bridge status` shows contracts and trainers")
        })
    }

    /// Whether the options cover all people's work and all open days.
    pub fn is_for_all(&self) -> bool {
        let people = self.connection.is_none() && self.contract.is_none() && self.trainer.is_none();
        people && self.link.is_none() && self.from.is_none() && self.to.is_none()
    }

    /// Whether the operator has confirmed the project's deletions.
    pub(super) fn accepts(&self, project: &ProjectId) -> bool {
        self.accept_deletions.as_ref() == Some(project)
    }

    /// Whether the options cover a connection.
    pub(super) fn asks_through(&self, connection: &ConnectionName) -> bool {
        self.connection.as_ref().is_none_or(|it| it == connection)
    }
}

/// The day `days` days before `day`; the minimum date if there is none.
pub(super) fn earlier(day: Date, days: u16) -> Date {
    day.checked_sub(i64::from(days).days()).unwrap_or(Date::MIN)
}

/// The next day; the maximum date if there is none.
pub(super) fn next(day: Date) -> Date {
    day.checked_add(1.day()).unwrap_or(Date::MAX)
}
