//! From settings to what an entry point uses: intake alone, or all services.

#[cfg(feature = "aws")]
pub mod function;
#[cfg(feature = "services")]
mod services;

#[cfg(feature = "services")]
pub use services::{ReadTool, ServiceSettings, Services, ToolSettings};
