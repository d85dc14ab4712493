//! `bridge console`: the real program, over HTTP.

mod access;
mod apply;
mod kit;
mod pages;
mod writes;
