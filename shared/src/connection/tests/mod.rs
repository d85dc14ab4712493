//! The file, and the registry over a store that counts.

mod file;
mod registry;
