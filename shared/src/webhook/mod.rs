//! Intake of a delivery, up to its 2xx: path and header → body limit → signature → event → queue.

mod door;
mod path;
mod refusals;
mod refused;

pub use door::{ANSWER_WITHIN, Accepted, Admitted, Delivery, Door, Head, MAX_BODY};
pub use path::{connection_in, leads_to};
pub use refusals::{LOGGED_EVERY, Refusals};
pub use refused::Refused;
