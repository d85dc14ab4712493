//! Settings: read once, typed, all faults reported together.

mod bridge;
mod faults;
mod notice;
mod opentrain;
mod setting;
mod vars;

pub use bridge::{ToolSettings, database, listen, log_filter, log_format, policy};
pub use faults::{Fault, Faults};
pub use opentrain::OpenTrainSettings;
pub use setting::{SETTINGS, Setting};
pub use vars::{Reader, Vars};
