//! The checks with the stored inputs, and the forger against the product.

#![cfg(feature = "settings")]
#![allow(
    clippy::unwrap_used,
    reason = "a test ends where it is surprised, in its helpers too"
)]

mod corpus;
mod forge;
