//! Intake of a delivery, up to its 2xx: path and header → body limit → signature → event → queue.

mod delivery;
mod intake;
mod journal;
mod path;
mod refusals;
mod refused;
#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

pub use delivery::{Accepted, Admitted, Delivery, Head};
pub use intake::{ANSWER_WITHIN, Intake, MAX_BODY};
#[cfg(feature = "sqlite")]
pub use journal::{Found, Query, Row};
pub use journal::{Journal, STORED_EVERY};
pub use path::{connection_in, leads_to};
pub use refusals::{LOGGED_EVERY, Refusals};
pub use refused::Refused;
