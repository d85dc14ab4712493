//! Install + answer of the API or end → install. Pure.

use jiff::Timestamp;

use crate::ledger::{Install, InstallStatus};
use crate::model::ids::InstallId;
use crate::opentrain;

/// Merges an install as the API shows it. What was recorded after the request stays: the answer may be the older
/// of the two. A record from the future was written while the clock was wrong, and does not count.
pub fn install(
    old: Option<Install>,
    seen: &opentrain::Install,
    asked_at: Timestamp,
    now: Timestamp,
) -> Option<Install> {
    let seen = Install::seen(seen, now);
    match old {
        Some(old) if (asked_at..=now).contains(&old.at) => None,
        Some(old)
            if old.at <= now
                && !old.refused
                && (&old.id, old.status, &old.organization)
                    == (&seen.id, seen.status, &seen.organization) =>
        {
            None
        }
        Some(old) => Some(Install {
            excluded: old.excluded,
            ..seen
        }),
        None => Some(seen),
    }
}

/// Merges the end of an install. A reconnect ends the old install and makes a new one: the end of the old one
/// must not touch the new one.
pub fn revoked(old: Option<Install>, ended: Option<InstallId>, now: Timestamp) -> Option<Install> {
    if let Some(old) = old {
        let another = matches!((&old.id, &ended), (Some(known), Some(ended)) if known != ended);
        if another || old.status == InstallStatus::Revoked {
            return None;
        }
        return Some(Install {
            id: old.id.or(ended),
            status: InstallStatus::Revoked,
            at: now,
            refused: false,
            ..old
        });
    }
    Some(Install {
        id: ended,
        status: InstallStatus::Revoked,
        ..Install::unknown(now)
    })
}
