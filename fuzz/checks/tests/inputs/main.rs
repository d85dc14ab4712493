//! The checks with the stored inputs, and the forger against the product.
#![cfg(feature = "settings")]

mod corpus;
mod forge;
