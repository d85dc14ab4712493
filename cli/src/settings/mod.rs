//! Where the settings of commands come from, `bridge settings`, and `bridge init`.
//!
//! A flag takes precedence over the environment, the environment over `--env-file`, and that over `bridge.toml`.

pub mod args;
mod env_file;
pub mod init;
pub(crate) mod origin;
pub mod show;
mod sources;
mod toml_file;

pub use sources::read;
