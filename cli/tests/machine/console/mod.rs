//! `bridge console`: the real program, over HTTP.

mod access;
mod apply;
pub(crate) mod kit;
mod lists;
mod pages;
mod writes;
