//! AWS on this machine, for tests and development.

pub mod lambda;
