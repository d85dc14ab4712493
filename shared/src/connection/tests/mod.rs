//! The file, and the registry over a store that counts its reads.

mod environment;
mod file;
mod refusals;
mod registry;
mod world;
