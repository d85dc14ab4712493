#![doc = include_str!("../README.md")]

mod acts;
mod books;
pub mod dice;
mod floor;
mod hub;
mod life;
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
