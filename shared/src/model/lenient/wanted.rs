//! The error of a value that is not acceptable.

use serde::de::Error;

/// The error of a value of the right type that is not acceptable. serde's own error would quote the value.
pub(super) fn wanted<E: Error>(expected: &dyn serde::de::Expected) -> E {
    E::custom(format!("should be {expected}"))
}
