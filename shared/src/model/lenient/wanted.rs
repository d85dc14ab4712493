//! The error of a value that is not acceptable.

use serde::de::Error;

/// The error of a value of the right kind that is not acceptable. serde's own would quote the value.
pub(super) fn wanted<E: Error>(expected: &dyn serde::de::Expected) -> E {
    E::custom(format!("should be {expected}"))
}
