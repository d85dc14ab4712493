//! OpenTrain's Platform API: a typed client for all of its 15 endpoints. [`public`] has the employer's side.
//!
//! docs/opentrain-api.md contains the contract. Its table numbers the endpoints, and the methods refer to these
//! numbers. Assumed parts are read leniently: unknown members are ignored, unknown values are kept, an optional member
//! of an unexpected type counts as absent, and any 2xx is a success. A list is a [`Listing`](crate::model::json::Listing): an
//! unreadable element is named, and the others are returned.
//!
//! [`RetryPolicy`](crate::http::RetryPolicy) repeats idempotent calls after a time-out, a broken connection, a 429 or a
//! 5xx. Calls that create something or request a redelivery are only repeated if the connection failed.

mod budget;
mod call;
mod client;
mod contracts;
mod details;
mod endpoints;
mod error;
mod install;
mod links;
mod message;
mod pace;
pub mod public;
mod request;
mod scope;
mod usage;
mod vocabulary;

pub use budget::{Budget, BudgetState, Consumed, Milestone, PaymentType};
pub use call::Asked;
pub use client::{Options, PlatformClient};
pub(crate) use contracts::PAGES;
pub use contracts::{Contract, ContractQuery, ContractStatus, Contracts, MAX_CONTRACTS};
pub use details::{Details, Issue};
pub use endpoints::{
    CreatedEndpoint, EndpointPatch, EndpointStatus, NewWebhookEndpoint, Redelivery, WebhookEndpoint,
};
pub use error::{Code, Disposition, OpenTrainError};
pub use install::{Install, InstallStatus, PartnerApp, TokenInfo};
pub use links::{NewProjectLink, ProjectLink, ProvisioningMode};
pub use pace::Paces;
pub use scope::Scope;
pub use usage::{MAX_ENTRIES, ReportError, UsageAccepted, UsageEntry};
