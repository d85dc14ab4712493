//! Purposes of calls.

/// Purposes of calls, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Access is revoked.
    Removal,
    /// Access is granted.
    Grant,
    /// Something is read: totals, members.
    Look,
}

/// Number of classes.
pub(super) const CLASSES: usize = 3;
