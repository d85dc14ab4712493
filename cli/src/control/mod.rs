//! Orders of an operator to the running bridge, such as `bridge reconcile` and `bridge usage`.
//!
//! One process writes to the database. A command therefore sends its order to the bridge that runs on the database,
//! over a Unix domain socket next to it (`<db>.sock`). If no bridge runs, the command opens the database and executes
//! the order itself. In both cases [`Jobs`] executes it. The socket's mode is 0600: only users who may write to the
//! database's file may send orders.
//!
//! The request is one JSON line: an [`Order`]. The answer is JSON lines: any number of [`Answer::Progress`], then one
//! [`Answer::Done`], [`Answer::Failed`] or [`Answer::Usage`]. Disconnecting before that cancels the job: every job can
//! be interrupted and repeated.
//!
//! - `order`: the orders, and the lines of an answer
//! - `jobs`: executes orders, one run of a kind at a time
//! - `action`: operators' actions in the audit record, with the actor; `entry` is the entry of one
//! - `enabled`: ends alerts about webhook endpoints that were enabled
//! - `socket`: the control socket
//! - `server`: server side, in the bridge
//! - `client`: client side, in the command
//! - `in_process`: the command's own process, if no bridge runs
//! - `on_stack`: the command's own process, on a deployed stack
//! - `onboarding`: orders about links by which customers connect
//! - `running`: version and settings of a running bridge, for `bridge check`

mod action;
mod client;
mod enabled;
mod entry;
mod in_process;
mod jobs;
#[cfg(feature = "aws")]
mod on_stack;
pub(crate) mod onboarding;
mod order;
mod running;
mod server;
mod socket;

pub(crate) use client::note_stopped;
pub use client::{ask, ask_at, is_running, record};
pub use entry::action;
pub use jobs::Jobs;
pub use order::{Answer, Order};
pub use socket::beside;

pub(crate) use running::Running;
pub(crate) use server::ControlServer;
