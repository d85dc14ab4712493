//! Emulation of Lambda.
//!
//! - [`Function`]: a binary under the Runtime API, in as many environments as there are concurrent calls
//! - [`HttpApi`]: an HTTP API in front of a function
//! - [`EventSource`]: an event source mapping from a queue to a function
//! - [`Watched`]: a function under `cargo lambda watch`

mod environment;
mod event_source;
mod function;
mod http_api;
mod options;
mod output;
mod runtime_api;
mod watched;

pub use event_source::{EventSource, EventSourceOptions, Invoke};
pub use function::Function;
pub use http_api::HttpApi;
pub use options::{FunctionOptions, InvokeError};
pub use output::Output;
pub use watched::Watched;
