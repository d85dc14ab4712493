//! State of an access, in the words of the table and of the JSON.

use anstyle::Style;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::ledger::{Access, AccessState};
use shared::model::failure::Cause;

use crate::paint::{BAD, DIM, GOOD, WAITS};

/// State of a trainer's access to a project. The table has the same words.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The bridge has done nothing yet.
    None,
    /// Access is due, but there is no work e-mail to grant it with.
    AwaitingEmail,
    /// The tool is being called.
    BeingGranted,
    /// The grant failed and is retried.
    GrantRetried,
    /// The invitation has to be accepted.
    Invited,
    /// The trainer has access.
    Granted,
    /// The trainer has access. A later step failed and is retried.
    Retried,
    /// An operator has to act.
    NeedsYou,
    /// A grant or a later step failed for good.
    Failed,
    /// The tool is being called to revoke access.
    BeingRemoved,
    /// The removal failed and is retried.
    RemovalRetried,
    /// The removal needs an operator.
    RemovalNeedsYou,
    /// The tool refused the removal.
    RemovalRefused,
    /// The contract has ended; the seat is kept for another project.
    EndedSeatKept,
    /// The contract has ended; the trainer was a member before, and stays.
    EndedMemberBefore,
    /// The trainer has no access, as the tool confirmed.
    Removed,
    /// The trainer has no access, as an operator stated.
    Settled,
}

impl State {
    pub(super) fn of(access: Option<&Access>) -> Self {
        let Some(access) = access else {
            return Self::None;
        };
        let cause = access.trouble.as_ref().map(|it| it.cause);
        let removes = matches!(access.state, AccessState::Removing | AccessState::Released);
        match (cause, access.state) {
            (Some(Cause::Wrong), _) if removes => Self::RemovalRefused,
            (Some(Cause::Operator), _) if removes => Self::RemovalNeedsYou,
            (Some(Cause::Transient), _) if removes => Self::RemovalRetried,
            (Some(Cause::Wrong), _) => Self::Failed,
            (Some(Cause::Operator), _) => Self::NeedsYou,
            (Some(Cause::Transient), AccessState::Granted) => Self::Retried,
            (Some(Cause::Transient), _) => Self::GrantRetried,
            (None, AccessState::Granted) => Self::Granted,
            (None, AccessState::Invited) => Self::Invited,
            (None, AccessState::AwaitingEmail) => Self::AwaitingEmail,
            (None, AccessState::Granting) => Self::BeingGranted,
            (None, AccessState::Removing) => Self::BeingRemoved,
            (None, AccessState::Released) => Self::EndedSeatKept,
            (None, AccessState::Kept) => Self::EndedMemberBefore,
            (None, AccessState::Removed) if access.settled.is_some() => Self::Settled,
            (None, AccessState::Removed) => Self::Removed,
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::AwaitingEmail => "awaiting e-mail",
            Self::BeingGranted => "being granted",
            Self::GrantRetried => "grant retried",
            Self::Invited => "invited",
            Self::Granted => "granted",
            Self::Retried => "retried",
            Self::NeedsYou => "needs you",
            Self::Failed => "failed",
            Self::BeingRemoved => "being removed",
            Self::RemovalRetried => "removal retried",
            Self::RemovalNeedsYou => "removal needs you",
            Self::RemovalRefused => "removal refused",
            Self::EndedSeatKept => "ended, seat kept for another project",
            Self::EndedMemberBefore => "ended, was a member before and stays",
            Self::Removed => "removed",
            Self::Settled => "removed, settled by an operator",
        }
    }

    /// Whether something failed for good, or waits for an operator.
    pub(crate) fn needs_operator(self) -> bool {
        matches!(
            self,
            Self::NeedsYou | Self::Failed | Self::RemovalNeedsYou | Self::RemovalRefused
        )
    }

    /// Whether a removal needs an operator.
    pub(super) fn is_open_removal(self) -> bool {
        matches!(self, Self::RemovalNeedsYou | Self::RemovalRefused)
    }

    pub(super) fn style(self) -> Style {
        match self {
            Self::Granted => GOOD,
            Self::None | Self::EndedSeatKept | Self::EndedMemberBefore => DIM,
            Self::Removed | Self::Settled => DIM,
            it if it.needs_operator() => BAD,
            _ => WAITS,
        }
    }
}
