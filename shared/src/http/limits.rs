//! Limits of a call.

use std::time::Duration;

/// Default time limit of a call, from connecting to the last byte of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// Time limit of connecting, including TLS.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum number of bytes that are read of an answer.
pub const MAX_ANSWER: usize = 8 * 1024 * 1024;
