//! Settings: read once, typed, all faults reported together.

#[cfg(feature = "aws")]
mod aws;
mod bridge;
mod employer;
mod faults;
mod file;
mod from_file;
#[cfg(feature = "services")]
mod jobs;
#[cfg(feature = "services")]
mod mail;
mod network;
#[cfg(feature = "services")]
mod notice;
mod opentrain;
mod reader;
mod service;
pub mod setting;
mod stack;
#[cfg(feature = "dynamodb")]
mod stored;
mod unknown;
#[cfg(feature = "services")]
mod usage;
mod vars;

pub use bridge::{admin_listen, database, listen, log_filter, log_format, policy, token};
pub use employer::EmployerSettings;
pub use faults::{Fault, Faults};
pub use file::{SettingsFile, SettingsFileError};
#[cfg(feature = "services")]
pub use jobs::{JobSettings, Schedule};
#[cfg(feature = "services")]
pub use mail::mailer;
pub use network::{own_authorities, reached};
#[cfg(feature = "services")]
pub use notice::alert_webhook;
pub use opentrain::{OpenTrainSettings, opentrain_base_url};
pub use reader::Reader;
pub use setting::{AWS_SETTINGS, SETTINGS, STACK_SETTINGS, Setting};
pub use stack::{
    claims_table, connections_secret, dead_letter_queue_url, jobs_queue_url, queue_url,
    retry_queue_url, settings_secret, stack_name, table,
};
#[cfg(feature = "dynamodb")]
pub use stored::{StoredSettingsError, with_stored_settings};
#[cfg(feature = "services")]
pub use usage::UsageSettings;
pub use vars::{Origin, Vars};
