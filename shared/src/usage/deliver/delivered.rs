//! Result of sending a contract's days.

use std::collections::BTreeSet;

use jiff::civil::Date;

/// Result of sending a contract's days.
#[derive(Default)]
pub(super) struct Delivered {
    pub(super) accepted: BTreeSet<Date>,
    /// Days that should be sent and were not accepted.
    pub(super) failed: BTreeSet<Date>,
    /// Whether a newer report was sent meanwhile.
    pub(super) is_overtaken: bool,
}
