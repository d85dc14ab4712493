//! The installs that the bridge serves: their names, tokens and webhook secrets, and the stores of these.
//!
//! - [`ConnectionStore`]: credentials, and an [`Index`] of them. [`FileStore`] is a file on one machine, `StackStore`
//!   the parameters of a stack; a [`Keeper`] is either, and [`WithEnvironment`] overlays it with the environment's
//!   `default`
//! - [`EmployerFile`]: the token of an employer's account, for the Public API
//! - [`Connections`]: the registry that intake and provisioner use. It has a connection in memory for as long as the
//!   index has the same version of it

mod connections;
mod credentials;
mod document;
mod employer;
mod environment;
mod file;
mod index;
mod keeper;
mod memory;
#[cfg(feature = "aws")]
mod parameters;
mod projects;
mod registry;
#[cfg(feature = "aws")]
mod secret;
pub(crate) mod secret_file;
#[cfg(feature = "aws")]
mod stack;
mod store;
#[cfg(test)]
mod tests;
mod writing;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::ConnectionName;
use crate::model::ids::ProjectId;
use crate::model::signature::WebhookSecret;
use crate::opentrain::PlatformClient;

pub use connections::Connections;
pub use credentials::{Credentials, Kept, Webhook};
pub use employer::{Employer, EmployerFile};
pub use environment::{Environment, WithEnvironment};
pub use file::FileStore;
pub use index::{Index, Version};
pub use keeper::Keeper;
pub use memory::Freshness;
pub use projects::{
    Linked, allow, are_recorded, as_served, is_record_due, organization, organizations, owner,
    record,
};
pub use registry::Listed;
#[cfg(feature = "aws")]
pub use stack::StackStore;
pub use store::{ConnectionStore, Readable, StoreError};
pub use writing::replace as replace_file;

/// One customer's install: the secrets that verify its deliveries, and the client of its API.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its name.
    pub name: ConnectionName,
    /// The live webhook secrets. There are several during a rotation.
    pub secrets: Vec<WebhookSecret>,
    /// The Platform API, with this install's token.
    pub platform: PlatformClient,
    /// The projects that its organisation may use; `None` if it may use all.
    pub projects: Option<Arc<BTreeSet<ProjectId>>>,
}
