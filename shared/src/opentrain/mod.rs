//! OpenTrain's Platform API: a typed client for all of its 15 endpoints.
//!
//! docs/opentrain-api.md has the contract. Its table numbers the endpoints, and the methods name these
//! numbers. Parts that it marks as assumed are read leniently: members that we
//! don't know are ignored, values that we don't know are kept as they are, an optional member of an
//! unexpected kind counts as absent, and any 2xx is a success. A list is a [`Listing`](crate::http::Listing): an
//! element that can't be read is named, and the others are returned.
//!
//! Calls that may be repeated are repeated by [`RetryPolicy`](crate::http::RetryPolicy): after a
//! time-out, a broken connection, a 429 or a 5xx. The calls that create something or ask for a
//! redelivery are sent again only when no connection came about.

mod budget;
mod call;
mod client;
mod contracts;
mod endpoints;
mod error;
mod install;
mod links;
mod message;
mod pace;
mod request;
mod scope;
mod usage;
mod vocabulary;

pub use budget::{Budget, BudgetState, Consumed, Milestone, PaymentType};
pub use call::Asked;
pub use client::{Options, PlatformClient};
pub(crate) use contracts::PAGES;
pub use contracts::{Contract, ContractQuery, ContractStatus, Contracts, MAX_CONTRACTS};
pub use endpoints::{
    CreatedEndpoint, EndpointPatch, EndpointStatus, NewWebhookEndpoint, Redelivery, WebhookEndpoint,
};
pub use error::{Code, Disposition, OpenTrainError};
pub use install::{Install, InstallStatus, PartnerApp, TokenInfo};
pub use links::{NewProjectLink, ProjectLink, ProvisioningMode};
pub use pace::Paces;
pub use scope::Scope;
pub use usage::{MAX_ENTRIES, UsageAccepted, UsageEntry};
