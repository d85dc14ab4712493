//! AWS on this machine, for tests and development.
//!
//! - [`Emulator`]: SQS, DynamoDB, Secrets Manager and the Parameter Store in a separate process, with [`Fault`]s on
//!   demand
//! - [`Stack`]: a table, queues and secrets there, as the template creates them
//! - [`Deployment`]: the whole stack of template.yaml, with the real binaries
//! - [`lambda`]: runs functions: the Runtime API, an event source mapping, an HTTP API
//! - [`template`]: the stack in template.yaml

mod deployment;
mod emulator;
mod fault;
pub mod lambda;
mod stack;
pub mod template;

pub use deployment::{Deployment, Deviations};
pub use emulator::{Emulator, clients};
pub use fault::Fault;
pub use stack::{Stack, connect, queues, secret, table};
