//! Whether a hire entitles to access.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ledger::audit::AUDIT_DAYS;
use crate::ledger::{Environment, Hire, Trainer};
use crate::model::person::WorkEmailDomains;

/// The operator's choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `ON_LINK_REMOVED`.
    pub on_link_removed: OnLinkRemoved,
    /// `ON_INSTALL_REVOKED`.
    pub on_install_revoked: OnInstallRevoked,
    /// `WORK_EMAIL_DOMAINS`: only addresses in these domains are used to find the person of an ended contract.
    pub work_email_domains: WorkEmailDomains,
    /// `ON_END_OF_EARLIER_MEMBER`.
    pub on_end_of_earlier_member: OnEndOfEarlierMember,
    /// `TOOL_SHARED_BY_CUSTOMERS`: several organisations may share a tool in which a seat opens every project.
    pub shared_by_customers: bool,
    /// `CONFIRM_AFTER`: time between two looks at a missing entry.
    pub confirm_after: Duration,
    /// `AUDIT_DAYS`: days that audit rows are kept.
    pub audit_days: u16,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            on_link_removed: OnLinkRemoved::default(),
            on_install_revoked: OnInstallRevoked::default(),
            work_email_domains: WorkEmailDomains::default(),
            on_end_of_earlier_member: OnEndOfEarlierMember::default(),
            shared_by_customers: false,
            confirm_after: Duration::from_secs(10 * 60),
            audit_days: AUDIT_DAYS,
        }
    }
}

/// Effect of a link's removal on the access that was granted through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnLinkRemoved {
    /// Access is revoked: OpenTrain will never send an end event for it.
    #[default]
    Remove,
    /// Access stays until the API states the end of the contract, or an operator revokes it.
    Keep,
}

/// Effect of an install's revocation on access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnInstallRevoked {
    /// Access stays and is shown as orphaned: a reconnect also revokes the install.
    #[default]
    Keep,
    /// Access is revoked.
    Remove,
}

/// The end of a hire of a person who was a member of the tool before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnEndOfEarlierMember {
    /// The membership ends with the last hire, like any other.
    #[default]
    Remove,
    /// The membership stays; assignments end.
    Keep,
}

/// Whether a hire entitles to access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Entitlement {
    /// Access is due.
    Live,
    /// Existing access stays, and none is granted: the link or install is gone and the policy keeps access, OpenTrain
    /// refuses the token, or the connection is no longer set up. No event will state the end.
    Orphaned,
    /// The start arrived late and its contract was unknown: access waits until the API lists the contract.
    Unconfirmed,
    /// OpenTrain provisions it itself (`MANAGED_ADAPTER`): the bridge leaves its access alone.
    Managed,
    /// OpenTrain provisioned it itself, and it is over: it neither entitles to access nor protects any.
    ManagedOver,
    /// The project belongs to another organisation: it neither entitles to access nor protects any.
    NotAllowed,
    /// The project belongs to another organisation, and the hire is over: access that the bridge granted is revoked.
    NotAllowedOver,
    /// Access has to be revoked.
    Over(Why),
}

/// Why access has to be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The contract ended.
    ContractEnded,
    /// The link was removed.
    LinkRemoved,
    /// The install was revoked.
    InstallRevoked,
}

impl Entitlement {
    /// Whether existing access may stay.
    pub fn protects(self) -> bool {
        matches!(self, Self::Live | Self::Orphaned)
    }
}

/// The entitlement of one of the trainer's hires.
pub fn entitlement(
    trainer: &Trainer,
    hire: &Hire,
    environment: &Environment,
    policy: &Policy,
) -> Entitlement {
    let link_removed = environment.is_link_removed(hire);
    let revoked = environment.is_install_gone(hire);
    let has_ended = hire.start.is_none() || environment.end_of(trainer, hire).is_some();
    let why = if has_ended {
        Some(Why::ContractEnded)
    } else if link_removed && policy.on_link_removed == OnLinkRemoved::Remove {
        Some(Why::LinkRemoved)
    } else if revoked && policy.on_install_revoked == OnInstallRevoked::Remove {
        Some(Why::InstallRevoked)
    } else {
        None
    };
    match why {
        None if !environment.is_allowed(hire) => Entitlement::NotAllowed,
        Some(_) if !environment.is_allowed(hire) => Entitlement::NotAllowedOver,
        None if hire.managed => Entitlement::Managed,
        None if hire.unconfirmed => Entitlement::Unconfirmed,
        None if environment.is_orphaned(hire) => Entitlement::Orphaned,
        None => Entitlement::Live,
        Some(_) if hire.managed => Entitlement::ManagedOver,
        Some(why) => Entitlement::Over(why),
    }
}

/// The entitlements of a trainer's hires, in their order.
pub fn entitlements(
    trainer: &Trainer,
    environment: &Environment,
    policy: &Policy,
) -> Vec<Entitlement> {
    let of = |hire| entitlement(trainer, hire, environment, policy);
    trainer.hires.iter().map(of).collect()
}
