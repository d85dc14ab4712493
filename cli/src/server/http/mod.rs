//! The HTTP server of `bridge serve`. It stays available under abuse: unknown clients can occupy memory and connections
//! only briefly.

mod answer;
mod budget;
mod connections;
mod health;
mod listen;
mod metrics;
mod open_files;
mod serve;
mod site;

pub(super) use health::Health;
pub(crate) use listen::listen;
pub(super) use metrics::Metrics;
pub(super) use open_files::max_connections;
pub(crate) use open_files::raise_open_files;
pub(super) use serve::serve;
pub(super) use site::Site;
