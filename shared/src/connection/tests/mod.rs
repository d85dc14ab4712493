//! The file, and the registry over a store that counts.

mod environment;
mod file;
mod refusals;
mod registry;
mod world;
