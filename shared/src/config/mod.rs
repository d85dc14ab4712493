//! Settings: read once, typed, all faults reported together.

mod bridge;
mod faults;
mod setting;
mod vars;

pub use bridge::{OpenTrainSettings, ToolSettings, database, listen, log_filter, log_format, policy};
pub use faults::{Fault, Faults};
pub use setting::{SETTINGS, Setting};
pub use vars::{Reader, Vars};
