//! What an operator has done by the bridge that runs: `bridge reconcile`, `bridge usage`.
//!
//! One process writes to the database. So a command hands its order to the bridge that runs on the
//! database, over a Unix domain socket beside it (`<db>.sock`); where none runs, it opens the database
//! and carries the order out itself. Either way the same [`Jobs`] do it. The socket's mode is 0600:
//! whoever may write to the database's file may give orders, and nobody else.
//!
//! One JSON line in: an [`Order`]. JSON lines out: any number of [`Answer::Progress`], then one
//! [`Answer::Done`] or [`Answer::Failed`]. Whoever hangs up before that calls the job off: every job can
//! be cut off and done again.
//!
//! - `order`: the orders, and the lines of an answer
//! - `jobs`: what carries them out, one run of a kind at a time
//! - `socket`: where the bridge listens
//! - `desk`: the bridge's end
//! - `ask`: the command's end
//! - `alone`: the command's own process, where no bridge runs
//! - `on_stack`: the command's own process, on a deployed stack

mod alone;
mod ask;
mod desk;
mod jobs;
#[cfg(feature = "aws")]
mod on_stack;
mod order;
mod socket;

pub use ask::{ask, ask_at, is_running};
pub use jobs::Jobs;
pub use order::{Answer, Order};
pub use socket::beside;

pub(crate) use desk::Desk;
