//! An entry of the audit record about an operator's action.

use shared::ledger::audit::{AuditEvent, Entry};
use shared::model::clock::{Clock, SystemClock};

/// An entry about an action.
pub fn action(event: AuditEvent, target: impl ToString) -> Entry {
    Entry {
        target: Some(target.to_string()),
        ..Entry::new(event, SystemClock.now())
    }
}
