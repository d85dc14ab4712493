//! The clients of OpenTrain, signatures, and the queue after a crash.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

mod opentrain_client;
mod signature_vectors;
#[cfg(all(unix, feature = "sqlite"))]
mod sqlite_crash;
#[cfg(feature = "aws")]
mod sqs_letters;
