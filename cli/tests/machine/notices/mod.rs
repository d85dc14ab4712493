//! Budget notices from end to end: work is reported to OpenTrain, and the tool's notice is checked.
//!
//! OpenTrain, the tool and the chat channel are simulated, over real HTTP. The bridge is that of `bridge serve`, in
//! this process.

pub(crate) mod channel;
mod command;
mod crossings;
mod failures;
mod order;
mod overtaken;
mod posts;
pub(crate) mod scene;
mod shared_projects;
