//! Whether a hire calls for access.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Serialize;

use crate::ledger::{Hire, HireStatus, Install, InstallStatus, Ledger, LedgerError, Link};

/// What the operator chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// `ON_LINK_REMOVED`.
    pub on_link_removed: OnLinkRemoved,
    /// `ON_INSTALL_REVOKED`.
    pub on_install_revoked: OnInstallRevoked,
}

/// What becomes of access that was given through a link when the link is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnLinkRemoved {
    /// It goes: no end event will ever come for it.
    #[default]
    Remove,
    /// It stays until the contract ends by the API's word, or an operator acts.
    Keep,
}

/// What becomes of access when the install is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnInstallRevoked {
    /// It stays and is shown as orphaned: a reconnect revokes, too.
    #[default]
    Keep,
    /// It goes.
    Remove,
}

/// Whether a hire calls for access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Access is due.
    Live,
    /// Access is due, and nobody will tell us of its end: its link or install is gone, and the policy
    /// keeps it.
    Orphaned,
    /// OpenTrain provisions it itself (`MANAGED_ADAPTER`): whatever is in the tool is not ours to touch.
    Managed,
    /// OpenTrain provisioned it itself, and it is over: it neither calls for access nor protects any.
    ManagedOver,
    /// Access has to go.
    Over(Why),
}

/// Why access has to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The contract ended.
    ContractEnded,
    /// The link was removed.
    LinkRemoved,
    /// The install was revoked.
    InstallRevoked,
}

impl Standing {
    /// Whether access is due.
    pub fn is_due(self) -> bool {
        matches!(self, Self::Live | Self::Orphaned)
    }
}

/// Whether `hire` calls for access, given the link and the install it came through.
pub fn standing(
    hire: &Hire,
    link: Option<&Link>,
    install: Option<&Install>,
    policy: Policy,
) -> Standing {
    let link_removed = link.is_some_and(|link| link.removed);
    // After a reconnect the link's own install is gone, though the connection has a live one again.
    let revoked = install.is_some_and(|install| install.status == InstallStatus::Revoked)
        || link.is_some_and(|link| link.is_anothers(install));
    let why = if hire.status == HireStatus::Ended {
        Some(Why::ContractEnded)
    } else if link_removed && policy.on_link_removed == OnLinkRemoved::Remove {
        Some(Why::LinkRemoved)
    } else if revoked && policy.on_install_revoked == OnInstallRevoked::Remove {
        Some(Why::InstallRevoked)
    } else {
        None
    };
    match why {
        None if hire.managed => Standing::Managed,
        None if link_removed || revoked => Standing::Orphaned,
        None => Standing::Live,
        Some(_) if hire.managed => Standing::ManagedOver,
        Some(why) => Standing::Over(why),
    }
}

/// The standings of `hires`, in their order. Links and installs are read here, not remembered in each
/// hire: their end is one row, and no fan-out can lose it.
pub async fn standings(
    ledger: &Ledger,
    policy: Policy,
    hires: &[Hire],
) -> Result<Vec<Standing>, LedgerError> {
    let mut links: BTreeMap<_, Option<Link>> = BTreeMap::new();
    let mut installs: BTreeMap<_, Option<Install>> = BTreeMap::new();
    let mut standings = Vec::with_capacity(hires.len());
    for hire in hires {
        let link = match links.entry((&hire.connection, &hire.link)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(ledger.link(&hire.connection, &hire.link).await?),
        };
        let install = match installs.entry(&hire.connection) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(ledger.install(&hire.connection).await?),
        };
        standings.push(standing(hire, link.as_ref(), install.as_ref(), policy));
    }
    Ok(standings)
}
