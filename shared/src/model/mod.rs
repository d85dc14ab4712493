//! Types that all modules share: ids, people, events, time, failures. Uses no other module.

pub mod chance;
pub mod clock;
mod connection_name;
pub mod event;
pub mod failure;
pub mod ids;
pub mod invitation;
pub mod json;
pub mod lenient;
pub mod person;
mod plain;
pub mod progress;
pub mod signature;
pub mod text;

pub use connection_name::{BadConnectionName, ConnectionName};
pub use plain::plain;

/// Whether a field has its default value, for serde's `skip_serializing_if`.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
