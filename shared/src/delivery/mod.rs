//! Intake of a delivery, up to its 2xx: path and header → body limit → signature → event → queue.

mod door;
mod event;
mod event_id;
mod limits;
mod path;
mod read;
mod refusals;
mod refused;
pub mod signature;

pub use door::{ANSWER_WITHIN, Accepted, Admitted, Delivery, Door, Head, MAX_BODY};
pub use event::{Event, EventType};
pub use event_id::EventId;
pub use path::{connection_in, leads_to};
pub use read::read;
pub use refusals::{LOGGED_EVERY, Refusals};
pub use refused::Refused;
