//! Where the settings of commands come from, and `bridge settings`.
//!
//! A flag takes precedence over the environment, the environment over `--env-file`, and that over `bridge.toml`.

pub mod args;
mod env_file;
pub(crate) mod origin;
mod serve;
pub mod show;
pub(crate) mod sources;
pub(crate) mod toml_file;

pub(crate) use serve::ServeSettings;
pub use sources::read;
