#![doc = include_str!("../README.md")]

mod acts;
mod books;
mod content;
mod customer;
pub mod dice;
mod floor;
mod held;
mod hub;
mod life;
pub mod many;
mod post;
mod process;
mod run;
pub mod shrink;
mod source;
mod store;
pub mod story;
mod truth;
pub mod weather;
mod wire;
mod world;

pub use run::{Outcome, play};
pub use story::Story;
