//! The version of this program.

/// Version and commit, for bug reports.
pub(crate) const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("BRIDGE_COMMIT"), ")");
