//! Creates the components of an entry point from its settings: only intake, or all services.

#[cfg(feature = "aws")]
pub mod function;
#[cfg(feature = "services")]
mod services;

#[cfg(feature = "services")]
pub use services::{ReadTool, ServiceSettings, Services, ToolSettings};
