//! Settings: read once, typed, all faults reported together.

mod bridge;
mod faults;
mod jobs;
mod notice;
mod opentrain;
mod setting;
mod tool;
mod usage;
mod vars;

pub use bridge::{database, listen, log_filter, log_format, policy};
pub use faults::{Fault, Faults};
pub use jobs::{JobSettings, Schedule};
pub use opentrain::OpenTrainSettings;
pub use setting::{SETTINGS, STACK_SETTINGS, Setting};
pub use tool::ToolSettings;
pub use usage::UsageSettings;
pub use vars::{Reader, Vars};
