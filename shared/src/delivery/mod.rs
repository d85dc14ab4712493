//! The way of a delivery to its 2xx: body limit → signature → event → queue.

mod door;
mod event;
mod event_id;
mod read;
pub mod signature;

pub use door::{ANSWER_WITHIN, Accepted, Delivery, Door, MAX_BODY, Refused};
pub use event::{Event, EventType};
pub use event_id::EventId;
pub use read::read;
